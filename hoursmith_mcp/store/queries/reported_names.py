"""What the things are called that a report is grouped by: looked up once, by their ids."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import BindParameter, bindparam

from hoursmith_mcp.core.reports.figures import Key
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Member, Project, Task
from hoursmith_mcp.store.tenancy import for_the_program

_project = core_table(Project)
_client = core_table(Client)
_task = core_table(Task)
_member = core_table(Member)
_these: BindParameter[str] = bindparam("ids", expanding=True)

# By the ids of what the caller reaches: one's own time keeps the names of what one has left.
_PROJECTS = for_the_program(
    select(
        _project.c.id,
        _project.c.name,
        _project.c.client_id,
        _client.c.name.label("client_name"),
        _client.c.currency,
    )
    .select_from(_project.join(_client, _client.c.id == _project.c.client_id))
    .where(_project.c.id.in_(_these))
)
_CLIENTS = for_the_program(select(_client.c.id, _client.c.name).where(_client.c.id.in_(_these)))
_TASKS = for_the_program(select(_task.c.id, _task.c.name).where(_task.c.id.in_(_these)))
_MEMBERS = for_the_program(select(_member.c.id, _member.c.name).where(_member.c.id.in_(_these)))


class NamedProject(Shape):
    """A project and whose it is; `currency` is the client's own, if it has one."""

    id: str
    name: str
    client_id: str
    client_name: str
    currency: str | None


class _Named(Shape):
    id: str
    name: str


@dataclass
class ReportedNames:
    """The names of projects, with their clients, of clients, tasks and members."""

    projects: dict[str, NamedProject] = field(default_factory=dict[str, NamedProject])
    clients: dict[str, str] = field(default_factory=dict[str, str])
    tasks: dict[str, str] = field(default_factory=dict[str, str])
    members: dict[str, str] = field(default_factory=dict[str, str])

    def project(self, project_id: str) -> Key:
        """Return what a project is grouped by."""
        return Key(self.projects[project_id].name, project_id)

    def client_of(self, project_id: str) -> Key:
        """Return what a project's client is grouped by."""
        found = self.projects[project_id]
        return Key(found.client_name, found.client_id)


async def names_of(
    session: Session,
    *,
    projects: Collection[str | None] = (),
    clients: Collection[str] = (),
    tasks: Collection[str | None] = (),
    members: Collection[str] = (),
) -> ReportedNames:
    """Look up what things are called, each once; what is None is passed over."""
    project_ids = list({one for one in projects if one is not None})
    task_ids = list({one for one in tasks if one is not None})
    found = ReportedNames()
    if project_ids:
        rows = await session.all_in(NamedProject, _PROJECTS, project_ids)
        found.projects = {row.id: row for row in rows}
    for kind, ids, statement in (
        (found.clients, list(set(clients)), _CLIENTS),
        (found.tasks, task_ids, _TASKS),
        (found.members, list(set(members)), _MEMBERS),
    ):
        if ids:
            kind |= {row.id: row.name for row in await session.all_in(_Named, statement, ids)}
    return found
