"""Schedules and their runs; and, for who runs them, which may be due in any organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import String, bindparam, exists, func, literal_column, or_, text, tuple_

from hoursmith_mcp.core.ids import looks_like_id
from hoursmith_mcp.core.names import Candidate, fold
from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.store.queries.clients import CLIENT
from hoursmith_mcp.store.queries.names import Kind, find_id
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Organization, Schedule, ScheduleRun
from hoursmith_mcp.store.tables.schedules import FINAL
from hoursmith_mcp.store.tenancy import TENANT, scoped

ACTIVE, PAUSED = "active", "paused"
_SAME = ("rule", "billed", "minute_of_day", "selection")

_schedule = core_table(Schedule)
_run = core_table(ScheduleRun)
_client = core_table(Client)
_organization = core_table(Organization)

_live = (
    select(
        _schedule,
        _client.c.name.label("client_name"),
        _client.c.archived_at.label("client_archived_at"),
    )
    .select_from(_schedule.join(_client, _client.c.id == _schedule.c.client_id))
    .where(_schedule.c.deleted_at.is_(None))
)
_BY_ID = scoped(_live.where(_schedule.c.id == bindparam("id")))
_OF_CLIENT = scoped(_live.where(_schedule.c.client_id == bindparam("client")))
_TROUBLED = scoped(
    _live.where(_schedule.c.state == PAUSED, _schedule.c.paused_because.is_not(None)).order_by(
        _schedule.c.id
    )
)
_COUNT = scoped(
    select(func.count().label("count"))
    .select_from(_schedule)
    .where(_schedule.c.deleted_at.is_(None))
)
_named = (
    select(_schedule.c.id, _client.c.name, _schedule.c.rule.label("context"))
    .select_from(_schedule.join(_client, _client.c.id == _schedule.c.client_id))
    .where(_schedule.c.deleted_at.is_(None))
    .order_by(_client.c.name_key, _schedule.c.id)
)
SCHEDULE = Kind(
    noun="schedule",
    prefix="sch",
    by_key=scoped(_named.where(_client.c.name_key == bindparam("key"))),
    live=scoped(_named),
    archived=None,
    create="list_invoice_schedules() has those that are there.",
)
"""Called by its client's name, and told from the client's others by its rule."""

_of_schedule = _run.c.schedule_id == bindparam("schedule")
_FINAL_OF_DAY = scoped(
    select(_run).where(_of_schedule, _run.c.due_day == bindparam("day"), text(FINAL))
)
# A day yet to come that made nothing did so while the clock was wrong: it may come again.
_LAST_DAY = scoped(
    select(func.max(_run.c.due_day).label("day")).where(
        _of_schedule, or_(_run.c.due_day <= bindparam("today"), text(FINAL))
    )
)
_later = _run.alias("later")
_REFUSED = scoped(
    select(_run, _schedule.c.client_id, _client.c.name.label("client_name"))
    .select_from(
        _run.join(_schedule, _schedule.c.id == _run.c.schedule_id).join(
            _client, _client.c.id == _schedule.c.client_id
        )
    )
    .where(
        _run.c.outcome == literal_column("'refused'"),
        _schedule.c.deleted_at.is_(None),
        _schedule.c.paused_because.is_(None),
        # Whatever covers those days since is another answer to them.
        ~exists().where(
            _later.c.organization_id == TENANT,
            _later.c.schedule_id == _run.c.schedule_id,
            _later.c.number > _run.c.number,
            _later.c.first_day <= _run.c.first_day,
            _later.c.last_day >= _run.c.last_day,
        ),
    )
    .order_by(_run.c.schedule_id, _run.c.number)
)
_RUNS = scoped(
    select(_run)
    .where(_of_schedule, _run.c.number < bindparam("before"))
    .order_by(_run.c.number.desc())
    .limit(bindparam("limit"))
)
_LAST_RUNS = scoped(
    select(_run)
    .select_from(_run.join(_schedule, _schedule.c.id == _run.c.schedule_id))
    .where(
        _run.c.schedule_id.in_(bindparam("ids", expanding=True)),
        _run.c.number == _schedule.c.runs,
    )
)
_DUE = (
    select(
        _schedule.c.id,
        _schedule.c.organization_id,
        _schedule.c.member_id,
        _schedule.c.next_day,
        _schedule.c.minute_of_day,
        _organization.c.time_zone.label("zone_name"),
    )
    .select_from(_schedule.join(_organization, _organization.c.id == _schedule.c.organization_id))
    .where(
        _schedule.c.state == ACTIVE,
        _schedule.c.deleted_at.is_(None),
        _schedule.c.next_day <= bindparam("last_day"),
        tuple_(_schedule.c.next_day, _schedule.c.id)
        > tuple_(bindparam("day", type_=String), bindparam("id", type_=String)),
    )
    .order_by(_schedule.c.next_day, _schedule.c.id)
    .limit(bindparam("limit"))
)


_BEGINNING = {"day": "", "id": ""}


class ScheduleRow(Shape):
    """A schedule as it lies in the database, with its client's name."""

    id: str
    member_id: str
    client_id: str
    client_name: str
    client_archived_at: int | None
    rule: str
    start_day: str
    minute_of_day: int
    billed: str
    selection: str
    issues: bool
    catches_up: bool
    state: str
    paused_because: str | None
    next_day: str | None
    runs: int
    version: int
    created_at: int
    updated_at: int


class RunRow(Shape):
    """A run as it lies in the database."""

    schedule_id: str
    number: int
    due_day: str | None
    outcome: str
    reason: str | None
    warning: str | None
    invoice_id: str | None
    first_day: str | None
    last_day: str | None
    at: int


class RefusedRow(RunRow):
    """A run that was refused, and whose invoice it was to make."""

    client_id: str
    client_name: str


class DueRow(Shape):
    """A schedule whose day may have come, and what says whether it has."""

    id: str
    organization_id: str
    member_id: str
    next_day: str
    minute_of_day: int
    zone_name: str


class _Counted(Shape):
    count: int


class _Day(Shape):
    day: str | None


async def may_be_due(
    session: Session, last_day: str, after: DueRow | None, limit: int
) -> Sequence[DueRow]:
    """Return some of what waits for a day up to one, of all organisations, the longest due first.

    They come after one of them, or from the beginning; an empty sequence is the end.
    """
    behind = {"day": after.next_day, "id": after.id} if after is not None else _BEGINNING
    rows: Sequence[Any] = await session.unscoped(
        _DUE, {"last_day": last_day, "limit": limit, **behind}
    )
    return rows


class Schedules:
    """The schedules of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, schedule_id: str) -> ScheduleRow:
        """Return a schedule by id; raises NotFound."""
        row = await self._session.first(ScheduleRow, _BY_ID, id=schedule_id.strip().lower())
        if row is None:
            raise NotFound(
                "There is no schedule with that id. list_invoice_schedules() has the ids."
            )
        return row

    async def find(self, text: str) -> ScheduleRow:
        """Return the schedule that an id or its client's name means.

        A client's whole name never means another's. Raises NotFound or InvalidInput.
        """
        if looks_like_id(text.strip().lower(), SCHEDULE.prefix):
            return await self.get(text)
        client = await self._session.first(Candidate, CLIENT.by_key, key=fold(text))
        whole = client is not None
        found = await find_id(self._session, SCHEDULE, text, writing=True, whole=whole)
        return await self.get(found)

    async def twin(self, client_id: str, values: Mapping[str, Any]) -> ScheduleRow | None:
        """Return another that bills a client at the same times for the same, and has not ended."""
        rows = await self._session.all(ScheduleRow, _OF_CLIENT, client=client_id)
        others = (row for row in rows if row.next_day is not None and row.id != values.get("id"))
        same = (row for row in others if all(getattr(row, name) == values[name] for name in _SAME))
        return next(same, None)

    async def troubled(self) -> Sequence[ScheduleRow]:
        """Return what was paused because it could not go on."""
        return await self._session.all(ScheduleRow, _TROUBLED)

    async def count(self) -> int:
        """Count the schedules."""
        return (await self._session.all(_Counted, _COUNT))[0].count

    async def page(
        self, *, client_id: str | None, before_id: str | None, limit: int
    ) -> Sequence[ScheduleRow]:
        """Return schedules, all or those of a client, the newest first."""
        statement = _live
        if client_id is not None:
            statement = statement.where(_schedule.c.client_id == client_id)
        if before_id is not None:
            statement = statement.where(_schedule.c.id < before_id)
        statement = statement.order_by(_schedule.c.id.desc()).limit(limit)
        return await self._session.all(ScheduleRow, scoped(statement))

    async def runs(self, schedule_id: str, *, before: int, limit: int) -> Sequence[RunRow]:
        """Return the runs of a schedule before a number, the last one first."""
        given = {"schedule": schedule_id, "before": before, "limit": limit}
        return await self._session.all(RunRow, _RUNS, **given)

    async def last_runs(self, schedule_ids: Sequence[str]) -> dict[str, RunRow]:
        """Return the last run of each of some schedules that was ever run."""
        rows = await self._session.all_in(RunRow, _LAST_RUNS, schedule_ids)
        return {row.schedule_id: row for row in rows}

    async def refused(self) -> Sequence[RefusedRow]:
        """Return the runs that were refused, and whose days nobody has run or skipped since."""
        return await self._session.all(RefusedRow, _REFUSED)

    async def is_done(self, schedule_id: str, day: str) -> bool:
        """Say whether a due day of a schedule was billed or skipped."""
        parameters = {"schedule": schedule_id, "day": day}
        return await self._session.first(RunRow, _FINAL_OF_DAY, **parameters) is not None

    async def last_done_day(self, schedule_id: str, today: date) -> str | None:
        """Return the last day that a schedule is done with, other than by hand."""
        given = {"schedule": schedule_id, "today": today.isoformat()}
        return (await self._session.all(_Day, _LAST_DAY, **given))[0].day

    async def add(self, **values: Any) -> ScheduleRow:
        """Add a schedule and return it."""
        now_us = self._session.now_us
        stamps = {"version": 1, "created_at": now_us, "updated_at": now_us}
        await self._session.insert(Schedule, {**values, **stamps, "state": ACTIVE, "runs": 0})
        return await self.get(values["id"])

    async def update(self, schedule_id: str, values: dict[str, Any]) -> ScheduleRow:
        """Change a schedule and return it as it is then."""
        await self._session.update(Schedule, schedule_id, values)
        return await self.get(schedule_id)

    async def add_run(
        self, schedule: ScheduleRow, run: dict[str, Any], values: dict[str, Any]
    ) -> ScheduleRow:
        """Note that a schedule was run, or skipped, and what it is after that.

        The database refuses a second one that is done with a due day.
        """
        number = schedule.runs + 1
        row = {"schedule_id": schedule.id, "number": number, "at": self._session.now_us}
        await self._session.insert(ScheduleRun, {**row, **run})
        return await self.update(schedule.id, {**values, "runs": number})

    async def remove(self, schedule_id: str) -> None:
        """Delete a schedule: nothing is made by it any more."""
        await self._session.update(Schedule, schedule_id, {"deleted_at": self._session.now_us})
