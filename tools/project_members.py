"""Who is on a project: a MEMBER sees those projects alone, and works on those alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import MemberRef, ProjectRef
from hoursmith_mcp.schemas.project_members import ProjectTeam, project_team
from hoursmith_mcp.schemas.tasks import task_out

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.projects import ProjectRow
    from hoursmith_mcp.store.tables import Member


@operation(
    toolset="admin",
    scope=Scope.PROJECTS_READ,
    least=Role.MANAGER,
    rest="GET /projects/{project}/members",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_project_members(call: Call, project: ProjectRef) -> ProjectTeam:
    """List who is on a project; whoever is more than MEMBER sees it anyway."""
    row = await call.store.projects.find(project, writing=False)
    return await _team(call, row)


@operation(
    toolset="admin",
    scope=Scope.PROJECTS_WRITE,
    least=Role.MANAGER,
    rest="POST /projects/{project}/members",
    read_only=False,
    destructive=False,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
)
async def add_project_member(call: Call, project: ProjectRef, member: MemberRef) -> ProjectTeam:
    """Let a member see a project and log time on it."""
    row = await call.store.projects.find_open(project)
    person = await call.store.members.find(member)
    before = await _team(call, row, person)
    added = await call.store.enrolments.begin(row.id, [person.id])
    after = await _team(call, row, person)
    if added:
        call.emit("project.member_added", after, before=before)
    return after.model_copy(update={"warnings": _anyway(person)})


@operation(
    toolset="admin",
    scope=Scope.PROJECTS_WRITE,
    least=Role.MANAGER,
    rest="DELETE /projects/{project}/members/{member}",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
)
async def remove_project_member(call: Call, project: ProjectRef, member: MemberRef) -> ProjectTeam:
    """Take a member off a project and its tasks; their time on it stays."""
    row = await call.store.projects.find(project, writing=True)
    person = await call.store.members.find(member)
    before = await _team(call, row, person)
    tasks = await _unassign(call, row, person)
    removed = await call.store.enrolments.end(row.id, person.id)
    after = await _team(call, row, person)
    if removed:
        call.emit("project.member_removed", after, before=before)
    timer = await call.store.timers.of_member(person.id)
    warnings = _anyway(person)
    if tasks:
        warnings.append(f"No longer for {person.name} to do: {', '.join(tasks)}.")
    if timer is not None and timer.project_id == row.id:
        warnings.append(f"{person.name} has a timer running on it; its time is kept, too.")
    return after.model_copy(update={"warnings": warnings})


async def _team(call: Call, row: ProjectRow, person: Member | None = None) -> ProjectTeam:
    return project_team(row, await call.store.enrolments.of_project(row.id), person)


async def _unassign(call: Call, row: ProjectRow, person: Member) -> list[str]:
    """Take a member off the tasks of a project, and return what those are called."""
    tasks = await call.store.tasks.of_member(row.id, person.id)
    for task in tasks:
        before = (await call.store.tasks.assignees([task.id]))[task.id]
        await call.store.tasks.unassign(task.id, [person.id])
        await call.store.tasks.update(task.id, {})
        now = await call.store.tasks.get(task.id)
        rest = [one for one in before if one.id != person.id]
        call.emit("task.updated", task_out(now, rest), before=task_out(task, before))
    return [task.name for task in tasks]


def _anyway(person: Member) -> list[str]:
    if Role[person.role] < Role.MANAGER:
        return []
    return [f"{person.name} is {person.role} and sees every project anyway."]
