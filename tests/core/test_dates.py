"""Days: work looks back, payment looks forward, and what may mean two days is refused."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hoursmith_mcp.core.calendar_words import WEEKDAYS
from hoursmith_mcp.core.dates import Toward, describe_day, parse_day, weekday_name
from hoursmith_mcp.core.refusal import Refusal

SUNDAY = date(2026, 11, 22)
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
DIRECTIONS: tuple[Toward, ...] = ("past", "future")

directions = st.sampled_from(DIRECTIONS)
days = st.dates(date(1910, 1, 1), date(2189, 12, 31))
WORD = st.sampled_from(
    "today tomorrow yesterday last next in ago of end month a 1 3 12 29 31 9999 days week weeks "
    "on this the before after night morning two monday fri feb november 12th 2025 2026-11-20 "
    "12/11 , -".split()
)
PHRASES = st.lists(WORD, max_size=5).map(" ".join)

PAST = [
    ("2026-11-20", date(2026, 11, 20)),
    ("1999-12-31", date(1999, 12, 31)),
    ("today", SUNDAY),
    ("  TODAY ", SUNDAY),
    ("yesterday", date(2026, 11, 21)),
    ("sunday", SUNDAY),
    ("sun", SUNDAY),
    ("last sunday", date(2026, 11, 15)),
    ("monday", date(2026, 11, 16)),
    ("Friday", date(2026, 11, 20)),
    ("last  Friday", date(2026, 11, 20)),
    ("last fri", date(2026, 11, 20)),
    ("0 days ago", SUNDAY),
    ("a day ago", date(2026, 11, 21)),
    ("1 day ago", date(2026, 11, 21)),
    ("3 days ago", date(2026, 11, 19)),
    ("a week ago", date(2026, 11, 15)),
    ("one week ago", date(2026, 11, 15)),
    ("2 weeks ago", date(2026, 11, 8)),
    ("12 nov", date(2026, 11, 12)),
    ("nov 12", date(2026, 11, 12)),
    ("12 November", date(2026, 11, 12)),
    ("November 12th", date(2026, 11, 12)),
    ("the 12th", None),
    ("1st of october", date(2026, 10, 1)),
    ("22 nov", SUNDAY),
    ("23 nov", date(2025, 11, 23)),
    ("31 dec", date(2025, 12, 31)),
    ("12 sept", date(2026, 9, 12)),
    ("12 nov 2025", date(2025, 11, 12)),
    ("19.11.2026", date(2026, 11, 19)),
    ("11/19/2026", date(2026, 11, 19)),
    ("Nov 12, 2025", date(2025, 11, 12)),
    ("Friday 2026-11-20", date(2026, 11, 20)),
    ("fri, 20 nov", date(2026, 11, 20)),
    ("29 feb", date(2024, 2, 29)),
    ("29 feb 2024", date(2024, 2, 29)),
    ("on monday", date(2026, 11, 16)),
    ("on last friday", date(2026, 11, 20)),
    ("on Nov 12", date(2026, 11, 12)),
    ("on friday 2026-11-20", date(2026, 11, 20)),
    ("now", SUNDAY),
    ("this morning", SUNDAY),
    ("This Afternoon", SUNDAY),
    ("tonight", SUNDAY),
    ("last night", date(2026, 11, 21)),
    ("yesterday evening", date(2026, 11, 21)),
    ("monday morning", date(2026, 11, 16)),
    ("on tuesday night", date(2026, 11, 17)),
    ("the day before yesterday", date(2026, 11, 20)),
    ("two days ago", date(2026, 11, 20)),
    ("three weeks ago", date(2026, 11, 1)),
    ("twenty-one days ago", date(2026, 11, 1)),
    ("this", None),
    ("last", None),
    ("morning", None),
    ("last morning", None),
    ("on", None),
    ("a", None),
    ("on the 12th", None),
]

FUTURE = [
    ("today", SUNDAY),
    ("tomorrow", date(2026, 11, 23)),
    ("monday", date(2026, 11, 23)),
    ("sunday", date(2026, 11, 29)),
    ("next sunday", date(2026, 11, 29)),
    ("next friday", date(2026, 11, 27)),
    ("in 3 days", date(2026, 11, 25)),
    ("in a week", date(2026, 11, 29)),
    ("in 2 weeks", date(2026, 12, 6)),
    ("22 nov", SUNDAY),
    ("12 nov", date(2027, 11, 12)),
    ("dec 24th", date(2026, 12, 24)),
    ("1 jan", date(2027, 1, 1)),
    ("24 dec 2027", date(2027, 12, 24)),
    ("29 feb", date(2028, 2, 29)),
    ("end of month", date(2026, 11, 30)),
    ("on friday", date(2026, 11, 27)),
    ("tomorrow morning", date(2026, 11, 23)),
    ("the day after tomorrow", date(2026, 11, 24)),
    ("in two weeks", date(2026, 12, 6)),
    ("End of the month", date(2026, 11, 30)),
    ("2026-01-01", date(2026, 1, 1)),
    ("2027-03-01", date(2027, 3, 1)),
    ("Thursday 2026-01-01", date(2026, 1, 1)),
]


def answer(text: str, today: date, toward: Toward) -> date | str:
    try:
        return parse_day(text, today, toward=toward)
    except Refusal as refusal:
        return str(refusal)


@pytest.mark.parametrize(("text", "day"), PAST)
def test_words_look_back(text: str, day: date | None) -> None:
    if day is None:
        with pytest.raises(Refusal, match="is not a day"):
            parse_day(text, SUNDAY)
    else:
        assert parse_day(text, SUNDAY) == day


@pytest.mark.parametrize(("text", "day"), FUTURE)
def test_words_look_forward_where_something_is_due(text: str, day: date) -> None:
    assert parse_day(text, SUNDAY, toward="future") == day


@pytest.mark.parametrize(
    "text",
    "12/11 12.11. 12.11 11-12 12/11/2026 12.11.2026 2026/11/12 11-12-26 2026-1-5".split(),
)
@pytest.mark.parametrize("toward", DIRECTIONS)
def test_figures_that_may_mean_two_days_are_refused_with_the_iso_form(
    text: str, toward: Toward
) -> None:
    with pytest.raises(Refusal, match=r"may mean more than one day; write .* 2026-11-22"):
        parse_day(text, SUNDAY, toward=toward)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("tomorrow", "Monday 2026-11-23"),
        ("2026-11-23", "Monday 2026-11-23"),
        ("Monday 2026-11-23", "Monday 2026-11-23"),
        ("in 3 days", "Wednesday 2026-11-25"),
        ("next friday", "Friday 2026-11-27"),
        ("end of month", "Monday 2026-11-30"),
        ("24 dec 2026", "Thursday 2026-12-24"),
    ],
)
def test_no_work_lies_ahead(text: str, iso: str) -> None:
    with pytest.raises(Refusal, match=f"{iso} is after today; write today's 2026-11-22"):
        parse_day(text, SUNDAY)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("yesterday", "2026-11-21"),
        ("last friday", "2026-11-20"),
        ("3 days ago", "2026-11-19"),
        ("12 nov 2025", "2025-11-12"),
    ],
)
def test_looking_forward_a_day_behind_us_wants_its_iso_form(text: str, iso: str) -> None:
    with pytest.raises(Refusal, match=f"before today; write {iso}"):
        parse_day(text, SUNDAY, toward="future")
    assert parse_day(iso, SUNDAY, toward="future") == date.fromisoformat(iso)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-02-30", "not in the calendar"),
        ("2025-02-29", "not in the calendar"),
        ("2026-13-01", "not in the calendar"),
        ("2026-00-01", "not in the calendar"),
        ("31 nov", "not in the calendar"),
        ("0 nov", "not in the calendar"),
        ("29 feb 2023", "not in the calendar"),
        ("12 nov 0000", "not in the calendar"),
        ("12 nov 9999", "year 9999 is out of reach"),
        ("Monday 2026-11-20", "2026-11-20 is a Friday, not a Monday; write Friday 2026-11-20"),
        ("mon 20 nov", "2026-11-20 is a Friday, not a Monday"),
        ("0206-11-20", "year 0206 is out of reach"),
        ("0000-01-01", "year 0000 is out of reach"),
        ("9999-12-31", "year 9999 is out of reach"),
        ("12 nov 1066", "year 1066 is out of reach"),
        ("9999 weeks ago", "out of reach"),
        ("20261120", "is not a day"),
        ("2026-11-20T10:00", "is not a day"),
        ("12 nov 26", "is not a day"),
        ("nov", "is not a day"),
        ("12", "is not a day"),
        ("\u0661\u0662 nov", "is not a day"),
        ("\uff12026-11-20", "is not a day"),
        ("-3 days ago", "is not a day"),
        ("", "is not a day"),
    ],
)
def test_refuses_with_the_reason_and_the_iso_form(text: str, reason: str) -> None:
    with pytest.raises(Refusal, match=reason) as refused:
        parse_day(text, SUNDAY)
    assert ISO_DAY.search(str(refused.value))


@pytest.mark.parametrize(
    ("today", "toward", "day"),
    [
        (date(2024, 2, 29), "past", date(2024, 2, 29)),
        (date(2024, 2, 28), "past", date(2020, 2, 29)),
        (date(2104, 2, 28), "past", date(2096, 2, 29)),
        (date(2024, 2, 29), "future", date(2024, 2, 29)),
        (date(2024, 3, 1), "future", date(2028, 2, 29)),
        (date(2096, 3, 1), "future", date(2104, 2, 29)),
    ],
)
def test_the_leap_day_without_a_year_is_found_however_far(
    today: date, toward: Toward, day: date
) -> None:
    assert parse_day("29 feb", today, toward=toward) == day


@pytest.mark.parametrize(
    ("text", "today", "toward", "day"),
    [
        ("yesterday", date(2026, 1, 1), "past", date(2025, 12, 31)),
        ("31 dec", date(2026, 1, 1), "past", date(2025, 12, 31)),
        ("1 jan", date(2025, 12, 31), "past", date(2025, 1, 1)),
        ("1 jan", date(2025, 12, 31), "future", date(2026, 1, 1)),
        ("tomorrow", date(2025, 12, 31), "future", date(2026, 1, 1)),
        ("yesterday", date(2024, 3, 1), "past", date(2024, 2, 29)),
        ("end of month", date(2024, 2, 10), "future", date(2024, 2, 29)),
        ("end of month", date(2025, 12, 31), "future", date(2025, 12, 31)),
        ("end of month", date(2025, 12, 31), "past", date(2025, 12, 31)),
    ],
)
def test_year_ends_and_month_ends_hold(text: str, today: date, toward: Toward, day: date) -> None:
    assert parse_day(text, today, toward=toward) == day


@given(days, st.sampled_from(WEEKDAYS))
def test_a_weekday_is_the_nearest_on_its_side(today: date, name: str) -> None:
    for text in (name, name[:3].upper()):
        past = parse_day(text, today)
        last = parse_day(f"last {text}", today)
        following = parse_day(text, today, toward="future")
        assert {weekday_name(day) for day in (past, last, following)} == {name}
        assert 0 <= (today - past).days <= 6
        assert 1 <= (today - last).days <= 7
        assert 1 <= (following - today).days <= 7
        assert parse_day(f"next {text}", today, toward="future") == following


@given(days, st.integers(0, 1000))
def test_counted_days_and_weeks_are_counted(today: date, count: int) -> None:
    assert parse_day(f"{count} days ago", today) == today - timedelta(days=count)
    assert parse_day(f"in {count} days", today, toward="future") == today + timedelta(days=count)
    weeks = count // 10
    assert parse_day(f"{weeks} weeks ago", today) == today - timedelta(weeks=weeks)
    assert parse_day(f"in {weeks} weeks", today, toward="future") == today + timedelta(weeks=weeks)


@given(days, days, directions)
def test_reads_back_what_it_prints(day: date, today: date, toward: Toward) -> None:
    if toward == "past":
        day, today = min(day, today), max(day, today)
    for text in (describe_day(day), day.isoformat()):
        assert parse_day(text, today, toward=toward) == day


@given(days, days)
def test_a_day_and_month_without_a_year_is_the_nearest_of_that_name(day: date, today: date) -> None:
    text = f"{day.day} {day:%B}"
    past, future = parse_day(text, today), parse_day(text, today, toward="future")
    assert past <= today <= future
    for found in (past, future):
        assert (found.day, found.month) == (day.day, day.month)
    between = {past + timedelta(days=step) for step in range(1, (future - past).days)}
    assert not any((other.day, other.month) == (day.day, day.month) for other in between)


@given(st.text() | PHRASES, days, directions)
@example("\ud800", SUNDAY, "past")
@example("12/11\u202e", SUNDAY, "future")
def test_any_text_is_read_or_refused_with_an_iso_day(
    text: str, today: date, toward: Toward
) -> None:
    match answer(text, today, toward):
        case str(refusal):
            assert ISO_DAY.search(refusal)
        case day:
            assert toward == "future" or day <= today


def test_names_and_describes_days_in_english() -> None:
    assert weekday_name(SUNDAY) == "Sunday"
    assert describe_day(date(2026, 11, 20)) == "Friday 2026-11-20"
