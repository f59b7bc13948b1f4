"""When something that comes back comes back: a rule of days, and the days that it names.

A rule names at most one time a day. Days of a month that some months lack mean their last one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from hoursmith_mcp.core.calendar_words import LAST_YEAR, MONTH_NAMES, WEEKDAYS, existing_day
from hoursmith_mcp.core.instants import local_day, wall_time_us
from hoursmith_mcp.core.refusal import Refusal

if TYPE_CHECKING:
    from dateutil.rrule import rrule

LAST: Final = -1
"""The last day of a month, or the last Friday of one."""

ORDINALS: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", LAST: "last"}
SHORTER: Final = ", or the last day of a shorter month"

SHORTEST_MONTH: Final = 28
"""Days that every month has."""

_A_LEAP_YEAR: Final = 2024
_MONTHS_OF_A_QUARTER: Final = 3
_LAST_DAY: Final = date(LAST_YEAR, 12, 31)


class Frequency(StrEnum):
    """What a rule counts in."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"

    @property
    def unit(self) -> str:
        """One of what it counts: "month"."""
        return _UNITS[self]


_UNITS: Final = {
    Frequency.DAILY: "day",
    Frequency.WEEKLY: "week",
    Frequency.MONTHLY: "month",
    Frequency.QUARTERLY: "quarter",
    Frequency.YEARLY: "year",
}
_MOST: Final = {
    Frequency.DAILY: 366,
    Frequency.WEEKLY: 104,
    Frequency.MONTHLY: 60,
    Frequency.QUARTERLY: 20,
    Frequency.YEARLY: 10,
}
MOST_TIMES: Final = 1_000
_MONTHS: Final = {
    Frequency.MONTHLY: 1,
    Frequency.QUARTERLY: _MONTHS_OF_A_QUARTER,
    Frequency.YEARLY: 12,
}


@dataclass(frozen=True)
class Rule:
    """On which days: each so many weeks on a weekday, months on a day, and so on.

    `weekday` is 0 (Monday) to 6; `day` is 1 to 31 or LAST; `ordinal` says which such weekday of the
    month, 1 to 4 or LAST. A quarter's day is one of its first month, and LAST of its last. It goes
    on for ever, `until` a day, or so many `times`, its first day included. Raises Refusal for what
    names no day at all.
    """

    frequency: Frequency
    interval: int = 1
    weekday: int | None = None
    day: int | None = None
    ordinal: int | None = None
    month: int | None = None
    until: date | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        """Refuse a rule that names no day, or not one clearly."""
        unit, most = self.frequency.unit, _MOST[self.frequency]
        if not 1 <= self.interval <= most:
            raise Refusal(f"Every {self.interval} {unit}s is never; write every 1 to {most}.")
        if self.weekday is not None and not 0 <= self.weekday <= 6:
            raise Refusal(f"There is no weekday {self.weekday}; write 0 (Monday) to 6 (Sunday).")
        for name in ("weekday", "day", "ordinal", "month"):
            if name not in self._taken and getattr(self, name) is not None:
                raise Refusal(f"What comes back {self.frequency} takes no {name}; leave it out.")
        if self.frequency is Frequency.WEEKLY and self.weekday is None:
            raise Refusal("Say the weekday, like every friday.")
        if "day" in self._taken:
            self._check_day()
        self._check_end()

    @property
    def _taken(self) -> tuple[str, ...]:
        match self.frequency:
            case Frequency.DAILY:
                return ()
            case Frequency.WEEKLY:
                return ("weekday",)
            case Frequency.YEARLY:
                return ("day", "weekday", "ordinal", "month")
            case _:
                return ("day", "weekday", "ordinal")

    def _check_day(self) -> None:
        by_weekday = self.weekday is not None or self.ordinal is not None
        if (self.day is not None) == by_weekday:
            raise Refusal(
                "Say one day of the month, like the 1st, the last day or the first monday."
            )
        if by_weekday and (self.weekday is None or self.ordinal not in ORDINALS):
            raise Refusal(
                "Say which weekday of the month: the first to fourth, or the last friday."
            )
        if self.frequency is Frequency.YEARLY and self.month not in range(1, 13):
            raise Refusal("Say the month, like yearly on 1 march.")
        if self.day is None or self.day == LAST:
            return
        if existing_day(_A_LEAP_YEAR, self.month or 1, self.day) is None:
            month = MONTH_NAMES[self.month - 1].capitalize() if self.month else "of a month"
            raise Refusal(f"There is never a {self.day} {month}: it names no day.")

    def _check_end(self) -> None:
        if self.until is not None and self.times is not None:
            raise Refusal("Say until when, or how many times, not both.")
        if self.times is not None and not 1 <= self.times <= MOST_TIMES:
            raise Refusal(f"{self.times} times are out of reach; write 1 to {MOST_TIMES} times.")

    def is_as(self, other: Rule) -> bool:
        """Whether it names the days of another, wherever each of them ends."""
        return replace(self, until=other.until, times=other.times) == other

    @property
    def is_of_the_end(self) -> bool:
        """Whether it names the end of its months rather than their beginning."""
        return LAST in (self.day, self.ordinal)


def next_due(
    rule: Rule, start: date, minute: int, zone: ZoneInfo, *, now_us: int, first: date | None = None
) -> date | None:
    """Return the first day of a rule whose time, so many minutes after midnight, is yet to come.

    It is not before `first`; None where there is none up to the rule's end, or the year 2199.
    """
    yesterday = max(first or start, local_day(now_us, zone)) - timedelta(days=1)
    coming = days(rule, start, after=yesterday)
    return next((day for day in coming if wall_time_us(day, minute, zone) > now_us), None)


def next_day(rule: Rule, start: date, *, after: date) -> date | None:
    """Return the first day of a rule after a day; None past its end, and the year 2199."""
    return next(days(rule, start, after=after), None)


def days(rule: Rule, start: date, *, after: date) -> Iterator[date]:
    """Yield the days of a rule after a day; the first one on or after the start begins to count."""
    first = next(iter(_series(rule, start, step=1)), None)
    if first is None:
        return
    begin, passed = _near(rule, first.date(), after)
    left = rule.times - passed if rule.times is not None else None
    if left is not None and left <= 0:
        return
    months = _MONTHS_OF_A_QUARTER if rule.frequency is Frequency.QUARTERLY else 1
    series = _series(rule, begin, step=rule.interval * months, times=left)
    for found in series.xafter(_midnight(after)):
        if found.date() > (rule.until or _LAST_DAY):
            return
        yield found.date()


def _near(rule: Rule, first: date, after: date) -> tuple[date, int]:
    """Return where to begin to count days from, and how many were passed over: none after `after`.

    Each step of a rule has one day, so that a start long ago costs no more than one of today.
    """
    if rule.frequency in (Frequency.DAILY, Frequency.WEEKLY):
        step = timedelta(days=rule.interval * (7 if rule.frequency is Frequency.WEEKLY else 1))
        passed = max((after - first) // step, 0)
        return first + passed * step, passed
    months = rule.interval * _MONTHS[rule.frequency]
    passed = max((_month_number(after) - _month_number(first)) // months, 0)
    if not passed:
        return first, 0
    year, month = divmod(_month_number(first) + passed * months, 12)
    return date(year, month + 1, 1), passed


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def describe_rule(rule: Rule) -> str:
    """Return a rule in words, which `parse_rule` reads back: "monthly on the 1st, 12 times"."""
    if rule.until is not None:
        return f"{_describe_days(rule)} until {rule.until}"
    if rule.times is not None:
        return f"{_describe_days(rule)}, {rule.times} time{'' if rule.times == 1 else 's'}"
    return _describe_days(rule)


def _describe_days(rule: Rule) -> str:
    unit = rule.frequency.unit
    head = str(rule.frequency) if rule.interval == 1 else f"every {rule.interval} {unit}s"
    match rule.frequency:
        case Frequency.DAILY:
            return "every day" if rule.interval == 1 else head
        case Frequency.WEEKLY:
            weekday = WEEKDAYS[rule.weekday or 0]
            if rule.interval <= 2:
                return f"every {'second ' if rule.interval == 2 else ''}{weekday}"
            return f"{head} on {weekday}"
        case Frequency.YEARLY:
            return f"{head} on {_day_of_year(rule)}"
        case _:
            return f"{head} on the {_day_of_month(rule)}{_shorter(rule)}"


def _day_of_year(rule: Rule) -> str:
    month = MONTH_NAMES[(rule.month or 1) - 1].capitalize()
    if rule.day is not None and rule.day != LAST:
        return f"{rule.day} {month}"
    return f"the {_day_of_month(rule)} of {month}"


def _day_of_month(rule: Rule) -> str:
    if rule.weekday is not None:
        return f"{ORDINALS[rule.ordinal or 1]} {WEEKDAYS[rule.weekday]}"
    day = rule.day or 1
    if day == LAST:
        return "last day"
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _shorter(rule: Rule) -> str:
    return SHORTER if (rule.day or 0) > SHORTEST_MONTH else ""


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _series(rule: Rule, start: date, *, step: int, times: int | None = None) -> rrule:
    """Return the days from a start on, of each so many weeks or months."""
    # Loaded only now: nobody who starts us waits for it.
    from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule

    frequencies: dict[Frequency, Literal[0, 1, 2, 3, 4, 5, 6]] = {
        Frequency.DAILY: DAILY,
        Frequency.WEEKLY: WEEKLY,
        Frequency.MONTHLY: MONTHLY,
        Frequency.QUARTERLY: MONTHLY,
        Frequency.YEARLY: YEARLY,
    }
    frequency = frequencies[rule.frequency]
    begin = _midnight(start)
    return rrule(frequency, interval=step, dtstart=begin, count=times, **_named_days(rule))


def _named_days(rule: Rule) -> dict[str, Any]:
    from dateutil.rrule import weekday

    named: dict[str, Any] = {}
    if rule.month is not None:
        named["bymonth"] = rule.month
    if rule.frequency is Frequency.QUARTERLY:
        first = _MONTHS_OF_A_QUARTER if rule.is_of_the_end else 1
        named["bymonth"] = tuple(range(first, 13, _MONTHS_OF_A_QUARTER))
    if rule.weekday is not None:
        ordinal = (rule.ordinal,) if rule.ordinal is not None else ()
        named["byweekday"] = weekday(rule.weekday, *ordinal)
    elif rule.day is not None and rule.day > SHORTEST_MONTH:
        named |= {"bymonthday": tuple(range(SHORTEST_MONTH, rule.day + 1)), "bysetpos": -1}
    elif rule.day is not None:
        named["bymonthday"] = rule.day
    return named
