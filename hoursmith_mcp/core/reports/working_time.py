"""What people were expected to work and did: their use, and the days with too little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.reports.figures import Figure, Key, Keys, keys_of_day

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Person:
    """A member: seconds expected on each weekday from Monday on, and from when to when they are.

    Who logged time of days before they joined was there by then: a business begins with its past.
    """

    id: str
    name: str
    pattern: Sequence[int]
    joined: date | None
    left: date | None

    def expected(self, day: date, since: date) -> int:
        """Return the seconds that are expected of them on a day, if they are there `since` one."""
        is_there = self.joined is not None and since <= day
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
        since = _since(person, own, period)
        for day in _days(period, since):
            expected = person.expected(day, since) if day <= today else 0
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
    """Yield the days before today on which somebody logged less than was expected of them."""
    for person in people:
        own = work.get(person.id, {})
        since = _since(person, own, period)
        for day in _days(period, since):
            expected, seconds = person.expected(day, since), own.get(day, _NOTHING).seconds
            if day < today and seconds < expected:
                values = {
                    "thin_days": 1,
                    "hours": seconds,
                    "expected_hours": expected,
                    "missing_hours": expected - seconds,
                }
                yield Figure(_keys(person, day, week_start), values)


def _since(person: Person, own: Mapping[date, Logged], period: Period) -> date:
    return min([*own, person.joined or period.last])


def _days(period: Period, since: date) -> Iterator[date]:
    """Yield the days of a period that may matter."""
    day = max(period.first, since)
    while day <= period.last:
        yield day
        day += _DAY


def _keys(person: Person, day: date, week_start: int) -> Keys:
    return {**keys_of_day(day, week_start), "member": Key(person.name, person.id)}
