"""Weeks as people say them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.weeks import parse_week, week_name

FRIDAY = date(2026, 11, 20)
THIS = Period(date(2026, 11, 16), date(2026, 11, 22))


@pytest.mark.parametrize(
    "text", ["this week", " This  WEEK ", "2026-W47", "2026w47", "today", "monday", "2026-11-16"]
)
def test_a_week_is_a_word_a_number_or_a_day_in_it(text: str) -> None:
    assert parse_week(text, FRIDAY) == THIS


def test_the_last_week_is_the_one_before_this() -> None:
    assert parse_week("last week", FRIDAY) == Period(date(2026, 11, 9), date(2026, 11, 15))


def test_a_week_begins_where_it_does_for_its_people_and_a_numbered_one_on_monday() -> None:
    assert parse_week("this week", FRIDAY, week_start=6).first == date(2026, 11, 15)
    assert parse_week("2026-11-15", FRIDAY, week_start=6).first == date(2026, 11, 15)
    assert parse_week("2026-W47", FRIDAY, week_start=6) == THIS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-W54", "weeks are 01 to 52 or 53"),
        ("2025-W53", "weeks are 01 to 52 or 53"),
        ("2026-W00", "weeks are 01 to 52 or 53"),
        ("1700-W01", "1700"),
        ("next week", "2026-W47"),
        ("2026-11-27", "a day in it that has been"),
        ("", "is not a week"),
    ],
)
def test_what_is_no_week_is_refused_with_a_way_to_write_one(text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        parse_week(text, FRIDAY)


@given(st.dates(date(1901, 1, 7), date(2198, 12, 1)))
def test_the_name_of_a_week_leads_back_to_it(day: date) -> None:
    week = parse_week(week_name(day), FRIDAY)
    assert day in week
    assert week.days == 7
    assert week.first.weekday() == 0
    assert week_name(week.last + timedelta(days=1)) != week_name(day)
