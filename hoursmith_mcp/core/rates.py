"""Dated rates: which one holds on a day, and which level goes before which."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Protocol, TypeVar

from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.money import format_rate
from hoursmith_mcp.core.refusal import Refusal


class Dated(Protocol):
    """A rate with the day it starts on, as ISO text; none where it is the first of its level."""

    @property
    def starts_on(self) -> str | None:
        """The first day on which the rate holds; absent for all days before, too."""
        ...


Record = TypeVar("Record", bound=Dated)


def rate_on(records: Sequence[Record], day: date) -> Record | None:
    """Return the record of one level and one currency that holds on a day, if there is one."""
    begun = [one for one in records if one.starts_on is None or one.starts_on <= day.isoformat()]
    return max(begun, key=lambda one: one.starts_on or "", default=None)


class Priced(Dated, Protocol):
    """A dated rate in 1/10,000 of its currency's unit."""

    @property
    def rate(self) -> int:
        """The price of an hour."""
        ...

    @property
    def currency(self) -> str:
        """The currency's code."""
        ...


def check_start(rate: str | None, start: str | None, *, argument: str) -> None:
    """Raise Refusal where a day is given from which no rate holds."""
    if start is not None and rate is None:
        raise Refusal(f"it is the day from which {argument} holds: give that, too, or leave both.")


def start_sentences(record: Priced, *, holds_today: bool, day_was_given: bool) -> list[str]:
    """Say from when a rate holds that was just set, where it is not as one would think."""
    if record.starts_on is None:
        first = "It is the first rate, so it holds for all days before, too."
        return [first] if day_was_given else []
    if holds_today:
        return []
    day = describe_day(date.fromisoformat(record.starts_on))
    return [
        f"The rate is {format_rate(record.rate, record.currency)} {record.currency} from {day}."
    ]


class RateLevel(StrEnum):
    """Where a rate is set; the first level that has one decides."""

    PROJECT_MEMBER = "project_member"
    TASK = "task"
    PROJECT = "project"
    MEMBER = "member"
    CLIENT = "client"
    ORGANIZATION = "organization"


@dataclass(frozen=True)
class RateRecord:
    """A rate in 1/10,000 of the currency's unit, for what its ids name, from a day on.

    The first record of a level has no start: it holds for all days before, too.
    """

    id: str
    level: RateLevel
    rate: int
    currency: str
    starts_on: date | None
    project_id: str | None = None
    task_id: str | None = None
    member_id: str | None = None
    client_id: str | None = None


_Ids = tuple[str | None, ...]


class RateBook:
    """The rates of an organisation, or those of them that may matter, in order of precedence.

    Raises ValueError for a record that lacks an id of its level.
    """

    def __init__(self, records: Iterable[RateRecord]) -> None:
        """Index the records by what they are for; of two that start together the later id holds."""
        self._starts: dict[tuple[RateLevel, _Ids, str], list[date]] = defaultdict(list)
        self._records: dict[tuple[RateLevel, _Ids, str], list[RateRecord]] = defaultdict(list)
        self._changes: dict[tuple[str | None, str | None], list[date]] = defaultdict(list)
        for record in sorted(records, key=lambda one: (_start(one), one.id)):
            ids = _ids_of(
                record.level,
                project_id=record.project_id,
                client_id=record.client_id,
                task_id=record.task_id,
                member_id=record.member_id,
            )
            if None in ids:
                raise ValueError(f"rate {record.id} does not say which {record.level} it is for")
            self._starts[record.level, ids, record.currency].append(_start(record))
            self._records[record.level, ids, record.currency].append(record)
            if record.starts_on is not None:
                self._changes[record.project_id, record.client_id].append(record.starts_on)

    @cached_property
    def levels(self) -> frozenset[RateLevel]:
        """The levels that have any rate."""
        return frozenset(level for level, _, _ in self._records)

    def changes(self, *, project_id: str, client_id: str) -> tuple[date, ...]:
        """Return the days on which some price of a project's work may change, in their order."""
        places = ((None, None), (None, client_id), (project_id, None), (project_id, client_id))
        return tuple(sorted({day for place in places for day in self._changes.get(place, ())}))

    def resolve(
        self,
        *,
        currency: str,
        day: date,
        project_id: str,
        client_id: str,
        task_id: str | None,
        member_id: str,
    ) -> RateRecord | None:
        """Return the rate of work on a day: of the first level with one that holds then.

        Records in another currency are passed over, never converted.
        """
        for level in RateLevel:
            ids = _ids_of(
                level,
                project_id=project_id,
                client_id=client_id,
                task_id=task_id,
                member_id=member_id,
            )
            begun = bisect_right(self._starts.get((level, ids, currency), ()), day)
            if begun:
                return self._records[level, ids, currency][begun - 1]
        return None


def _start(record: RateRecord) -> date:
    return record.starts_on or date.min


def _ids_of(
    level: RateLevel,
    *,
    project_id: str | None,
    client_id: str | None,
    task_id: str | None,
    member_id: str | None,
) -> _Ids:
    """Return the ids that a level's records are found by."""
    match level:
        case RateLevel.PROJECT_MEMBER:
            return project_id, member_id
        case RateLevel.TASK:
            return (task_id,)
        case RateLevel.PROJECT:
            return (project_id,)
        case RateLevel.MEMBER:
            return (member_id,)
        case RateLevel.CLIENT:
            return (client_id,)
        case RateLevel.ORGANIZATION:
            return ()
