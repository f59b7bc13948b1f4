"""Who is on a project, as callers see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hoursmith_mcp.schemas.base import Public

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.enrolments import EnrolledRow
    from hoursmith_mcp.store.queries.projects import ProjectRow
    from hoursmith_mcp.store.tables import Member


class ProjectMemberOut(Public):
    """A member who is on a project."""

    id: str
    name: str
    role: str


class ProjectTeam(Public):
    """A project, who is on it, and whom the last change was about."""

    id: str
    project: str
    client: str
    members: list[ProjectMemberOut] = []
    member: str | None = None
    user_id: str | None = None
    warnings: list[str] = []
    available_actions: list[str] = []


def project_team(
    row: ProjectRow, enrolled: Sequence[EnrolledRow], member: Member | None = None
) -> ProjectTeam:
    """Show who is on a project; `member` is whom a change is about."""
    return ProjectTeam(
        id=row.id,
        project=row.name,
        client=row.client_name,
        members=[ProjectMemberOut(id=one.id, name=one.name, role=one.role) for one in enrolled],
        member=member.name if member is not None else None,
        user_id=member.id if member is not None else None,
        available_actions=["add_project_member", *(["remove_project_member"] if enrolled else [])],
    )
