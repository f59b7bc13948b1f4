"""Running timers, as rows; a member has one at most."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete

from hoursmith_mcp.core.instants import split_at_midnights
from hoursmith_mcp.core.timers import Piece, pieces_that_fit
from hoursmith_mcp.store.queries.time_entries import TimeEntries, TimeEntryRow
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Project, Task, Timer
from hoursmith_mcp.store.tenancy import TENANT, for_the_program, scoped

_timer = core_table(Timer)
_project = core_table(Project)
_client = core_table(Client)
_task = core_table(Task)

_of_member = _timer.c.member_id == bindparam("member")
# An outer join's other side may be missing, so its scope belongs to the join itself.
_task_of_timer = (_task.c.id == _timer.c.task_id) & (_task.c.organization_id == TENANT)
_OF_MEMBER = scoped(
    select(
        _timer,
        _project.c.name.label("project_name"),
        _project.c.client_id.label("client_id"),
        _client.c.name.label("client_name"),
        _task.c.name.label("task_name"),
    )
    .select_from(
        _timer.join(_project, _project.c.id == _timer.c.project_id)
        .join(_client, _client.c.id == _project.c.client_id)
        .outerjoin(_task, _task_of_timer)
    )
    .where(_of_member)
)
_ANY_OF_MEMBER = for_the_program(select(_timer.c.id).where(_of_member))
_REMOVE = scoped(delete(_timer).where(_timer.c.id == bindparam("id_")))


class TimerRow(Shape):
    """A timer's columns, with what is shown of its project and client."""

    id: str
    member_id: str
    project_id: str
    task_id: str | None
    billable: bool
    note: str | None
    tags: list[str]
    started_at: int
    project_name: str
    client_id: str
    client_name: str
    task_name: str | None


class _Id(Shape):
    id: str


class Timers:
    """The running timers of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def of_member(self, member_id: str) -> TimerRow | None:
        """Return the timer that a member has running."""
        return await self._session.first(TimerRow, _OF_MEMBER, member=member_id)

    async def runs(self, member_id: str) -> bool:
        """Say whether a member has a timer running, on whatever project."""
        return await self._session.first(_Id, _ANY_OF_MEMBER, member=member_id) is not None

    async def add(self, **values: Any) -> None:
        """Start a timer."""
        await self._session.insert(Timer, values)

    async def remove(self, timer_id: str) -> None:
        """Take a timer away; what it measured is an entry by then, or was discarded."""
        await self._session.change(_REMOVE, id_=timer_id)

    async def pieces(self, row: TimerRow, stop_us: int, zone: ZoneInfo) -> list[Piece]:
        """Return the time that a timer measured, as far as its member's days have room for it."""
        stretches = split_at_midnights(row.started_at, stop_us, zone)
        entries = TimeEntries(self._session)
        taken = {
            one.day: await entries.seconds_of_day(row.member_id, one.day.isoformat())
            for one in stretches
        }
        return pieces_that_fit([(one.day, one.start_us, one.stop_us) for one in stretches], taken)

    async def save(
        self, entry_id: str, row: TimerRow, piece: Piece, *, note: str | None = None
    ) -> TimeEntryRow:
        """Make an entry of what a timer measured; a note replaces the timer's."""
        return await TimeEntries(self._session).add(
            id=entry_id,
            member_id=row.member_id,
            project_id=row.project_id,
            task_id=row.task_id,
            entry_date=piece.day.isoformat(),
            duration_seconds=piece.seconds,
            billable=row.billable,
            note=(note if note is not None else row.note) or None,
            tags=row.tags,
            started_at=piece.start_us,
            stopped_at=piece.stop_us,
        )
