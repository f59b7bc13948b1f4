"""A project, to be read."""

from __future__ import annotations

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.arguments import ProjectRef
from hoursmith_mcp.schemas.projects import ProjectOut, project_out


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
