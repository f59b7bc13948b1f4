"""Figures: what goes into a report, each with all that it could be grouped by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.reports.kinds import Grouping, Kind
from hoursmith_mcp.core.weeks import DAYS_IN_WEEK


@dataclass(frozen=True)
class Key:
    """What a group is of: what it is called, and its id where it is a thing."""

    label: str
    id: str | None = None


Keys = Mapping[Grouping, Key]


@dataclass(frozen=True)
class Figure:
    """Measures of some work or money, by name: hours in seconds, amounts in minor units.

    What it belongs to none of has no key: work without a task, a fee without a day.
    """

    keys: Keys
    values: Mapping[str, int]
    currency: str | None = None


@dataclass(frozen=True)
class Asked:
    """A report that is asked for, with all names, days and settings resolved.

    `today` is the organisation's day; `currency` is that of clients without one of their own.
    """

    kind: Kind
    groupings: tuple[Grouping, ...]
    period: Period | None
    today: date
    week_start: int = 0
    currency: str | None = None
    client_id: str | None = None
    project_id: str | None = None
    task_id: str | None = None
    member_id: str | None = None
    tag: str | None = None
    billable: bool | None = None


def keys_of_day(day: date, week_start: int) -> dict[Grouping, Key]:
    """Return the day, week and month of a day; a week is called by its first day."""
    iso = day.isoformat()
    first = day - timedelta(days=(day.weekday() - week_start) % DAYS_IN_WEEK)
    return {"day": Key(iso), "week": Key(first.isoformat()), "month": Key(iso[:7])}
