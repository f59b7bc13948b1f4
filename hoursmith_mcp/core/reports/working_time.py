"""What people were expected to work and did: their use, and the days with too little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hoursmith_mcp.core.durations import SECONDS_PER_HOUR
from hoursmith_mcp.core.money import divide_half_away
from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.quantities import QUANTITY_SCALE
from hoursmith_mcp.core.reports.figures import Figure, Key, Keys, keys_of_day

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Person:
    """A member: seconds expected on each weekday from Monday on, and from when to when they are.

    `since` is None for who was invited and never came.
    """

    id: str
    name: str
    pattern: Sequence[int]
    since: date | None
    left: date | None

    def expected(self, day: date) -> int:
        """Return the seconds that are expected of them on a day."""
        is_there = self.since is not None and self.since <= day
        is_there = is_there and (self.left is None or day <= self.left)
        return self.pattern[day.weekday()] if is_there else 0


@dataclass(frozen=True)
class Logged:
    """What somebody logged on a day, and what of it is billable, in seconds."""

    seconds: int
    billable_seconds: int


Work = Mapping[str, Mapping[date, Logged]]
"""What was logged, by member and day."""

_NOTHING = Logged(0, 0)


def utilisation_figures(
    people: Iterable[Person], work: Work, period: Period, today: date, week_start: int
) -> Iterator[Figure]:
    """Yield what was worked and expected of each person on each day, expected up to today."""
    for person in people:
        own = work.get(person.id, {})
        for day in _days(period, _earliest(person, own), max([today, *own])):
            expected = person.expected(day) if day <= today else 0
            logged = own.get(day, _NOTHING)
            if expected or logged.seconds:
                values = {
                    "hours": logged.seconds,
                    "billable_hours": logged.billable_seconds,
                    "expected_hours": expected,
                }
                yield Figure(_keys(person, day, week_start), values)


def gap_figures(
    people: Iterable[Person], work: Work, period: Period, today: date, week_start: int
) -> Iterator[Figure]:
    """Yield the days before today on which somebody logged less than was expected of them.

    Hours are in ten-thousandths: each day is told as it would be alone, and all else is their sum.
    """
    for person in people:
        own = work.get(person.id, {})
        for day in _days(period, _earliest(person, own), today - _DAY):
            expected, seconds = person.expected(day), own.get(day, _NOTHING).seconds
            if seconds < expected:
                hours, expected_hours = _told(seconds), _told(expected)
                values = {
                    "thin_days": 1,
                    "hours": hours,
                    "expected_hours": expected_hours,
                    "missing_hours": expected_hours - hours,
                }
                yield Figure(_keys(person, day, week_start), values)


def _told(seconds: int) -> int:
    return divide_half_away(seconds * QUANTITY_SCALE, SECONDS_PER_HOUR)


def _earliest(person: Person, own: Mapping[date, Logged]) -> date:
    return min([*own, person.since or date.max])


def _days(period: Period, earliest: date, latest: date) -> Iterator[date]:
    """Yield the days of a period, of those that may matter."""
    day, last = max(period.first, earliest), min(period.last, latest)
    while day <= last:
        yield day
        day += _DAY


def _keys(person: Person, day: date, week_start: int) -> Keys:
    return {**keys_of_day(day, week_start), "member": Key(person.name, person.id)}
