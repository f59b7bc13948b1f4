"""Running timers, as rows; a member has one at most."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete

from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Project, Task, Timer
from hoursmith_mcp.store.tenancy import scoped

_timer = core_table(Timer)
_project = core_table(Project)
_client = core_table(Client)
_task = core_table(Task)

_OF_MEMBER = scoped(
    select(
        _timer,
        _project.c.name.label("project_name"),
        _project.c.client_id.label("client_id"),
        _client.c.name.label("client_name"),
    )
    .select_from(
        _timer.join(_project, _project.c.id == _timer.c.project_id).join(
            _client, _client.c.id == _project.c.client_id
        )
    )
    .where(_timer.c.member_id == bindparam("member"))
)
_TASK_NAME = scoped(select(_task.c.name).where(_task.c.id == bindparam("id")))
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


class _Named(Shape):
    name: str


class Timers:
    """The running timers of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def of_member(self, member_id: str) -> TimerRow | None:
        """Return the timer that a member has running."""
        return await self._session.first(TimerRow, _OF_MEMBER, member=member_id)

    async def task_name(self, task_id: str | None) -> str | None:
        """Return the name of a timer's task."""
        if task_id is None:
            return None
        row = await self._session.first(_Named, _TASK_NAME, id=task_id)
        return row.name if row is not None else None

    async def add(self, **values: Any) -> None:
        """Start a timer."""
        await self._session.insert(Timer, values)

    async def remove(self, timer_id: str) -> None:
        """Take a timer away; what it measured is an entry by then, or was discarded."""
        await self._session.change(_REMOVE, id_=timer_id)
