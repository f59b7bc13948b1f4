"""Tasks, as rows that know their project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from sqlalchemy import bindparam, delete, exists

from hoursmith_mcp.errors import Conflict, NotFound
from hoursmith_mcp.schemas.filters import TaskFilter
from hoursmith_mcp.store.queries.names import Kind, find_id
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Member, Project, Task, TaskAssignee
from hoursmith_mcp.store.tenancy import TENANT, scoped

OPEN_STATUSES = TaskFilter().statuses

_task = core_table(Task)
_project = core_table(Project)
_client = core_table(Client)
_member = core_table(Member)
_assignee = core_table(TaskAssignee)


def is_assigned_to(member: Any) -> Any:
    """Return the condition that a task is a member's to do."""
    return exists().where(
        _assignee.c.task_id == _task.c.id,
        _assignee.c.member_id == member,
        _assignee.c.organization_id == TENANT,
    )


_is_assigned = is_assigned_to(bindparam("assignee"))
_joined = _task.join(_project, _project.c.id == _task.c.project_id).join(
    _client, _client.c.id == _project.c.client_id
)
_named = (
    select(_task.c.id, _task.c.name, _project.c.name.label("context"))
    .select_from(_joined)
    .where(_task.c.deleted_at.is_(None))
    .order_by(_task.c.name_key, _project.c.name_key, _task.c.id)
)
_is_archived = (
    _task.c.archived_at.is_not(None)
    | (_project.c.status == "ARCHIVED")
    | _client.c.archived_at.is_not(None)
)
_live = _named.where(~_is_archived)
_archived = _named.where(_is_archived)
_of_project = _task.c.project_id == bindparam("project")
_row = (
    select(
        _task,
        _project.c.name.label("project_name"),
        _project.c.client_id.label("client_id"),
        _client.c.name.label("client_name"),
    )
    .select_from(_joined)
    .where(_task.c.deleted_at.is_(None))
)
_BY_ID = scoped(_row.where(_task.c.id == bindparam("id")))
_NAMESAKE = scoped(
    select(_task.c.id).where(
        _task.c.name_key == bindparam("key"),
        _of_project,
        _task.c.deleted_at.is_(None),
        _task.c.archived_at.is_(None),
    )
)
_ASSIGNEES = (
    select(_assignee.c.task_id, _member.c.id, _member.c.name)
    .select_from(_assignee.join(_member, _member.c.id == _assignee.c.member_id))
    .order_by(_member.c.name_key, _member.c.id)
)
_ASSIGNED = scoped(_row.where(_task.c.id == bindparam("id"), _is_assigned))
_UNASSIGN = scoped(
    delete(_assignee).where(
        _assignee.c.task_id == bindparam("task"),
        _assignee.c.member_id.in_(bindparam("members", expanding=True)),
    )
)
_OF_CLIENT = scoped(_row.where(_project.c.client_id == bindparam("client"), ~_is_archived))
_OF_MEMBER = scoped(_row.where(_of_project, _is_assigned).order_by(_task.c.name_key, _task.c.id))
_TO_DO = scoped(
    _row.add_columns(_assignee.c.assigned_at)
    .join(_assignee, _assignee.c.task_id == _task.c.id)
    .where(
        _assignee.c.member_id == bindparam("member"),
        _task.c.status.in_(OPEN_STATUSES),
        ~_is_archived,
    )
    .order_by(_task.c.due_date.is_(None), _task.c.due_date, _task.c.name_key, _task.c.id)
)

TASK = Kind(
    noun="task",
    prefix="tk",
    by_key=scoped(_live.where(_task.c.name_key == bindparam("key"))),
    live=scoped(_live),
    archived=scoped(_archived),
    create="Make one with create_task.",
    owners=("project", "client"),
)
TASK_OF_PROJECT = Kind(
    noun="task",
    prefix="tk",
    by_key=scoped(_live.where(_task.c.name_key == bindparam("key"), _of_project)),
    live=scoped(_live.where(_of_project)),
    archived=scoped(_archived.where(_of_project)),
    create="Make one with create_task, or leave the task out.",
)
TASK_OF_ASSIGNEE = Kind(
    noun="task",
    prefix="tk",
    by_key=scoped(_live.where(_task.c.name_key == bindparam("key"), _is_assigned)),
    live=scoped(_live.where(_is_assigned)),
    archived=scoped(_archived.where(_is_assigned)),
    create="list_tasks() lists what is there.",
)


class TaskRow(Shape):
    """A task's columns, with what is shown of its project and client."""

    id: str
    project_id: str
    name: str
    description: str | None
    status: str
    priority: str
    billable: bool | None
    estimated_seconds: int | None
    tags: list[str]
    start_date: str | None
    due_date: str | None
    end_date: str | None
    created_at: int
    updated_at: int
    archived_at: int | None
    project_name: str
    client_id: str
    client_name: str


class AssignedRow(TaskRow):
    """A task with the instant at which it was assigned to whoever is meant."""

    assigned_at: int | None


class AssigneeRow(Shape):
    """A member who is to do a task."""

    task_id: str
    id: str
    name: str


class Tasks:
    """The tasks of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, task_id: str) -> TaskRow:
        """Return a task by id; raises NotFound."""
        row = await self._session.first(TaskRow, _BY_ID, id=task_id)
        return row if row is not None else _no_task()

    async def find(self, text: str, *, writing: bool, assignee: str | None = None) -> TaskRow:
        """Return the task that an id or a name means, one of the assignee's where one is named.

        Raises NotFound or InvalidInput.
        """
        if assignee is None:
            return await self.get(await find_id(self._session, TASK, text, writing=writing))
        task_id = await find_id(
            self._session, TASK_OF_ASSIGNEE, text, writing=writing, assignee=assignee
        )
        row = await self._session.first(TaskRow, _ASSIGNED, id=task_id, assignee=assignee)
        return row if row is not None else _no_task()

    async def find_open(self, project_id: str, text: str) -> TaskRow:
        """Return a project's task that work is for; raises Conflict where it is archived."""
        found = await self.get(
            await find_id(self._session, TASK_OF_PROJECT, text, writing=True, project=project_id)
        )
        if found.project_id != project_id:
            raise NotFound("That task belongs to another project; name one of this project's.")
        if found.archived_at is not None:
            raise Conflict(
                f"The task {found.name} is archived; bring it back first with "
                "update_task(archived=false)."
            )
        return found

    async def namesake(self, name_key: str, project_id: str) -> TaskRow | None:
        """Return the project's live task of that folded name, if there is one."""
        row = await self._session.first(Task, _NAMESAKE, key=name_key, project=project_id)
        return await self.get(row.id) if row is not None else None

    async def page(
        self, wanted: TaskFilter, *, after: tuple[str, str] | None, limit: int
    ) -> list[TaskRow]:
        """Return tasks by name, beginning after a (name key, id)."""
        statement = _row.where(_task.c.status.in_(wanted.statuses))
        statement = statement.where(
            _task.c.archived_at.is_not(None) if wanted.archived else _task.c.archived_at.is_(None)
        )
        if wanted.project_id is not None:
            statement = statement.where(_task.c.project_id == wanted.project_id)
        if wanted.assignee_id is not None:
            statement = statement.where(is_assigned_to(wanted.assignee_id))
        if after is not None:
            key, task_id = after
            statement = statement.where(
                (_task.c.name_key > key) | ((_task.c.name_key == key) & (_task.c.id > task_id))
            )
        statement = statement.order_by(_task.c.name_key, _task.c.id).limit(limit)
        return list(await self._session.all(TaskRow, scoped(statement)))

    async def of_ids(self, task_ids: Sequence[str]) -> Sequence[TaskRow]:
        """Return tasks by their ids, in no order."""
        return await self._session.all(TaskRow, scoped(_row.where(_task.c.id.in_(task_ids))))

    async def of_client(self, client_id: str) -> Sequence[TaskRow]:
        """Return the tasks of a client that are not put away, in no order."""
        return await self._session.all(TaskRow, _OF_CLIENT, client=client_id)

    async def assignees(self, task_ids: Sequence[str]) -> dict[str, list[AssigneeRow]]:
        """Return who is to do each of the tasks, by name."""
        found: dict[str, list[AssigneeRow]] = {task_id: [] for task_id in task_ids}
        statement = _ASSIGNEES.where(_assignee.c.task_id.in_(task_ids))
        for row in await self._session.all(AssigneeRow, scoped(statement)):
            found[row.task_id].append(row)
        return found

    async def to_do(self, member_id: str) -> Sequence[AssignedRow]:
        """Return a member's open tasks, the first due first."""
        return await self._session.all(AssignedRow, _TO_DO, member=member_id)

    async def of_member(self, project_id: str, member_id: str) -> Sequence[TaskRow]:
        """Return a project's tasks that are a member's to do, finished ones too."""
        return await self._session.all(TaskRow, _OF_MEMBER, project=project_id, assignee=member_id)

    async def assign(self, task_id: str, member_ids: Sequence[str]) -> None:
        """Make exactly these members the ones who are to do a task."""
        there = {row.id for row in (await self.assignees([task_id]))[task_id]}
        await self.unassign(task_id, [one for one in there if one not in member_ids])
        rows = [
            {"task_id": task_id, "member_id": one, "assigned_at": self._session.now_us}
            for one in member_ids
            if one not in there
        ]
        if rows:
            await self._session.insert(TaskAssignee, *rows)

    async def unassign(self, task_id: str, member_ids: Sequence[str]) -> None:
        """Let a task be no longer for these members to do."""
        if member_ids:
            await self._session.change(_UNASSIGN, task=task_id, members=list(member_ids))

    async def add(self, **values: Any) -> TaskRow:
        """Add a task and return it."""
        now_us = self._session.now_us
        stamped = {**values, "version": 1, "created_at": now_us, "updated_at": now_us}
        await self._session.insert(Task, stamped)
        return await self.get(values["id"])

    async def update(self, task_id: str, values: dict[str, Any]) -> TaskRow:
        """Change a task and return it as it is then."""
        await self._session.update(Task, task_id, values)
        return await self.get(task_id)


def _no_task() -> NoReturn:
    raise NotFound("There is no task with that id. list_tasks() lists what is there.")
