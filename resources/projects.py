"""A project, to be read."""

from __future__ import annotations

from typing import Annotated

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.arguments import ProjectRef
from hoursmith_mcp.schemas.listing import Wanted
from hoursmith_mcp.schemas.listings import PROJECTS
from hoursmith_mcp.schemas.projects import ProjectOut, ProjectPage, project_out


@operation(
    toolset="projects",
    scope=Scope.PROJECTS_READ,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /projects",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def filter_projects(call: Call, wanted: Annotated[Wanted, PROJECTS]) -> ProjectPage:
    """List projects, filtered, sorted and searched by their fields; archived ones by status."""
    page = await call.store.lists.page(wanted)
    rows = page.in_order(await call.store.projects.of_ids(page.ids))
    rates = await call.store.rates.in_force_on(rows, call.actor.currency, call.today)
    shown: list[ProjectOut] = []
    for row in rows:
        found = rates.get(row.id)
        shown.append(
            project_out(
                row,
                found.record if found else None,
                rate_from=found.level if found else None,
                currency=row.client_currency or call.actor.currency,
            )
        )
    return ProjectPage(projects=shown, next_cursor=page.next_cursor)


@operation(
    toolset="projects",
    scope=Scope.PROJECTS_READ,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /projects/{project}",
    resource="hoursmith://projects/{project}",
    page=Page(
        "Project",
        touched_by=("project", "client", "time_entry", "timer", "rate", "organization", "member"),
        importance=60,
    ),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_project(call: Call, project: ProjectRef) -> ProjectOut:
    """Show a project, its rate as it holds today, and the hours logged on it."""
    row = await call.store.projects.find(project, writing=False)
    currency = row.client_currency or call.actor.currency
    found = await call.store.rates.in_force(row.id, row.client_id, currency, call.today)
    return project_out(
        row,
        found.record if found else None,
        rate_from=found.level if found else None,
        currency=currency,
        logged_seconds=await call.store.projects.logged_seconds(row.id),
    )
