"""Who is on which project: a MEMBER sees those alone, and works on those alone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete

from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Member, ProjectMember
from hoursmith_mcp.store.tenancy import scoped

_enrolment = core_table(ProjectMember)
_member = core_table(Member)

_of_project = _enrolment.c.project_id == bindparam("project")
_OF_PROJECT = scoped(
    select(_member.c.id, _member.c.name, _member.c.role)
    .select_from(_enrolment.join(_member, _member.c.id == _enrolment.c.member_id))
    .where(_of_project, _member.c.deleted_at.is_(None))
    .order_by(_member.c.name_key, _member.c.id)
)
_OF_SOME = scoped(
    select(_enrolment.c.member_id.label("id")).where(
        _of_project, _enrolment.c.member_id.in_(bindparam("members", expanding=True))
    )
)
_END = scoped(delete(_enrolment).where(_of_project, _enrolment.c.member_id == bindparam("member")))


class EnrolledRow(Shape):
    """A member who is on a project."""

    id: str
    name: str
    role: str


class _Id(Shape):
    id: str


class Enrolments:
    """Who is on the projects of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def of_project(self, project_id: str) -> Sequence[EnrolledRow]:
        """Return who is on a project, by name."""
        return await self._session.all(EnrolledRow, _OF_PROJECT, project=project_id)

    async def refuse_absent(self, project_id: str, member: Member) -> None:
        """Raise Conflict where a member, who sees their own projects alone, is not on this one."""
        known = await self._session.all(_Id, _OF_SOME, project=project_id, members=[member.id])
        if not known:
            raise Conflict(
                f"{member.name} is not on that project. Put them on it with add_project_member "
                "first."
            )

    async def begin(self, project_id: str, member_ids: Sequence[str]) -> list[str]:
        """Let members be on a project, and return those who were not."""
        known = await self._session.all(_Id, _OF_SOME, project=project_id, members=list(member_ids))
        there = {row.id for row in known}
        new = [member_id for member_id in member_ids if member_id not in there]
        if new:
            rows = [
                {
                    "project_id": project_id,
                    "member_id": member_id,
                    "created_at": self._session.now_us,
                }
                for member_id in new
            ]
            await self._session.insert(ProjectMember, *rows)
        return new

    async def end(self, project_id: str, member_id: str) -> bool:
        """Let a member be on a project no longer; say whether they were."""
        met = await self._session.change(_END, project=project_id, member=member_id)
        return met > 0
