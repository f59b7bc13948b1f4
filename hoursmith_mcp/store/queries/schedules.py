"""Schedules and their runs; and, for who runs them, which may be due in any organisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func

from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Organization, Schedule, ScheduleRun
from hoursmith_mcp.store.tenancy import scoped

ACTIVE, PAUSED = "active", "paused"
MOST_DUE = 200
"""How many are looked at in one go, so that no reading is long."""

_schedule = core_table(Schedule)
_run = core_table(ScheduleRun)
_client = core_table(Client)
_organization = core_table(Organization)

_live = (
    select(_schedule, _client.c.name.label("client_name"))
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
_OF_DAY = scoped(
    select(_run).where(
        _run.c.schedule_id == bindparam("schedule"), _run.c.due_day == bindparam("day")
    )
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
    )
    .order_by(_schedule.c.next_day, _schedule.c.id)
    .limit(MOST_DUE)
)


class ScheduleRow(Shape):
    """A schedule as it lies in the database, with its client's name."""

    id: str
    member_id: str
    client_id: str
    client_name: str
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
    billed_until: str | None
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
    invoice_id: str | None
    first_day: str | None
    last_day: str | None
    at: int


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


async def may_be_due(session: Session, last_day: str) -> Sequence[DueRow]:
    """Return what waits for a day up to one, of all organisations, the longest due first."""
    rows: Sequence[Any] = await session.unscoped(_DUE, {"last_day": last_day})
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

    async def of_client(self, client_id: str) -> Sequence[ScheduleRow]:
        """Return the schedules of a client."""
        return await self._session.all(ScheduleRow, _OF_CLIENT, client=client_id)

    async def troubled(self) -> Sequence[ScheduleRow]:
        """Return what was paused because it could not go on."""
        return await self._session.all(ScheduleRow, _TROUBLED)

    async def count(self) -> int:
        """Count the schedules."""
        return (await self._session.all(_Counted, _COUNT))[0].count

    async def page(self, *, before_id: str | None, limit: int) -> Sequence[ScheduleRow]:
        """Return schedules, the newest first."""
        statement = _live if before_id is None else _live.where(_schedule.c.id < before_id)
        statement = statement.order_by(_schedule.c.id.desc()).limit(limit)
        return await self._session.all(ScheduleRow, scoped(statement))

    async def last_runs(self, schedule_ids: Sequence[str]) -> dict[str, RunRow]:
        """Return the last run of each of some schedules that was ever run."""
        rows = await self._session.all_in(RunRow, _LAST_RUNS, schedule_ids)
        return {row.schedule_id: row for row in rows}

    async def has_run(self, schedule_id: str, day: str) -> bool:
        """Say whether a schedule was run for a due day."""
        parameters = {"schedule": schedule_id, "day": day}
        return await self._session.first(RunRow, _OF_DAY, **parameters) is not None

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
        """Note that a schedule was run, and what it is after that.

        The database refuses a second run of one due day.
        """
        number = schedule.runs + 1
        row = {"schedule_id": schedule.id, "number": number, "at": self._session.now_us}
        await self._session.insert(ScheduleRun, {**row, **run})
        return await self.update(schedule.id, {**values, "runs": number})

    async def remove(self, schedule_id: str) -> None:
        """Delete a schedule: nothing is made by it any more."""
        await self._session.update(Schedule, schedule_id, {"deleted_at": self._session.now_us})
