"""Time entries, as rows that know their project, client, task and member."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import String, bindparam, case, cast, func

from hoursmith_mcp.core.billing import SECONDS_PER_DAY
from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.durations import format_duration
from hoursmith_mcp.errors import Forbidden, InvalidInput, NotFound
from hoursmith_mcp.schemas.filters import TimeEntryFilter
from hoursmith_mcp.store.queries.answers import SAME_US
from hoursmith_mcp.store.queries.names import MOST_CANDIDATES
from hoursmith_mcp.store.queries.projects import reaches_all
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import AnySelect, select
from hoursmith_mcp.store.tables import Client, Member, Project, Task, TimeEntry
from hoursmith_mcp.store.tenancy import TENANT, Scoped, for_the_program, scoped

_entry = core_table(TimeEntry)
_project = core_table(Project)
_client = core_table(Client)
_task = core_table(Task)
_member = core_table(Member)

# An outer join's other side may be missing, so its scope belongs to the join itself.
_task_of_entry = (_task.c.id == _entry.c.task_id) & (_task.c.organization_id == TENANT)
_rows = (
    select(
        _entry,
        _project.c.name.label("project_name"),
        _project.c.client_id.label("client_id"),
        _client.c.name.label("client_name"),
        _task.c.name.label("task_name"),
        _member.c.name.label("member_name"),
    )
    .select_from(
        _entry.join(_project, _project.c.id == _entry.c.project_id)
        .join(_client, _client.c.id == _project.c.client_id)
        .join(_member, _member.c.id == _entry.c.member_id)
        .outerjoin(_task, _task_of_entry)
    )
    .where(_entry.c.deleted_at.is_(None))
)
_IDS = (
    select(_entry.c.id)
    .where(_entry.c.deleted_at.is_(None))
    .order_by(_entry.c.entry_date.desc(), _entry.c.id.desc())
)
_BY_ID = scoped(_rows.where(_entry.c.id == bindparam("id")))
_BY_IDS = scoped(_rows.where(_entry.c.id.in_(bindparam("ids", expanding=True))))
_of_day = (
    _entry.c.member_id == bindparam("member"),
    _entry.c.entry_date == bindparam("day"),
)
_OF_DAY = scoped(_rows.where(*_of_day).order_by(_entry.c.id))
# Equal in all that SQL compares well; what is found is compared as a whole.
_JUST_LOGGED = scoped(
    select(_entry.c.id)
    .where(
        *_of_day,
        _entry.c.project_id == bindparam("project"),
        func.coalesce(_entry.c.task_id, "") == bindparam("task"),
        _entry.c.duration_seconds == bindparam("seconds"),
        func.coalesce(_entry.c.note, "") == bindparam("note"),
        _entry.c.created_at > bindparam("since"),
        _entry.c.version == 1,
        _entry.c.started_at.is_(None),
        _entry.c.deleted_at.is_(None),
    )
    .order_by(_entry.c.id.desc())
)
_seconds_of_day = select(
    func.coalesce(func.sum(_entry.c.duration_seconds), 0).label("seconds")
).where(*_of_day, _entry.c.deleted_at.is_(None))
_SECONDS_OF_DAY = scoped(_seconds_of_day)
# A day has 24 hours, on whatever projects.
_ALL_SECONDS_OF_DAY = for_the_program(_seconds_of_day)


class TimeEntryRow(Shape):
    """An entry's columns, with the names of what it belongs to."""

    id: str
    member_id: str
    project_id: str
    task_id: str | None
    entry_date: str
    duration_seconds: int
    billable: bool
    note: str | None
    tags: list[str]
    started_at: int | None
    stopped_at: int | None
    line_id: str | None
    version: int
    created_at: int
    updated_at: int
    project_name: str
    client_id: str
    client_name: str
    task_name: str | None
    member_name: str


class _DayTotal(Shape):
    entry_date: str
    seconds: int


class _Id(Shape):
    id: str


class Totals(Shape):
    """How much time a filter lets through."""

    entries: int
    seconds: int
    billable_seconds: int


class TimeEntries:
    """The time entries of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, entry_id: str, *, of: str | None = None) -> TimeEntryRow:
        """Return an entry by id; raises NotFound, also where it is not `of` the member named."""
        row = await self._session.first(TimeEntryRow, _BY_ID, id=entry_id.strip().lower())
        if row is None or of not in (None, row.member_id):
            raise NotFound("There is no time entry with that id. list_time_entries() has the ids.")
        return row

    async def get_to_change(self, entry_id: str, *, of: str | None) -> TimeEntryRow:
        """Return an entry by id; raises Forbidden where its member left the project since."""
        row = await self.get(entry_id, of=of)
        if not await reaches_all(self._session, [row.project_id]):
            raise Forbidden(
                f"You are not on the project {row.project_name} any more, so that time stays as it "
                "is. Ask a manager to change it."
            )
        return row

    async def seconds_of_day(self, member_id: str, day: str) -> int:
        """Add up what a member has logged on a day, on whatever projects."""
        return await self._seconds(_ALL_SECONDS_OF_DAY, member_id, day)

    async def _seconds(self, statement: Scoped, member_id: str, day: str) -> int:
        row = await self._session.first(Totals, statement, member=member_id, day=day)
        return int(row.seconds) if row is not None else 0

    async def of_day(self, member_id: str, day: str) -> Sequence[TimeEntryRow]:
        """Return what a member has logged on a day."""
        return await self._session.all(TimeEntryRow, _OF_DAY, member=member_id, day=day)

    async def just_logged(self, values: dict[str, Any]) -> list[TimeEntryRow]:
        """Return untouched entries of the last two minutes with these values, the latest first."""
        found = await self._session.all(
            _Id,
            _JUST_LOGGED,
            member=values["member_id"],
            day=values["entry_date"],
            project=values["project_id"],
            task=values["task_id"] or "",
            seconds=values["duration_seconds"],
            note=values["note"] or "",
            since=self._session.now_us - SAME_US,
        )
        rows = [await self.get(one.id) for one in found]
        return [row for row in rows if all(getattr(row, name) == values[name] for name in values)]

    async def day_with(
        self, member_id: str, day: date, seconds: int, *, instead_of: TimeEntryRow | None = None
    ) -> int:
        """Return what a member's day adds up to with more time on it, or another entry's instead.

        It is what the session reaches of that day. Raises InvalidInput past 24 hours on whatever
        projects, with the entries that are there.
        """
        iso = day.isoformat()
        more = seconds
        if instead_of is not None and instead_of.entry_date == iso:
            more -= instead_of.duration_seconds
        total = await self.seconds_of_day(member_id, iso) + more
        if total <= SECONDS_PER_DAY:
            if self._session.confinement is None:
                return total
            return await self._seconds(_SECONDS_OF_DAY, member_id, iso) + more
        own_id = instead_of.id if instead_of is not None else None
        rows = [row for row in await self.of_day(member_id, iso) if row.id != own_id]
        raise _full_day(describe_day(day), total, seconds, rows)

    async def page(
        self, wanted: TimeEntryFilter, *, after: tuple[str, str] | None, limit: int
    ) -> list[TimeEntryRow]:
        """Return entries, the newest day first, beginning after a (day, id)."""
        statement = narrowed(_IDS, wanted)
        if after is not None:
            day, entry_id = after
            statement = statement.where(
                _entry.c.entry_date <= day,
                (_entry.c.entry_date < day) | (_entry.c.id < entry_id),
            )
        # The page is cut from the index first: joined to its names before that, a planner that
        # believes in short tables sorts every entry there is.
        ids = [row.id for row in await self._session.all(_Id, scoped(statement.limit(limit)))]
        rows = await self.of_ids(ids)
        return sorted(rows, key=lambda row: (row.entry_date, row.id), reverse=True)

    async def of_ids(self, entry_ids: Sequence[str]) -> Sequence[TimeEntryRow]:
        """Return entries by their ids, in no order."""
        return await self._session.all_in(TimeEntryRow, _BY_IDS, entry_ids)

    async def totals(self, wanted: TimeEntryFilter) -> Totals:
        """Count and add up all that a filter lets through."""
        seconds = _entry.c.duration_seconds
        billable = case((_entry.c.billable, seconds), else_=0)
        statement = (
            select(
                func.count().label("entries"),
                func.coalesce(func.sum(seconds), 0).label("seconds"),
                func.coalesce(func.sum(billable), 0).label("billable_seconds"),
            )
            .select_from(_entry)
            .where(_entry.c.deleted_at.is_(None))
        )
        rows = await self._session.all(Totals, scoped(narrowed(statement, wanted)))
        return rows[0]

    async def seconds_by_day(self, wanted: TimeEntryFilter) -> dict[date, int]:
        """Add up what a filter lets through, by day; days without any are not named."""
        statement = (
            select(_entry.c.entry_date, func.sum(_entry.c.duration_seconds).label("seconds"))
            .where(_entry.c.deleted_at.is_(None))
            .group_by(_entry.c.entry_date)
        )
        rows = await self._session.all(_DayTotal, scoped(narrowed(statement, wanted)))
        return {date.fromisoformat(row.entry_date): int(row.seconds) for row in rows}

    async def add(self, **values: Any) -> TimeEntryRow:
        """Add an entry and return it."""
        now_us = self._session.now_us
        stamped = {**values, "version": 1, "created_at": now_us, "updated_at": now_us}
        await self._session.insert(TimeEntry, stamped)
        return await self.get(values["id"])

    async def update(self, entry_id: str, values: dict[str, Any]) -> TimeEntryRow:
        """Change an entry and return it as it is then."""
        await self._session.update(TimeEntry, entry_id, values)
        return await self.get(entry_id)

    async def remove(self, entry_id: str) -> None:
        """Delete an entry; nothing but undo, activity and its event finds it again."""
        await self._session.update(TimeEntry, entry_id, {"deleted_at": self._session.now_us})


def _full_day(day: str, total: int, seconds: int, rows: list[TimeEntryRow]) -> InvalidInput:
    shown = rows[:MOST_CANDIDATES]
    # Some of it may be on projects that the caller does not reach.
    is_all = total == seconds + sum(row.duration_seconds for row in rows)
    whole = format_duration(total) if is_all else "more than 24h"
    there = ", ".join(
        f"{format_duration(row.duration_seconds)} on {row.project_name}" for row in shown
    )
    more = f" and {len(rows) - len(shown)} more" if len(rows) > len(shown) else ""
    already = f" There already: {there}{more}." if there else ""
    return InvalidInput(
        f"{day} would have {whole}, and a day has 24h.{already} Give another "
        "day, a shorter duration, or correct what is there with update_time_entry.",
        candidates=[
            {"id": row.id, "name": f"{format_duration(row.duration_seconds)} {row.project_name}"}
            for row in shown
        ],
    )


def narrowed(statement: AnySelect, wanted: TimeEntryFilter) -> AnySelect:
    """Turn a filter into SQL; the only place where that is done."""
    if wanted.first_day is not None:
        statement = statement.where(_entry.c.entry_date >= wanted.first_day)
    if wanted.last_day is not None:
        statement = statement.where(_entry.c.entry_date <= wanted.last_day)
    if wanted.billable is not None:
        statement = statement.where(_entry.c.billable.is_(wanted.billable))
    if wanted.search is not None:
        statement = statement.where(_entry.c.note.icontains(wanted.search, autoescape=True))
    if wanted.tag is not None:
        # As JSON has it, so that no part of another tag is taken for it.
        tags, tag = cast(_entry.c.tags, String), json.dumps(wanted.tag)
        statement = statement.where(tags.icontains(tag, autoescape=True))
    if wanted.client_id is not None:
        of_client = select(_project.c.id).where(
            _project.c.client_id == wanted.client_id, _project.c.organization_id == TENANT
        )
        statement = statement.where(_entry.c.project_id.in_(of_client))
    same = {
        _entry.c.project_id: wanted.project_id,
        _entry.c.task_id: wanted.task_id,
        _entry.c.member_id: wanted.member_id,
    }
    for column, value in same.items():
        if value is not None:
            statement = statement.where(column == value)
    return statement
