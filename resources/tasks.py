"""A task, to be read."""

from __future__ import annotations

from typing import Annotated

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.arguments import TaskRef
from hoursmith_mcp.schemas.listing import Wanted
from hoursmith_mcp.schemas.listings import TASKS
from hoursmith_mcp.schemas.tasks import TaskOut, TaskPage, task_out


@operation(
    toolset="tasks",
    scope=Scope.PROJECTS_READ,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /tasks",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def filter_tasks(call: Call, wanted: Annotated[Wanted, TASKS]) -> TaskPage:
    """List tasks, filtered, sorted and searched by their fields."""
    page = await call.store.lists.page(wanted)
    assignees = await call.store.tasks.assignees(page.ids)
    rows = page.in_order(await call.store.tasks.of_ids(page.ids))
    shown = [task_out(row, assignees[row.id]) for row in rows]
    return TaskPage(tasks=shown, next_cursor=page.next_cursor)


@operation(
    toolset="tasks",
    scope=Scope.PROJECTS_READ,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /tasks/{task}",
    resource="hoursmith://tasks/{task}",
    page=Page("Task", touched_by=("task", "project", "client", "member"), importance=50),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_task(call: Call, task: TaskRef) -> TaskOut:
    """Show a task, who is to do it, and when it is due."""
    row = await call.store.tasks.find(task, writing=False)
    return task_out(row, (await call.store.tasks.assignees([row.id]))[row.id])
