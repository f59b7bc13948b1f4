"""What an invoice that comes back bills: no day twice, and none left out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.billed_days import (
    Billed,
    billed_days,
    leaves_days_out,
    read_billed,
    split_billed,
)
from hoursmith_mcp.core.billed_days import usual_billed as usual
from hoursmith_mcp.core.periods import BEGINNING, Period
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.times_of_day import parse_time_of_day, time_of_day_text

DAY = timedelta(days=1)
WHOLE = (Billed.WEEK_BEFORE, Billed.MONTH_BEFORE, Billed.QUARTER_BEFORE, Billed.YEAR_BEFORE)
tuesday = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("billed", "first", "last"),
    [
        (Billed.WEEK_BEFORE, "2026-11-23", "2026-11-29"),
        (Billed.MONTH_BEFORE, "2026-11-01", "2026-11-30"),
        (Billed.QUARTER_BEFORE, "2026-07-01", "2026-09-30"),
        (Billed.YEAR_BEFORE, "2025-01-01", "2025-12-31"),
        (Billed.UNTIL_THE_DAY_BEFORE, BEGINNING.isoformat(), "2026-11-30"),
    ],
)
def test_the_days_before_are_whole_ones(billed: Billed, first: str, last: str) -> None:
    found = billed_days(billed, tuesday, week_start=0)
    assert found == Period(date.fromisoformat(first), date.fromisoformat(last))


def test_weeks_begin_where_the_organisation_lets_them() -> None:
    sunday = billed_days(Billed.WEEK_BEFORE, tuesday, week_start=6)
    assert sunday == Period(date(2026, 11, 22), date(2026, 11, 28))


@given(st.dates(date(2000, 1, 31), date(2100, 1, 1)), st.sampled_from(WHOLE), st.integers(0, 6))
def test_whole_periods_lie_before_the_day_and_join(
    day: date, billed: Billed, week_start: int
) -> None:
    found = billed_days(billed, day, week_start=week_start)
    assert found is not None
    assert found.last < day
    after = billed_days(billed, found.last + DAY, week_start=week_start)
    assert after == found


@pytest.mark.parametrize(
    ("text", "rule", "billed"),
    [
        ("monthly on the 1st for the month before", "monthly on the 1st", Billed.MONTH_BEFORE),
        ("every friday, for last week", "every friday", Billed.WEEK_BEFORE),
        (
            "every second friday since the last one",
            "every second friday",
            Billed.UNTIL_THE_DAY_BEFORE,
        ),
        ("weekly for everything until then", "weekly", Billed.UNTIL_THE_DAY_BEFORE),
        ("daily until the day before", "daily", Billed.UNTIL_THE_DAY_BEFORE),
        ("yearly for the previous year", "yearly", Billed.YEAR_BEFORE),
        ("weekly, 9 times, for the week before", "weekly, 9 times", Billed.WEEK_BEFORE),
        ("weekly for last week until 2027-06-30", "weekly until 2027-06-30", Billed.WEEK_BEFORE),
        (
            "daily until 2027-06-30 since the last",
            "daily until 2027-06-30",
            Billed.UNTIL_THE_DAY_BEFORE,
        ),
    ],
)
def test_it_is_said_behind_the_rule(text: str, rule: str, billed: Billed) -> None:
    words, said = split_billed(text)
    assert words == rule
    assert read_billed(said or "") == billed


def test_its_own_names_are_read_and_others_are_not() -> None:
    assert [read_billed(one.value) for one in Billed] == list(Billed)
    for text in ("", "whatever comes", "the day before yesterday"):
        with pytest.raises(Refusal, match="names no days"):
            read_billed(text)
    for text in ("every friday", "weekly, 9 times, for last week until 2027-06-30"):
        assert split_billed(text) == (text, None)


@pytest.mark.parametrize(
    ("rule", "billed"),
    [
        ("monthly on the 1st", Billed.MONTH_BEFORE),
        ("quarterly on the 1st", Billed.QUARTER_BEFORE),
        ("yearly on 1 january", Billed.YEAR_BEFORE),
        ("every friday", Billed.UNTIL_THE_DAY_BEFORE),
        # The months between would never be billed.
        ("every 2 months on the 1st", Billed.UNTIL_THE_DAY_BEFORE),
        ("monthly on the last day", Billed.UNTIL_THE_DAY_BEFORE),
        # In November it comes on the 30th: nobody waits for October's invoice until then.
        ("monthly on the 31st", Billed.UNTIL_THE_DAY_BEFORE),
        ("monthly on the 28th", Billed.MONTH_BEFORE),
        ("monthly on the 29th", Billed.UNTIL_THE_DAY_BEFORE),
    ],
)
def test_without_a_word_nothing_is_left_out(rule: str, billed: Billed) -> None:
    assert usual(parse_rule(rule)) == billed


@pytest.mark.parametrize(
    ("rule", "billed", "out"),
    [
        ("every friday", Billed.WEEK_BEFORE, False),
        ("every 8 days", Billed.WEEK_BEFORE, True),
        ("every 28 days", Billed.MONTH_BEFORE, False),
        ("every 29 days", Billed.MONTH_BEFORE, True),
        ("every 5 weeks on friday", Billed.MONTH_BEFORE, True),
        ("every 90 days", Billed.QUARTER_BEFORE, False),
        ("every 91 days", Billed.QUARTER_BEFORE, True),
        ("every 365 days", Billed.YEAR_BEFORE, False),
        ("every 366 days", Billed.YEAR_BEFORE, True),
        ("monthly on the 1st", Billed.WEEK_BEFORE, True),
        ("monthly on the 1st", Billed.MONTH_BEFORE, False),
        ("every 2 months on the 1st", Billed.MONTH_BEFORE, True),
        ("quarterly on the 1st", Billed.QUARTER_BEFORE, False),
        ("every 2 quarters on the 1st", Billed.QUARTER_BEFORE, True),
        ("yearly on 1 january", Billed.YEAR_BEFORE, False),
        ("every 2 years on 1 january", Billed.UNTIL_THE_DAY_BEFORE, False),
    ],
)
def test_what_is_shorter_than_the_time_between_leaves_days_out(
    rule: str, billed: Billed, out: bool
) -> None:
    assert leaves_days_out(billed, parse_rule(rule)) is out


def test_times_of_day_read_back() -> None:
    for minute in range(0, 24 * 60, 7):
        assert parse_time_of_day(time_of_day_text(minute)) == minute
    for text in ("24:00", "6", "06:60", "noon", "6 pm", ""):
        with pytest.raises(Refusal, match="is not a time of day"):
            parse_time_of_day(text)
