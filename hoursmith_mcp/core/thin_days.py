"""Working days on which somebody who keeps their time logged little of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LOOKED_AT_DAYS = 7
FAMILIAR_DAYS = 14
"""Who logged nothing for so long before a day was not keeping time then, and is not nagged."""


@dataclass(frozen=True)
class ThinDay:
    """A day with little time on it, in seconds, and what was to be expected."""

    day: date
    seconds: int
    expected_seconds: int


def thin_days(pattern: Sequence[int], logged: Mapping[date, int], today: date) -> list[ThinDay]:
    """Return the days of the last week with less than half of what is expected, the latest first.

    `pattern` has the seconds of each weekday from Monday on, `logged` those of each day with any
    since `FAMILIAR_DAYS` ago. Today is not over, so it is never among them.
    """
    begun = min(logged, default=today)
    days = (today - timedelta(days=number) for number in range(1, LOOKED_AT_DAYS + 1))
    found = [ThinDay(day, logged.get(day, 0), pattern[day.weekday()]) for day in days]
    return [one for one in found if one.day >= begun and 2 * one.seconds < one.expected_seconds]
