"""Tasks: things to do within a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.core.projects import check_days
from hoursmith_mcp.errors import Conflict, Forbidden
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import (
    MOST_HOURS,
    AllowDuplicate,
    Billable,
    Cursor,
    DueDayText,
    Duration,
    Limit,
    LongText,
    MemberRef,
    Name,
    ProjectRef,
    RestNumber,
    Tags,
    TaskRef,
)
from hoursmith_mcp.schemas.filters import TaskFilter
from hoursmith_mcp.schemas.paging import read_cursor, write_cursor
from hoursmith_mcp.schemas.tasks import TaskOut, TaskPage, TaskPriority, TaskStatus, task_out

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.tasks import TaskRow

Status = Annotated[TaskStatus, Field(description="Status.")]
Priority = Annotated[TaskPriority, Field(description="Priority.")]
Estimate = Annotated[
    Duration, RestNumber("estimatedHours", "h", MOST_HOURS), Field(description="Estimate, as 3h.")
]
Assignees = Annotated[list[MemberRef], Field(description="Members, by name or id.")]
Description = Annotated[LongText, Field(description="Description.")]
StartDate = Annotated[DueDayText, Field(description="First day.")]
DueDate = Annotated[DueDayText, Field(description="Day it is due.")]
EndDate = Annotated[DueDayText, Field(description="Day it ended; the one when it is done.")]


@operation(
    toolset="tasks",
    scope=Scope.PROJECTS_READ,
    least=Role.MEMBER,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_tasks(
    call: Call,
    project: ProjectRef | None = None,
    assignee: MemberRef | None = None,
    status: Annotated[list[TaskStatus], Field(min_length=1, description="Open ones if left out.")]
    | None = None,
    archived: Annotated[bool, Field(description="Those put away.")] = False,
    cursor: Cursor | None = None,
    limit: Limit = 20,
) -> TaskPage:
    """List tasks by name, the open ones unless told otherwise."""
    store = call.store
    wanted = TaskFilter(
        project_id=(await store.projects.find(project, writing=False)).id if project else None,
        assignee_id=(await store.members.find(assignee)).id if assignee else None,
        statuses=tuple(status) if status else ("TODO", "IN_PROGRESS"),
        archived=archived,
    )
    after = read_cursor(cursor, wanted) if cursor is not None else None
    rows = await store.tasks.page(wanted, after=after, limit=limit + 1)
    shown = rows[:limit]
    assignees = await store.tasks.assignees([row.id for row in shown])
    last = (fold(shown[-1].name), shown[-1].id) if len(rows) > limit else None
    return TaskPage(
        tasks=[task_out(row, assignees[row.id]) for row in shown],
        next_cursor=write_cursor(last, wanted) if last else None,
    )


@operation(
    toolset="tasks",
    scope=Scope.PROJECTS_WRITE,
    least=Role.MANAGER,
    rest="POST /tasks",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    rest_only=("end_date",),
    undo=BY_ROWS,
)
async def create_task(
    call: Call,
    project: ProjectRef,
    name: Name,
    description: Description | None = None,
    status: Status = "TODO",
    priority: Priority = "MEDIUM",
    assignees: Assignees | None = None,
    billable: Billable | None = None,
    estimate: Estimate | None = None,
    tags: Tags | None = None,
    start_date: StartDate | None = None,
    due_date: DueDate | None = None,
    end_date: EndDate | None = None,
    allow_duplicate: AllowDuplicate = False,
) -> TaskOut:
    """Create a task in a project."""
    owner = await call.store.projects.find_open(project)
    member_ids = await _member_ids(call, assignees or [])
    values: dict[str, Any] = {
        "project_id": owner.id,
        "name": name,
        "name_key": fold(name),
        "description": description or None,
        "status": status,
        "priority": priority,
        "billable": billable,
        "estimated_seconds": estimate,
        "tags": tags or [],
        "start_date": _day(call, start_date, "start_date"),
        "due_date": _day(call, due_date, "due_date"),
        "end_date": _end(call, end_date, status),
    }
    await call.answer_repeats(*values.values(), member_ids, allow_duplicate=allow_duplicate)
    with reading("due_date"):
        check_days(values["start_date"], values["due_date"])
    if end_date is not None:
        with reading("end_date"):
            check_days(values["start_date"], values["end_date"])
    await _refuse_namesake(call, values["name_key"], owner.id, None)
    row = await call.store.tasks.add(id=call.new_id("tk"), **values)
    await _assign(call, row.id, owner.id, member_ids)
    task = await _shown(call, row.id)
    call.emit("task.created", task)
    return task


@operation(
    toolset="tasks",
    scope=Scope.PROJECTS_WRITE,
    least=Role.MEMBER,
    rest="PATCH /tasks/{task}",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    rest_only=("project", "end_date"),
    undo=BY_ROWS,
)
async def update_task(
    call: Call,
    task: TaskRef,
    name: Name | None = None,
    description: Description | None = None,
    status: Status | None = None,
    priority: Priority | None = None,
    assignees: Assignees | None = None,
    billable: Billable | None = None,
    estimate: Estimate | None = None,
    tags: Tags | None = None,
    start_date: StartDate | None = None,
    due_date: DueDate | None = None,
    project: Annotated[ProjectRef, Field(description="The project that it is in.")] | None = None,
    end_date: EndDate | None = None,
    archived: Annotated[bool, Field(description="Put away.")] | None = None,
) -> TaskOut:
    """Change a task, finish it or put it away; what is left out stays as it is."""
    # Who brings it back means one that is put away.
    row = await call.store.tasks.find(task, writing=archived is not False, assignee=call.only_of)
    if call.only_of is not None and (assignees is not None or archived is not None):
        raise Forbidden("Ask a manager to assign a task or to put it away; the rest you may edit.")
    if project is not None:
        await _refuse_moving(call, row, project)
    before = await _shown(call, row.id)
    given: dict[str, Any] = {
        "status": status,
        "priority": priority,
        "billable": billable,
        "estimated_seconds": estimate,
        "tags": tags,
    }
    changes = {column: new for column, new in given.items() if new is not None}
    if name is not None:
        changes |= {"name": name, "name_key": fold(name)}
    if description is not None:
        changes["description"] = description or None
    if start_date is not None:
        changes["start_date"] = _day(call, start_date, "start_date")
    if due_date is not None:
        changes["due_date"] = _day(call, due_date, "due_date")
    if end_date is not None or (status is not None and status != row.status):
        changes["end_date"] = _end(call, end_date, status)
    if archived is not None and archived != (row.archived_at is not None):
        changes["archived_at"] = call.now_us if archived else None
    changes = {column: new for column, new in changes.items() if getattr(row, column, ...) != new}
    with reading("due_date"):
        check_days(changes.get("start_date", row.start_date), changes.get("due_date", row.due_date))
    if end_date is not None:
        with reading("end_date"):
            check_days(
                changes.get("start_date", row.start_date), changes.get("end_date", row.end_date)
            )
    if "name_key" in changes or changes.get("archived_at", 0) is None:
        await _refuse_namesake(call, fold(changes.get("name", row.name)), row.project_id, row.id)
    member_ids = await _member_ids(call, assignees) if assignees is not None else None
    if member_ids is not None and set(member_ids) != set(before.assignee_ids):
        await _assign(call, row.id, row.project_id, member_ids)
    elif not changes:
        return before
    await call.store.tasks.update(row.id, changes)
    after = await _shown(call, row.id)
    finished = after.status == "DONE" and before.status != "DONE"
    call.emit("task.completed" if finished else "task.updated", after, before=before)
    return after


@operation(
    toolset="tasks",
    scope=Scope.PROJECTS_WRITE,
    least=Role.MANAGER,
    mcp=False,
    rest="POST /tasks/{task}/archive",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
)
async def archive_task(call: Call, task: TaskRef) -> TaskOut:
    """Put a task away; update_task brings it back."""
    return await update_task(call, task, archived=True)


async def _shown(call: Call, task_id: str) -> TaskOut:
    row = await call.store.tasks.get(task_id)
    return task_out(row, (await call.store.tasks.assignees([task_id]))[task_id])


async def _assign(call: Call, task_id: str, project_id: str, member_ids: list[str]) -> None:
    """Make exactly these members the ones who are to do a task, and let them be on its project."""
    await call.store.tasks.assign(task_id, member_ids)
    await call.store.enrolments.begin(project_id, member_ids)


async def _member_ids(call: Call, references: list[str]) -> list[str]:
    found = [(await call.store.members.find(reference)).id for reference in references]
    return list(dict.fromkeys(found))


async def _refuse_namesake(call: Call, name_key: str, project_id: str, own_id: str | None) -> None:
    other = await call.store.tasks.namesake(name_key, project_id)
    if other is not None and other.id != own_id:
        raise Conflict(
            f"{other.project_name} has a task of that name already: {other.name} ({other.id}). "
            "Use that one, or give another name.",
            candidates=[{"id": other.id, "name": other.name, "context": other.project_name}],
        )


async def _refuse_moving(call: Call, row: TaskRow, project: str) -> None:
    other = await call.store.projects.find(project, writing=False)
    if other.id != row.project_id:
        raise Conflict(
            f"The task {row.name} stays in {row.project_name}, where its time was logged. Make "
            "another with create_task."
        )


def _end(call: Call, end_date: str | None, status: str | None) -> str | None:
    """Return the day on which a task ended: the one that is given, or the one when it is done."""
    if end_date is not None:
        return _day(call, end_date, "end_date")
    return call.today.isoformat() if status == "DONE" else None


def _day(call: Call, text: str | None, argument: str) -> str | None:
    return call.due_day(text, argument).isoformat() if text else None
