"""What a member lets go of who leaves: the tasks they were to do, and the projects they were on."""

from __future__ import annotations

from sqlalchemy import bindparam, delete

from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import ProjectMember, Task, TaskAssignee, TimeEntry
from hoursmith_mcp.store.tenancy import scoped

_assignee = core_table(TaskAssignee)
_task = core_table(Task)
_enrolled = core_table(ProjectMember)
_entry = core_table(TimeEntry)

_TASKS = scoped(
    select(_task.c.id)
    .select_from(_task.join(_assignee, _assignee.c.task_id == _task.c.id))
    .where(_assignee.c.member_id == bindparam("member"), _task.c.deleted_at.is_(None))
    .order_by(_task.c.name_key, _task.c.id)
)
# Deleted time may be brought back, so it counts.
_WORKED = scoped(select(_entry.c.id).where(_entry.c.member_id == bindparam("member")).limit(1))
_UNASSIGN = scoped(delete(_assignee).where(_assignee.c.member_id == bindparam("member")))
_TAKE_OFF = scoped(delete(_enrolled).where(_enrolled.c.member_id == bindparam("member")))


class _Id(Shape):
    id: str


class Departures:
    """The leaving of members."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def tasks(self, member_id: str) -> list[str]:
        """Return the ids of the tasks that a member is to do."""
        return [row.id for row in await self._session.all(_Id, _TASKS, member=member_id)]

    async def has_worked(self, member_id: str) -> bool:
        """Return whether any time was ever logged by a member."""
        return await self._session.first(_Id, _WORKED, member=member_id) is not None

    async def let_go(self, member_id: str) -> None:
        """Take a member off all tasks and projects."""
        await self._session.change(_UNASSIGN, member=member_id)
        await self._session.change(_TAKE_OFF, member=member_id)
