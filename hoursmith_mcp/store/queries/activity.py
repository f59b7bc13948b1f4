"""Activity, as rows that know who did it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam

from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Activity, Member
from hoursmith_mcp.store.tenancy import scoped

_activity = core_table(Activity)
_member = core_table(Member)

# Ids are made of the instant first, so their order is that of time, and the key serves it.
_LATEST = (
    select(_activity, _member.c.name.label("member_name"))
    .select_from(_activity.join(_member, _member.c.id == _activity.c.member_id))
    .order_by(_activity.c.id.desc())
    .limit(bindparam("most"))
)
_OF_ALL = scoped(_LATEST)
_OF_ONE = scoped(
    select(_activity, _member.c.name.label("member_name"))
    .select_from(_activity.join(_member, _member.c.id == _activity.c.member_id))
    .where(_activity.c.subject_id == bindparam("subject"))
    .order_by(_activity.c.at.desc(), _activity.c.id.desc())
    .limit(bindparam("most"))
)


class ActivityRow(Shape):
    """A line of activity, with the name of who it was."""

    id: str
    at: int
    member_name: str
    door: str
    client: str | None
    run: str | None
    operation: str
    subject_id: str
    before: str | None
    after: str | None


class Activities:
    """The activity of one organisation, the latest first."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def latest(self, *, most: int) -> Sequence[ActivityRow]:
        """Return the latest changes of anything."""
        rows = await self._session.all(ActivityRow, _OF_ALL, most=most)
        # Ids know the millisecond only.
        return sorted(rows, key=lambda row: (row.at, row.id), reverse=True)

    async def of_subject(self, subject_id: str, *, most: int) -> Sequence[ActivityRow]:
        """Return the latest changes of one thing, none where there is no such thing."""
        return await self._session.all(ActivityRow, _OF_ONE, subject=subject_id, most=most)
