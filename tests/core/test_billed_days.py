"""What an invoice that comes back bills: no day twice, and none left out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.billed_days import Billed, billed_days, read_billed, split_billed
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
        (Billed.SINCE_THE_LAST, "2026-11-15", "2026-11-30"),
    ],
)
def test_the_days_before_are_whole_ones(billed: Billed, first: str, last: str) -> None:
    found = billed_days(billed, tuesday, week_start=0, billed_until=date(2026, 11, 14))
    assert found == Period(date.fromisoformat(first), date.fromisoformat(last))


def test_the_first_takes_all_and_what_is_done_is_not_taken_again() -> None:
    since = Billed.SINCE_THE_LAST
    everything = Period(BEGINNING, tuesday - DAY)
    assert billed_days(since, tuesday, week_start=0, billed_until=None) == everything
    assert billed_days(since, tuesday, week_start=0, billed_until=tuesday - DAY) is None
    sunday = billed_days(Billed.WEEK_BEFORE, tuesday, week_start=6, billed_until=None)
    assert sunday == Period(date(2026, 11, 22), date(2026, 11, 28))


@given(st.dates(date(2000, 1, 31), date(2100, 1, 1)), st.sampled_from(WHOLE), st.integers(0, 6))
def test_whole_periods_lie_before_the_day_and_join(
    day: date, billed: Billed, week_start: int
) -> None:
    found = billed_days(billed, day, week_start=week_start, billed_until=None)
    assert found is not None
    assert found.last < day
    after = billed_days(billed, found.last + DAY, week_start=week_start, billed_until=None)
    assert after == found


@pytest.mark.parametrize(
    ("text", "rule", "billed"),
    [
        ("monthly on the 1st for the month before", "monthly on the 1st", Billed.MONTH_BEFORE),
        ("every friday, for last week", "every friday", Billed.WEEK_BEFORE),
        ("every second friday since the last one", "every second friday", Billed.SINCE_THE_LAST),
        ("weekly for everything until then", "weekly", Billed.UNTIL_THE_DAY_BEFORE),
        ("daily until the day before", "daily", Billed.UNTIL_THE_DAY_BEFORE),
        ("yearly for the previous year", "yearly", Billed.YEAR_BEFORE),
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
    assert split_billed("every friday") == ("every friday", None)


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
    ],
)
def test_without_a_word_nothing_is_left_out(rule: str, billed: Billed) -> None:
    assert usual(parse_rule(rule)) == billed


def test_times_of_day_read_back() -> None:
    for minute in range(0, 24 * 60, 7):
        assert parse_time_of_day(time_of_day_text(minute)) == minute
    for text in ("24:00", "6", "06:60", "noon", "6 pm", ""):
        with pytest.raises(Refusal, match="is not a time of day"):
            parse_time_of_day(text)
