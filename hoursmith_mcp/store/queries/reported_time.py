"""Sums of time for reports: one grouped statement, whatever it is grouped by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, func, literal_column

from hoursmith_mcp.core.reports.figures import Asked, Figure, Key, Keys
from hoursmith_mcp.core.reports.kinds import IN_TIME, Grouping, with_owners
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.schemas.filters import TimeEntryFilter
from hoursmith_mcp.store.queries.reported_names import ReportedNames, names_of
from hoursmith_mcp.store.queries.time_entries import narrowed
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import AnySelect, select
from hoursmith_mcp.store.tables import Project, TimeEntry
from hoursmith_mcp.store.tenancy import scoped
from hoursmith_mcp.store.weeks import first_day_of_week

_entry = core_table(TimeEntry)
_project = core_table(Project)

_COLUMNS: dict[str, ColumnElement[Any]] = {
    "project_id": _entry.c.project_id,
    "task_id": _entry.c.task_id,
    "member_id": _entry.c.member_id,
    "tagged": cast(_entry.c.tags, String),
    "on_day": _entry.c.entry_date,
    "in_month": func.substr(_entry.c.entry_date, 1, 7),
}
COLUMN_OF: dict[Grouping, str] = {
    "client": "project_id",
    "project": "project_id",
    "task": "task_id",
    "member": "member_id",
    "month": "in_month",
}
"""The column of sums that tells at least what time is grouped by."""

_NAMES: dict[Grouping, str] = {
    **COLUMN_OF,
    "client": "client_id",
    "tag": "tagged",
    "day": "on_day",
    "week": "in_week",
}
_seconds = func.sum(_entry.c.duration_seconds)
_billable_seconds = func.sum(case((_entry.c.billable, _entry.c.duration_seconds), else_=0))

MOST_GROUPS = 30_000
"""Of how many groups a report is made whose decisions are not the database's."""


class TimeSum(Shape):
    """Seconds of a group; of what it is grouped by, the columns that were asked for are there."""

    client_id: str
    project_id: str
    task_id: str | None
    member_id: str
    tagged: str
    on_day: str
    in_week: str
    in_month: str
    since: str
    seconds: int
    billable_seconds: int


class _TopSum(TimeSum):
    """One of the sums that are listed, beside what all of them come to."""

    groups: int
    all_seconds: int
    all_billable_seconds: int


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
    **more: ColumnElement[Any],
) -> Sequence[TimeSum]:
    """Add up time by columns: project_id, task_id, member_id, tagged, on_day, in_month; and `more`
    of them, by name.

    Raises InvalidInput for more groups than a report is made of.
    """
    chosen = {one: _COLUMNS[one] for one in sorted(set(columns))} | more
    # The order is known when all is summed. Where it may end before, PostgreSQL takes a million
    # entries one by one from an index that has them in groups, rather than all of them at once.
    statement = _summed(chosen).where(*conditions).order_by(_seconds).limit(MOST_GROUPS + 1)
    found = await session.all(TimeSum, scoped(narrowed(statement, wanted)))
    _refuse_more(found)
    return found


def _summed(chosen: Mapping[str, ColumnElement[Any]], *more: ColumnElement[Any]) -> AnySelect:
    named: list[ColumnElement[Any]] = [literal_column(one) for one in chosen]
    statement = (
        select(
            *(column.label(one) for one, column in chosen.items()),
            _seconds.label("seconds"),
            _billable_seconds.label("billable_seconds"),
            *more,
        )
        .where(_entry.c.deleted_at.is_(None))
        .group_by(*named)
    )
    # What is not grouped has a row even where there is nothing.
    return statement if chosen else statement.having(func.count() > 0)


async def time_figures(session: Session, asked: Asked) -> Iterable[Figure]:
    """Return hours by what is asked for; tags that an entry has together are one group.

    Groups are found, put in order and cut to a length by the database, as there may be one for each
    entry. Raises InvalidInput for too many groups of tags, which it does not tell apart.
    """
    by_tag = "tag" in asked.groupings
    statement = _grouped(asked).limit(MOST_GROUPS + 1 if by_tag else asked.most)
    sums = await session.all(_TopSum, scoped(narrowed(statement, asked_entries(asked))))
    if by_tag:
        _refuse_more(sums)
    told = with_owners(asked.groupings)
    names = await names_of(
        session,
        projects=[one.project_id for one in sums] if "client" in told else (),
        tasks=[one.task_id for one in sums] if "task" in told else (),
        members=[one.member_id for one in sums] if "member" in told else (),
    )
    figures = (
        Figure(_keys(one, asked.groupings, names), _hours(one.seconds, one.billable_seconds))
        for one in sums
    )
    return chain(figures, _others(sums))


def _grouped(asked: Asked) -> AnySelect:
    """Return the statement of all groups, in the order in which a report lists them: the newest
    where they follow time, then the largest."""
    chosen = {_NAMES[one]: _column(one, asked) for one in asked.groupings}
    times: list[ColumnElement[Any]] = [
        literal_column(_NAMES[one]).desc() for one in asked.groupings if one in IN_TIME
    ]
    # Any project of a client or a task tells whose that is.
    owned = "client" in with_owners(asked.groupings) and "project" not in asked.groupings
    statement = _summed(
        chosen,
        func.count().over().label("groups"),
        func.sum(_seconds).over().label("all_seconds"),
        func.sum(_billable_seconds).over().label("all_billable_seconds"),
        *([func.min(_entry.c.project_id).label("project_id")] if owned else []),
    )
    if "client" in asked.groupings:
        statement = statement.join_from(_entry, _project, _project.c.id == _entry.c.project_id)
    largest = (_seconds.desc(), _billable_seconds.desc())
    named: list[ColumnElement[Any]] = [literal_column(one).nulls_last() for one in chosen]
    return statement.order_by(*times, *largest, *named)


def _column(grouping: Grouping, asked: Asked) -> ColumnElement[Any]:
    if grouping == "client":
        column: ColumnElement[Any] = _project.c.client_id
        return column
    if grouping == "week":
        return first_day_of_week(_entry.c.entry_date, asked.week_start)
    return _COLUMNS[_NAMES[grouping]]


def _others(sums: Sequence[_TopSum]) -> list[Figure]:
    """Return what groups come to that were not read."""
    if not sums or sums[0].groups == len(sums):
        return []
    seconds = sums[0].all_seconds - sum(one.seconds for one in sums)
    billable_seconds = sums[0].all_billable_seconds - sum(one.billable_seconds for one in sums)
    others = sums[0].groups - len(sums)
    return [Figure({}, _hours(seconds, billable_seconds), others=others)]


def _hours(seconds: int, billable_seconds: int) -> dict[str, int]:
    return {"hours": int(seconds), "billable_hours": int(billable_seconds)}


def _refuse_more(found: Sequence[TimeSum]) -> None:
    if len(found) > MOST_GROUPS:
        raise InvalidInput(
            f"That would be a report of more than {MOST_GROUPS} groups: take a shorter period, "
            "narrow it to a client, a project or a member, or group by less."
        )


def _keys(one: TimeSum, groupings: tuple[Grouping, ...], names: ReportedNames) -> Keys:
    keys: dict[Grouping, Key | None] = {}
    for grouping in with_owners(groupings):
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
            case "week":
                keys[grouping] = Key(one.in_week)
            case "day":
                keys[grouping] = Key(one.on_day)
    return {grouping: key for grouping, key in keys.items() if key is not None}


def _tags(text: str) -> Key | None:
    """Return the tags that an entry has together as one group: each hour counts once."""
    tags = sorted(set(json.loads(text)), key=lambda tag: (tag.casefold(), tag))
    return Key(", ".join(tags)) if tags else None
