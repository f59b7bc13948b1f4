"""Rules of days: against what dateutil makes of RFC 5545, and against a calendar of days."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from hoursmith_mcp.core.billed_days import Billed
from hoursmith_mcp.core.instants import MINUTE_US, load_zone, local_day, wall_time_us
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.schedule_timing import Timing
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.schedules import (
    LAST,
    Frequency,
    Rule,
    days,
    describe_rule,
    next_day,
    next_due,
)

FRIDAY = date(2026, 11, 20)
weekdays = st.integers(0, 6)
ordinals = st.sampled_from([1, 2, 3, 4, LAST])
days_of_month = st.one_of(st.integers(1, 31), st.just(LAST))
starts = st.dates(date(2020, 1, 1), date(2060, 12, 31))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Make any rule at all."""
    frequency = draw(st.sampled_from(Frequency))
    interval = draw(st.integers(1, 5))
    parts: dict[str, Any] = {}
    if frequency is Frequency.WEEKLY:
        parts["weekday"] = draw(weekdays)
    elif frequency is not Frequency.DAILY:
        if draw(st.booleans()):
            parts |= {"weekday": draw(weekdays), "ordinal": draw(ordinals)}
        else:
            parts["day"] = draw(days_of_month)
        if frequency is Frequency.YEARLY:
            long_month = parts.get("day", 1) > 29
            parts["month"] = draw(
                st.sampled_from(
                    [1, 3, 12]
                    if parts.get("day") == 31
                    else [4, 6]
                    if long_month
                    else list(range(1, 13))
                )
            )
    ends: list[dict[str, Any]] = [{}, {"times": 1}, {"times": 30}, {"until": date(2199, 1, 31)}]
    return Rule(frequency, interval, **parts, **draw(st.sampled_from(ends)))


def some(rule: Rule, start: date, count: int = 4) -> list[str]:
    coming = days(rule, start, after=start - timedelta(days=1))
    return [day.isoformat() for day in islice(coming, count)]


# Where a machine is busy, drawing is slow, and says nothing of rules.
SOME = settings(max_examples=40)


@SOME
@given(rules())
def test_a_rule_reads_back_from_its_own_words(rule: Rule) -> None:
    assert parse_rule(describe_rule(rule)) == rule
    assert parse_rule(describe_rule(rule).upper()) == rule


@pytest.mark.parametrize(
    "day", ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd"]
)
def test_a_day_of_the_month_is_told_as_people_say_it(day: str) -> None:
    assert describe_rule(parse_rule(f"monthly on the {day}")) == f"monthly on the {day}"


def names(rule: Rule, day: date) -> bool:
    """Say from the calendar alone whether a rule that leaves nothing out names a day."""
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    months = {1, 4, 7, 10} if rule.frequency is Frequency.QUARTERLY else set(range(1, 13))
    if rule.frequency is Frequency.QUARTERLY and LAST in (rule.day, rule.ordinal):
        months = {3, 6, 9, 12}
    if rule.month is not None:
        months = {rule.month}
    if rule.frequency is Frequency.DAILY:
        return True
    if rule.frequency is Frequency.WEEKLY:
        return day.weekday() == rule.weekday
    if day.month not in months:
        return False
    if rule.weekday is None:
        return day.day == (last.day if rule.day == LAST else min(rule.day or 0, last.day))
    if day.weekday() != rule.weekday:
        return False
    return day.day > last.day - 7 if rule.ordinal == LAST else (day.day + 6) // 7 == rule.ordinal


@SOME
@given(rules(), starts)
def test_the_days_are_those_that_the_calendar_has(rule: Rule, start: date) -> None:
    rule = replace(rule, times=None)
    each = replace(rule, interval=1)
    named = [
        day for day in (start + timedelta(days=number) for number in range(800)) if names(each, day)
    ]
    step = rule.interval
    found = list(islice(days(rule, start, after=start - timedelta(days=1)), 4))
    assert found[0] == named[0]
    wanted = named[::step][:4]
    assert found[: len(wanted)] == wanted
    assert len(set(found)) == 4


@pytest.mark.parametrize(
    ("words", "rfc_5545"),
    [
        ("monthly on the 1st", "FREQ=MONTHLY;BYMONTHDAY=1"),
        ("every month on the last day", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("monthly on the 31st", "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"),
        ("second friday of every month", "FREQ=MONTHLY;BYDAY=2FR"),
        ("monthly on the last friday", "FREQ=MONTHLY;BYDAY=-1FR"),
        ("every friday", "FREQ=WEEKLY;BYDAY=FR"),
        ("quarterly on the 15th", "FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=15"),
        ("yearly on 29 february", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"),
        ("every 3 days", "FREQ=DAILY;INTERVAL=3"),
        ("every friday, 12 times", "FREQ=WEEKLY;BYDAY=FR;COUNT=12"),
        ("every friday until 2026-12-04", "FREQ=WEEKLY;BYDAY=FR;UNTIL=20261204"),
        ("every friday until 2026-12-03", "FREQ=WEEKLY;BYDAY=FR;UNTIL=20261203"),
        # Counted from the first Friday on: FRIDAY is one.
        ("every second friday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"),
    ],
)
def test_words_mean_what_the_standard_writes(words: str, rfc_5545: str) -> None:
    begin = datetime(FRIDAY.year, FRIDAY.month, FRIDAY.day)
    series: Any = rrulestr(rfc_5545, dtstart=begin)
    wanted = [one.date() for one in islice(series, 30)]
    assert list(islice(days(parse_rule(words), FRIDAY, after=FRIDAY - timedelta(1)), 30)) == wanted


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("weekly", ["2026-11-23", "2026-11-30"]),
        ("biweekly on friday", ["2026-11-20", "2026-12-04"]),
        ("every other monday", ["2026-11-23", "2026-12-07"]),
        ("every two months on the 15th", ["2026-12-15", "2027-02-15"]),
        ("end of month", ["2026-11-30", "2026-12-31"]),
        ("the 1st of every month", ["2026-12-01", "2027-01-01"]),
        ("quarterly on the last day", ["2026-12-31", "2027-03-31"]),
        ("annually on march 31st", ["2027-03-31", "2028-03-31"]),
        ("daily", ["2026-11-20", "2026-11-21"]),
        ("fridays", ["2026-11-20", "2026-11-27"]),
        ("monthly 1 time", ["2026-12-01"]),
        ("half-yearly", ["2026-12-01", "2027-06-01"]),
        ("half yearly on the 15th", ["2026-12-15", "2027-06-15"]),
        ("Semi-annually on the last day", ["2026-11-30", "2027-05-31"]),
        ("semiannually, 2 times", ["2026-12-01", "2027-06-01"]),
        ("each half year", ["2026-12-01", "2027-06-01"]),
        ("on the last friday of every half-year", ["2026-11-27", "2027-05-28"]),
        ("every other month", ["2026-12-01", "2027-02-01"]),
        ("every second month on the 15th", ["2026-12-15", "2027-02-15"]),
        ("every 3rd month", ["2026-12-01", "2027-03-01"]),
        ("every other quarter", ["2027-01-01", "2027-07-01"]),
        ("every 2nd of the month", ["2026-12-02", "2027-01-02"]),
    ],
)
def test_people_say_it_in_many_ways(words: str, first: list[str]) -> None:
    assert some(parse_rule(words), FRIDAY, 2) == first
    before = days(parse_rule(words), FRIDAY, after=FRIDAY - timedelta(days=400))
    assert next(before).isoformat() == first[0]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("every minute", "more than once a day"),
        ("hourly", "more than once a day"),
        ("twice a day", "more than once a day"),
        ("yearly on 30 february", "There is never a 30 February"),
        ("yearly on 31 april", "There is never a 31 April"),
        ("monthly on the 32nd", "There is never a 32"),
        ("every 0 weeks", "is never"),
        ("every 500 days", "write every 1 to 366"),
        ("monthly on friday", "is not a rule"),
        ("monthly, 0 times", "write 1 to 1000 times"),
        ("monthly until 2027-02-30", "There is no day"),
        ("every friday at 17:30", "say that beside it, with at"),
        ("on the 1st and the 15th", "a schedule for each of them"),
        ("twice a month", "a schedule for each of them"),
        ("bimonthly", "write every 2 months, or make two schedules for twice a month"),
        ("bi-monthly on the 15th", "is said for two things"),
        ("biannually", "write every 6 months or every 2 years"),
        ("semi-monthly", "a schedule for each of them"),
        ("every friday, 3 times until 2027-01-01", "Say once where it ends"),
        ("every second friday starting 2026-12-04", "say that beside it, with starting"),
        ("last working day of the month", "which depend on holidays"),
        ("when it suits", "is not a rule"),
        ("", "is not a rule"),
    ],
)
def test_what_never_comes_or_too_often_is_refused(words: str, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        parse_rule(words)


@pytest.mark.parametrize(
    "parts",
    [
        {"frequency": Frequency.WEEKLY},
        {"frequency": Frequency.MONTHLY},
        {"frequency": Frequency.MONTHLY, "day": 1, "weekday": 1, "ordinal": 1},
        {"frequency": Frequency.MONTHLY, "weekday": 1},
        {"frequency": Frequency.MONTHLY, "ordinal": 1},
        {"frequency": Frequency.MONTHLY, "day": 0},
        {"frequency": Frequency.MONTHLY, "day": 1, "month": 2},
        {"frequency": Frequency.YEARLY, "day": 1},
        {"frequency": Frequency.DAILY, "weekday": 1},
        {"frequency": Frequency.WEEKLY, "weekday": 7},
    ],
)
def test_parts_that_name_no_day_clearly_are_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        Rule(**parts)


def test_the_years_end_and_nothing_comes_after_them() -> None:
    rule = parse_rule("yearly on 31 december")
    assert next_day(rule, FRIDAY, after=date(2198, 12, 31)) == date(2199, 12, 31)
    assert next_day(rule, FRIDAY, after=date(2199, 12, 31)) is None


# What clocks do: in spring they leap over an hour, in autumn one comes twice.
CHANGES = {
    "Europe/Berlin": ("2027-03-28", "2027-10-31"),
    "America/New_York": ("2027-03-14", "2027-11-07"),
    "Australia/Lord_Howe": ("2027-10-03", "2027-04-04"),
    "America/Santiago": ("2027-09-05", "2027-04-04"),
}


@pytest.mark.parametrize("zone_name", CHANGES)
def test_every_day_has_one_instant_whatever_clocks_do(zone_name: str) -> None:
    zone = load_zone(zone_name)
    for text in CHANGES[zone_name]:
        middle = date.fromisoformat(text)
        for minute in range(0, 24 * 60, 15):
            near = [middle + timedelta(days=number) for number in (-1, 0, 1)]
            instants = [wall_time_us(day, minute, zone) for day in near]
            assert instants == sorted(set(instants))
            assert [local_day(one, zone) for one in instants] == near


def test_a_time_that_is_leapt_over_comes_later_and_one_that_comes_twice_first() -> None:
    berlin = load_zone("Europe/Berlin")
    leapt = wall_time_us(date(2027, 3, 28), 150, berlin)
    assert leapt == wall_time_us(date(2027, 3, 28), 210, berlin)
    twice = wall_time_us(date(2027, 10, 31), 150, berlin)
    assert wall_time_us(date(2027, 10, 31), 210, berlin) - twice == 120 * MINUTE_US


def test_the_next_day_due_is_the_first_whose_time_is_yet_to_come() -> None:
    zone = load_zone("Pacific/Auckland")
    rule = parse_rule("every friday")
    now_us = wall_time_us(FRIDAY, 6 * 60, zone)
    assert next_due(rule, FRIDAY, 6 * 60, zone, now_us=now_us - 1) == FRIDAY
    assert next_due(rule, FRIDAY, 6 * 60, zone, now_us=now_us) == date(2026, 11, 27)
    assert next_due(rule, date(2030, 1, 1), 0, zone, now_us=now_us) == date(2030, 1, 4)


@settings(max_examples=30)
@given(rules(), starts, st.integers(-400, 4_000), st.none() | st.integers(1, 60))
def test_days_long_after_the_start_or_before_it_are_those_that_counting_finds(
    rule: Rule, start: date, later: int, times: int | None
) -> None:
    rule = replace(rule, until=None, times=times)
    after = start + timedelta(days=later)
    counted = days(rule, start, after=start - timedelta(days=1))
    wanted = islice((day for day in counted if day > after), 3)
    assert list(islice(days(rule, start, after=after), 3)) == list(wanted)


def test_a_start_long_ago_costs_no_more_than_one_of_today() -> None:
    after, rule = date(2199, 11, 30), parse_rule("every day")

    def calls(start: date) -> int:
        """Count what is called, as time depends on what else a machine does."""
        seen: list[str] = []
        before = sys.getprofile()
        sys.setprofile(lambda frame, event, argument: seen.append(event))
        try:
            found = next_day(rule, start, after=after)
        finally:
            sys.setprofile(before)
        assert found == date(2199, 12, 1)
        return len(seen)

    assert calls(date(1900, 1, 1)) < 2 * calls(after)


def test_what_is_planned_comes_after_the_start_and_after_what_is_done() -> None:
    zone = load_zone("Europe/Berlin")
    timing = Timing(parse_rule("every friday"), date(2026, 12, 1), 0, Billed.WEEK_BEFORE)
    now_us = wall_time_us(FRIDAY, 0, zone)
    for done, coming in (
        (None, "2026-12-04"),
        ("2026-11-20", "2026-12-04"),
        ("2026-12-03", "2026-12-04"),
        ("2026-12-04", "2026-12-11"),
    ):
        assert timing.next_day(zone, now_us=now_us, done=done) == coming
    ended = replace(timing, rule=parse_rule("every friday until 2026-12-04"))
    with pytest.raises(Refusal, match="No day of it is still to come"):
        ended.next_day(zone, now_us=now_us, done="2026-12-04")


def test_times_are_counted_from_the_first_day_on_however_late_one_asks() -> None:
    first_of_month = parse_rule("monthly on the 1st, 12 times")
    january = date(2026, 1, 1)
    assert list(days(first_of_month, january, after=date(2026, 10, 20))) == [
        date(2026, 11, 1),
        date(2026, 12, 1),
    ]
    assert next_day(first_of_month, january, after=date(2026, 12, 1)) is None


@pytest.mark.parametrize(
    ("most", "more"),
    [
        ({"frequency": Frequency.DAILY, "interval": 366}, {"interval": 367}),
        ({"frequency": Frequency.WEEKLY, "weekday": 0, "interval": 104}, {"interval": 105}),
        ({"frequency": Frequency.MONTHLY, "day": 1, "interval": 60}, {"interval": 61}),
        ({"frequency": Frequency.QUARTERLY, "day": 1, "interval": 20}, {"interval": 21}),
        ({"frequency": Frequency.YEARLY, "day": 1, "month": 1, "interval": 10}, {"interval": 11}),
        ({"frequency": Frequency.DAILY, "times": 1_000}, {"times": 1_001}),
        ({"frequency": Frequency.DAILY, "interval": 1}, {"interval": 0}),
        ({"frequency": Frequency.DAILY, "times": 1}, {"times": 0}),
        ({"frequency": Frequency.WEEKLY, "weekday": 6}, {"weekday": 7}),
    ],
)
def test_numbers_end_where_they_are_said_to(most: dict[str, Any], more: dict[str, Any]) -> None:
    Rule(**most)
    with pytest.raises(Refusal):
        Rule(**{**most, **more})
