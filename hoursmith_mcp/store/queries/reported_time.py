"""Sums of time for reports: one grouped statement, whatever it is grouped by."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, func, literal_column

from hoursmith_mcp.core.instants import load_zone, local_day
from hoursmith_mcp.core.reports.figures import Asked, Figure, Key, Keys, keys_of_day
from hoursmith_mcp.core.reports.kinds import Grouping
from hoursmith_mcp.core.reports.working_time import Logged, Person, Work
from hoursmith_mcp.core.working_patterns import USUAL_PATTERN
from hoursmith_mcp.schemas.filters import TimeEntryFilter
from hoursmith_mcp.store.queries.reported_names import ReportedNames, names_of
from hoursmith_mcp.store.queries.time_entries import narrowed
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Member, Organization, TimeEntry
from hoursmith_mcp.store.tenancy import scoped

_entry = core_table(TimeEntry)
_member = core_table(Member)
_organization = core_table(Organization)

_COLUMNS: dict[str, ColumnElement[Any]] = {
    "project_id": _entry.c.project_id,
    "task_id": _entry.c.task_id,
    "member_id": _entry.c.member_id,
    "tagged": cast(_entry.c.tags, String),
    "on_day": _entry.c.entry_date,
    "in_month": func.substr(_entry.c.entry_date, 1, 7),
}
# A week is made of its days: the databases disagree about how to find one.
_COLUMN_OF: dict[Grouping, str] = {
    "client": "project_id",
    "project": "project_id",
    "task": "task_id",
    "member": "member_id",
    "tag": "tagged",
    "day": "on_day",
    "week": "on_day",
    "month": "in_month",
}
_billable = case((_entry.c.billable, _entry.c.duration_seconds), else_=0)
_PEOPLE = scoped(select(_member).where(_member.c.erased_at.is_(None)))
_ZONE = scoped(select(_organization.c.time_zone))


class TimeSum(Shape):
    """Seconds of a group; of what it is grouped by, the columns that were asked for are there."""

    project_id: str
    task_id: str | None
    member_id: str
    tagged: str
    on_day: str
    in_month: str
    seconds: int
    billable_seconds: int


class _Zone(Shape):
    time_zone: str


def asked_entries(asked: Asked) -> TimeEntryFilter:
    """Return which entries a report is about."""
    period = asked.period
    return TimeEntryFilter(
        first_day=period.first.isoformat() if period is not None else None,
        last_day=period.last.isoformat() if period is not None else None,
        project_id=asked.project_id,
        client_id=asked.client_id,
        task_id=asked.task_id,
        member_id=asked.member_id,
        billable=asked.billable,
        tag=asked.tag,
    )


async def sums_of_time(
    session: Session,
    columns: Iterable[str],
    wanted: TimeEntryFilter,
    *conditions: ColumnElement[bool],
) -> Sequence[TimeSum]:
    """Add up time by columns: project_id, task_id, member_id, tagged, on_day, in_month."""
    chosen = sorted(set(columns))
    statement = (
        select(
            *(_COLUMNS[one].label(one) for one in chosen),
            func.sum(_entry.c.duration_seconds).label("seconds"),
            func.sum(_billable).label("billable_seconds"),
        )
        .where(_entry.c.deleted_at.is_(None), *conditions)
        .group_by(*(literal_column(one) for one in chosen))
    )
    if not chosen:
        # What is not grouped has a row even where there is nothing.
        statement = statement.having(func.count() > 0)
    return await session.all(TimeSum, scoped(narrowed(statement, wanted)))


async def time_figures(session: Session, asked: Asked) -> list[Figure]:
    """Return hours by what is asked for; tags that an entry has together are one group."""
    chosen = [_COLUMN_OF[one] for one in asked.groupings]
    sums = await sums_of_time(session, chosen, asked_entries(asked))
    names = await names_of(
        session,
        projects=[one.project_id for one in sums] if "project_id" in chosen else (),
        tasks=[one.task_id for one in sums] if "task_id" in chosen else (),
        members=[one.member_id for one in sums] if "member_id" in chosen else (),
    )
    return [
        Figure(
            _keys(one, asked, names),
            {"hours": int(one.seconds), "billable_hours": int(one.billable_seconds)},
        )
        for one in sums
    ]


async def work_by_day(session: Session, asked: Asked) -> Work:
    """Return what each member logged on each day."""
    work: defaultdict[str, dict[date, Logged]] = defaultdict(dict)
    for one in await sums_of_time(session, ("member_id", "on_day"), asked_entries(asked)):
        logged = Logged(int(one.seconds), int(one.billable_seconds))
        work[one.member_id][date.fromisoformat(one.on_day)] = logged
    return work


async def people(session: Session, asked: Asked) -> list[Person]:
    """Return who could have worked: those who joined, with the hours that are expected of them."""
    (organization,) = await session.all(_Zone, _ZONE)
    rows = await session.all(Member, _PEOPLE)
    return [
        _person(row, row.time_zone or organization.time_zone)
        for row in rows
        if asked.member_id in (None, row.id)
    ]


def _person(row: Member, zone_name: str) -> Person:
    zone = load_zone(zone_name)
    return Person(
        id=row.id,
        name=row.name,
        pattern=row.working_pattern or USUAL_PATTERN,
        joined=local_day(row.joined_at, zone) if row.joined_at is not None else None,
        left=local_day(row.deleted_at, zone) if row.deleted_at is not None else None,
    )


def _keys(one: TimeSum, asked: Asked, names: ReportedNames) -> Keys:
    keys: dict[Grouping, Key | None] = {}
    for grouping in asked.groupings:
        match grouping:
            case "client":
                keys[grouping] = names.client_of(one.project_id)
            case "project":
                keys[grouping] = names.project(one.project_id)
            case "task":
                if one.task_id is not None:
                    keys[grouping] = Key(names.tasks[one.task_id], one.task_id)
            case "member":
                keys[grouping] = Key(names.members[one.member_id], one.member_id)
            case "tag":
                keys[grouping] = _tags(one.tagged)
            case "month":
                keys[grouping] = Key(one.in_month)
            case "day" | "week":
                day = date.fromisoformat(one.on_day)
                keys[grouping] = keys_of_day(day, asked.week_start)[grouping]
    return {grouping: key for grouping, key in keys.items() if key is not None}


def _tags(text: str) -> Key | None:
    """Return the tags that an entry has together as one group: each hour counts once."""
    tags = sorted(set(json.loads(text)), key=str.casefold)
    return Key(", ".join(tags)) if tags else None
