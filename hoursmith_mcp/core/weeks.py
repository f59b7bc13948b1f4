"""Weeks as people say them: "this week", "last week", "2026-W47", or any day in one."""

from __future__ import annotations

import re
from datetime import date, timedelta

from hoursmith_mcp.core.calendar_words import plain
from hoursmith_mcp.core.dates import parse_day
from hoursmith_mcp.core.periods import Period, parse_period
from hoursmith_mcp.core.refusal import Refusal, quoted

DAYS_IN_WEEK = 7
_NUMBERED = re.compile("[0-9]{4}-?w[0-9]{2}")


def parse_week(text: str, today: date, *, week_start: int = 0) -> Period:
    """Read a week; `week_start` is the weekday on which weeks begin, 0 (Monday) to 6 (Sunday).

    A numbered week is one of ISO 8601, from Monday to Sunday wherever weeks begin. Raises Refusal
    for other forms, for weeks and days that do not exist, and for years outside 1900 to 2199.
    """
    phrase = plain(text)
    if _NUMBERED.fullmatch(phrase):
        return parse_period(phrase, today)
    day = _day_in(phrase, text, today)
    first = day - timedelta(days=(day.weekday() - week_start) % DAYS_IN_WEEK)
    return Period(first, first + timedelta(days=DAYS_IN_WEEK - 1))


def week_name(day: date) -> str:
    """Return the ISO week in which a day lies, as `parse_week` reads it: "2026-W47"."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def _day_in(phrase: str, text: str, today: date) -> date:
    if phrase in ("this week", "last week"):
        return today - timedelta(days=DAYS_IN_WEEK * (phrase == "last week"))
    try:
        return parse_day(phrase, today)
    except Refusal:
        raise Refusal(
            f"{quoted(text)} is not a week; write it like this week, last week, "
            f"{week_name(today)}, or as a day in it that has been, like {today}."
        ) from None
