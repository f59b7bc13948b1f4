"""Periods: whole weeks, months, quarters and years, or two days, first and last included."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hoursmith_mcp.core.periods import Period, describe_period, parse_period
from hoursmith_mcp.core.refusal import Refusal

SUNDAY = date(2026, 11, 22)
WAY_OUT = re.compile(r"\d{4}-\d\d|last 7 days")

days = st.dates(date(1910, 1, 1), date(2189, 12, 31))
week_starts = st.integers(0, 6)
WORD = st.sampled_from(
    "this last today week month quarter years days 0 2 7 999 october may q3 Q4 2025 2026-10 "
    "since from past so far the until between and monday yesterday 12 in "
    "2025-Q3 2026-10-01 2026-10-15 to .. 1066 - ytd date h1 first half quarter's year's fy26 "
    "fiscal week of before 10/2026 19.11.2026 /".split()
)
PHRASES = st.lists(WORD, max_size=6).map(" ".join)


def between(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def answer(text: str, today: date, week_start: int) -> Period | str:
    try:
        return parse_period(text, today, week_start=week_start)
    except Refusal as refusal:
        return str(refusal)


READ = [
    ("today", "2026-11-22", "2026-11-22"),
    ("yesterday", "2026-11-21", "2026-11-21"),
    ("this week", "2026-11-16", "2026-11-22"),
    ("last week", "2026-11-09", "2026-11-15"),
    ("this month", "2026-11-01", "2026-11-30"),
    (" Last   Month ", "2026-10-01", "2026-10-31"),
    ("this quarter", "2026-10-01", "2026-12-31"),
    ("last quarter", "2026-07-01", "2026-09-30"),
    ("this year", "2026-01-01", "2026-12-31"),
    ("last year", "2025-01-01", "2025-12-31"),
    ("october", "2026-10-01", "2026-10-31"),
    ("november", "2026-11-01", "2026-11-30"),
    ("december", "2025-12-01", "2025-12-31"),
    ("may", "2026-05-01", "2026-05-31"),
    ("sept", "2026-09-01", "2026-09-30"),
    ("oct 2025", "2025-10-01", "2025-10-31"),
    ("October 2025", "2025-10-01", "2025-10-31"),
    ("february 2024", "2024-02-01", "2024-02-29"),
    ("2026-10", "2026-10-01", "2026-10-31"),
    ("2027-02", "2027-02-01", "2027-02-28"),
    ("2026", "2026-01-01", "2026-12-31"),
    ("Q3", "2026-07-01", "2026-09-30"),
    ("q4", "2026-10-01", "2026-12-31"),
    ("Q3 2025", "2025-07-01", "2025-09-30"),
    ("2025-Q3", "2025-07-01", "2025-09-30"),
    ("2025 q1", "2025-01-01", "2025-03-31"),
    ("2026-10-01..2026-10-15", "2026-10-01", "2026-10-15"),
    ("2026-10-01 .. 2026-10-15", "2026-10-01", "2026-10-15"),
    ("2026-10-01 to 2026-10-15", "2026-10-01", "2026-10-15"),
    ("2026-10-15", "2026-10-15", "2026-10-15"),
    ("last 7 days", "2026-11-16", "2026-11-22"),
    ("last 30 days", "2026-10-24", "2026-11-22"),
    ("last 1 day", "2026-11-22", "2026-11-22"),
    ("last 2 weeks", "2026-11-02", "2026-11-15"),
    ("last 3 months", "2026-08-01", "2026-10-31"),
    ("last 2 quarters", "2026-04-01", "2026-09-30"),
    ("last 2 years", "2024-01-01", "2025-12-31"),
    ("last two weeks", "2026-11-02", "2026-11-15"),
    ("the last three months", "2026-08-01", "2026-10-31"),
    ("past 7 days", "2026-11-16", "2026-11-22"),
    ("the past ten days", "2026-11-13", "2026-11-22"),
    ("the last month", "2026-10-01", "2026-10-31"),
    ("previous month", "2026-10-01", "2026-10-31"),
    ("current week", "2026-11-16", "2026-11-22"),
    ("monday to monday", "2026-11-16", "2026-11-16"),
    ("october current year", "2026-10-01", "2026-10-31"),
    ("september to september 2025", "2025-09-01", "2025-09-30"),
    ("in october", "2026-10-01", "2026-10-31"),
    ("monday", "2026-11-16", "2026-11-16"),
    ("on monday", "2026-11-16", "2026-11-16"),
    ("this morning", "2026-11-22", "2026-11-22"),
    ("3 days ago", "2026-11-19", "2026-11-19"),
    ("12 nov", "2026-11-12", "2026-11-12"),
    ("the day before yesterday", "2026-11-20", "2026-11-20"),
    ("Friday 2026-11-20", "2026-11-20", "2026-11-20"),
    ("2026-W47", "2026-11-16", "2026-11-22"),
    ("2026W01", "2025-12-29", "2026-01-04"),
    ("since monday", "2026-11-16", "2026-11-22"),
    ("since last friday", "2026-11-20", "2026-11-22"),
    ("since yesterday", "2026-11-21", "2026-11-22"),
    ("since october 10", "2026-10-10", "2026-11-22"),
    ("from october 10 on", "2026-10-10", "2026-11-22"),
    ("since 2026-10-10", "2026-10-10", "2026-11-22"),
    ("since october", "2026-10-01", "2026-11-22"),
    ("since last month", "2026-10-01", "2026-11-22"),
    ("since 24 dec", "2025-12-24", "2026-11-22"),
    ("since today", "2026-11-22", "2026-11-22"),
    ("this month so far", "2026-11-01", "2026-11-22"),
    ("october 10 to october 20", "2026-10-10", "2026-10-20"),
    ("oct 1 .. oct 15", "2026-10-01", "2026-10-15"),
    ("Oct 1 - Oct 15", "2026-10-01", "2026-10-15"),
    ("from 1 october to 15 october 2026", "2026-10-01", "2026-10-15"),
    ("between oct 1 and oct 15", "2026-10-01", "2026-10-15"),
    ("from monday to friday", "2026-11-16", "2026-11-20"),
    ("friday until today", "2026-11-20", "2026-11-22"),
    ("july to september", "2026-07-01", "2026-09-30"),
    ("20 dec to 5 jan", "2025-12-20", "2026-01-05"),
    ("november 20 to november 30", "2026-11-20", "2026-11-30"),
    ("2026-10-20 to today", "2026-10-20", "2026-11-22"),
    ("19.11.2026", "2026-11-19", "2026-11-19"),
    ("11/19/2026", "2026-11-19", "2026-11-19"),
    ("10/2026", "2026-10-01", "2026-10-31"),
    ("2026/10", "2026-10-01", "2026-10-31"),
    ("9.2026", "2026-09-01", "2026-09-30"),
    ("november, 2025", "2025-11-01", "2025-11-30"),
    ("october last year", "2025-10-01", "2025-10-31"),
    ("last year's Q3", "2025-07-01", "2025-09-30"),
    ("Q4/2025", "2025-10-01", "2025-12-31"),
    ("2026Q2", "2026-04-01", "2026-06-30"),
    ("4th quarter", "2026-10-01", "2026-12-31"),
    ("third quarter of 2025", "2025-07-01", "2025-09-30"),
    ("H1", "2026-01-01", "2026-06-30"),
    ("h2 2025", "2025-07-01", "2025-12-31"),
    ("2025 H1", "2025-01-01", "2025-06-30"),
    ("the first half of 2025", "2025-01-01", "2025-06-30"),
    ("ytd", "2026-01-01", "2026-11-22"),
    ("year to date", "2026-01-01", "2026-11-22"),
    ("MTD", "2026-11-01", "2026-11-22"),
    ("quarter to date", "2026-10-01", "2026-11-22"),
    ("last calendar year", "2025-01-01", "2025-12-31"),
    ("trailing 30 days", "2026-10-24", "2026-11-22"),
    ("previous 3 months", "2026-08-01", "2026-10-31"),
    ("the month before last", "2026-09-01", "2026-09-30"),
    ("week of november 12", "2026-11-09", "2026-11-15"),
    ("oct-nov", "2026-10-01", "2026-11-30"),
    ("july to september 2025", "2025-07-01", "2025-09-30"),
    ("october to march 2026", "2025-10-01", "2026-03-31"),
    ("october 1-15", "2026-10-01", "2026-10-15"),
    ("1-15 october 2025", "2025-10-01", "2025-10-15"),
    ("2026-10-01/2026-10-15", "2026-10-01", "2026-10-15"),
    ("2024-2026", "2024-01-01", "2026-12-31"),
]


@pytest.mark.parametrize(("text", "first", "last"), READ)
def test_reads_what_people_say(text: str, first: str, last: str) -> None:
    assert parse_period(text, SUNDAY) == between(first, last)


@pytest.mark.parametrize(
    ("text", "today", "first", "last"),
    [
        ("last month", "2026-01-31", "2025-12-01", "2025-12-31"),
        ("last month", "2024-03-31", "2024-02-01", "2024-02-29"),
        ("last quarter", "2026-03-31", "2025-10-01", "2025-12-31"),
        ("Q4", "2026-09-30", "2025-10-01", "2025-12-31"),
        ("Q4", "2026-10-01", "2026-10-01", "2026-12-31"),
        ("january", "2026-01-01", "2026-01-01", "2026-01-31"),
        ("december", "2026-11-30", "2025-12-01", "2025-12-31"),
        ("december", "2026-12-01", "2026-12-01", "2026-12-31"),
        ("this week", "2026-01-01", "2025-12-29", "2026-01-04"),
        ("yesterday", "2024-03-01", "2024-02-29", "2024-02-29"),
        ("last year", "2024-02-29", "2023-01-01", "2023-12-31"),
    ],
)
def test_year_ends_and_leap_days_hold(text: str, today: str, first: str, last: str) -> None:
    assert parse_period(text, date.fromisoformat(today)) == between(first, last)


@pytest.mark.parametrize(
    ("week_start", "first"),
    [(0, "2026-11-16"), (1, "2026-11-17"), (5, "2026-11-21"), (6, "2026-11-22")],
)
def test_a_week_begins_where_the_house_says(week_start: int, first: str) -> None:
    start = date.fromisoformat(first)
    week = Period(start, start + timedelta(days=6))
    assert parse_period("this week", SUNDAY, week_start=week_start) == week


@given(days, week_starts, st.integers(1, 60))
def test_weeks_follow_each_other_without_gap(today: date, week_start: int, count: int) -> None:
    this = parse_period("this week", today, week_start=week_start)
    last = parse_period("last week", today, week_start=week_start)
    several = parse_period(f"last {count} weeks", today, week_start=week_start)
    assert today in this
    assert this.first.weekday() == week_start
    assert last.last + timedelta(days=1) == this.first
    assert (last.days, this.days, several.days) == (7, 7, 7 * count)
    assert several.last == last.last


@given(days, st.sampled_from(["month", "quarter", "year"]))
def test_units_follow_each_other_without_gap(today: date, unit: str) -> None:
    this, last = parse_period(f"this {unit}", today), parse_period(f"last {unit}", today)
    assert today in this
    assert last.last + timedelta(days=1) == this.first
    assert this.first.day == last.first.day == 1
    assert parse_period(f"last 1 {unit}", today) == last


@given(days, st.integers(1, 999))
def test_the_last_days_end_today(today: date, count: int) -> None:
    period = parse_period(f"last {count} days", today)
    assert (period.last, period.days) == (today, count)


@given(days, st.integers(1, 12))
def test_a_month_without_a_year_is_the_last_that_has_begun(today: date, month: int) -> None:
    found = parse_period(f"{date(2000, month, 1):%B}", today)
    assert found.first.month == found.last.month == month
    assert found.first <= today
    assert (today - found.first).days < 366


def whole_units() -> st.SearchStrategy[Period]:
    units = st.sampled_from(["this month", "this quarter", "this year", "today", "this week"])
    return st.builds(parse_period, units, days)


def in_order(one: date, other: date) -> Period:
    return Period(min(one, other), max(one, other))


@given(whole_units() | st.builds(in_order, days, days), days, week_starts)
def test_reads_back_what_it_prints(period: Period, today: date, week_start: int) -> None:
    assert parse_period(describe_period(period), today, week_start=week_start) == period


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2026-10-01", "2026-10-31", "2026-10"),
        ("2024-02-01", "2024-02-29", "2024-02"),
        ("2024-02-01", "2024-02-28", "2024-02-01..2024-02-28"),
        ("2026-07-01", "2026-09-30", "2026-Q3"),
        ("2026-02-01", "2026-04-30", "2026-02-01..2026-04-30"),
        ("2026-01-01", "2026-12-31", "2026"),
        ("2026-01-01", "2027-12-31", "2026-01-01..2027-12-31"),
        ("2026-10-15", "2026-10-15", "2026-10-15"),
        ("2026-10-01", "2026-10-15", "2026-10-01..2026-10-15"),
        ("2026-11-16", "2026-11-22", "2026-11-16..2026-11-22"),
    ],
)
def test_prints_the_shortest_exact_text(first: str, last: str, text: str) -> None:
    assert describe_period(between(first, last)) == text


def test_holds_its_first_and_last_day_and_none_beyond() -> None:
    period = between("2026-02-27", "2026-03-01")
    assert period.days == 3
    inside = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]
    assert all(day in period for day in inside)
    assert date(2026, 2, 26) not in period
    assert date(2026, 3, 2) not in period


def test_never_runs_backwards() -> None:
    with pytest.raises(Refusal, match=r"like 2026-10-01\.\.2026-10-15"):
        between("2026-10-15", "2026-10-01")
    with pytest.raises(Refusal, match=r"like 2026-10-01\.\.2026-10-15"):
        parse_period("2026-10-15 to 2026-10-01", SUNDAY)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-13", "not in the calendar"),
        ("2026-00", "not in the calendar"),
        ("2026-02-30", "not in the calendar"),
        ("2026-02-01..2026-02-30", "not in the calendar"),
        ("last 0 days", "no time at all"),
        ("last 0 weeks", "no time at all"),
        ("0000", "out of reach"),
        ("1066", "out of reach"),
        ("9999-Q4", "out of reach"),
        ("9999-12", "out of reach"),
        ("may 9999", "out of reach"),
        ("last 999 years", "out of reach"),
        ("0001-01-01..2026-01-01", "out of reach"),
        ("Q5", "is not a period"),
        ("Q0 2025", "is not a period"),
        ("next month", "is not a period"),
        ("12/11", "may mean more than one day"),
        ("12.11.2026", "may mean more than one day"),
        ("13/2026", "may mean more than one day"),
        ("past 3 weeks", "is not a period"),
        ("last november", "is not a period"),
        ("H3", "is not a period"),
        ("week of plenty", "is not a day"),
        ("2026-10-01..", "is not a period"),
        ("last 1000 days", "is not a period"),
        ("last \u0667 days", "is not a period"),
        ("past week", "is not a period"),
        ("until october 15", "is not a period"),
        ("since", "is not a period"),
        ("since since monday", "is not a period"),
        ("since 12.11.", "is not a period"),
        ("the", "is not a period"),
        ("monday to", "is not a period"),
        ("monday to tuesday to friday", "is not a period"),
        ("tomorrow", "is after today"),
        ("since 2026-12", "still to come"),
        ("today to yesterday", "earlier day first"),
        ("october 20 to october 10", "earlier day first"),
        ("20 oct 2026 to 10 oct 2026", "earlier day first"),
        ("november to february", "earlier day first"),
        ("since 31 nov", "not in the calendar"),
        ("", "is not a period"),
    ],
)
def test_refuses_with_the_reason_and_a_way_out(text: str, reason: str) -> None:
    with pytest.raises(Refusal, match=reason) as refused:
        parse_period(text, SUNDAY)
    assert WAY_OUT.search(str(refused.value))


@given(st.text() | PHRASES, days, week_starts)
@example("\ud800", SUNDAY, 0)
def test_any_text_is_read_or_refused_with_a_way_out(
    text: str, today: date, week_start: int
) -> None:
    match answer(text, today, week_start):
        case str(refusal):
            assert WAY_OUT.search(refusal)
        case period:
            assert period.first <= period.last
