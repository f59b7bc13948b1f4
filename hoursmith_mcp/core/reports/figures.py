"""Figures: what goes into a report, each with all that it could be grouped by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.reports.kinds import IN_TIME, Grouping, Kind
from hoursmith_mcp.core.weeks import DAYS_IN_WEEK

MOST_ROWS = 100
"""How many groups an answer lists where nobody says."""
MOST_ROWS_OF_TIME = 366
"""The same of groups of time alone: the days of a year."""
_DAYS_KEPT = 4_000
"""Ten years of days, each of which many people have worked on."""


@dataclass(frozen=True)
class Key:
    """What a group is of: what it is called, and its id where it is a thing."""

    label: str
    id: str | None = None


Keys = Mapping[Grouping, Key]


@dataclass(frozen=True)
class Figure:
    """Measures of some work or money, by name: hours in seconds, amounts in minor units.

    What it belongs to none of has no key: work without a task, a fee without a day. `others` is how
    many groups it is the sum of, where those are not told apart.
    """

    keys: Keys
    values: Mapping[str, int]
    currency: str | None = None
    others: int = 0


@dataclass(frozen=True)
class Asked:
    """A report that is asked for, with all names, days and settings resolved.

    `today` is the organisation's day; `currency` is that of clients without one of their own.
    `limit` is how many rows to list, if that is said; `with_limits` says whether to tell what was
    used up of fees and budgets since the beginning.
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
    limit: int | None = None
    with_limits: bool = True

    @property
    def most(self) -> int:
        """How many rows to list; the others are summed."""
        if self.limit is not None:
            return self.limit
        of_time_alone = all(one in IN_TIME for one in self.groupings)
        return MOST_ROWS_OF_TIME if of_time_alone else MOST_ROWS


@lru_cache(maxsize=_DAYS_KEPT)
def keys_of_day(day: date, week_start: int) -> Keys:
    """Return the day, week and month of a day; a week is called by its first day."""
    iso = day.isoformat()
    first = day - timedelta(days=(day.weekday() - week_start) % DAYS_IN_WEEK)
    return {"day": Key(iso), "week": Key(first.isoformat()), "month": Key(iso[:7])}
