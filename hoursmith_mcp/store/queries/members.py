"""Members, as rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func

from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.store.queries.names import Kind, find_id
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Member
from hoursmith_mcp.store.tenancy import scoped

_member = core_table(Member)
_named = (
    select(_member.c.id, _member.c.name, func.coalesce(_member.c.email, "").label("context"))
    .where(_member.c.deleted_at.is_(None))
    .order_by(_member.c.name_key, _member.c.id)
)
_BY_ID = scoped(
    select(_member).where(_member.c.id == bindparam("id"), _member.c.deleted_at.is_(None))
)
_BY_EMAIL = scoped(
    select(_member).where(_member.c.email == bindparam("email"), _member.c.deleted_at.is_(None))
)

MEMBER = Kind(
    noun="member",
    prefix="mem",
    by_key=scoped(_named.where(_member.c.name_key == bindparam("key"))),
    live=scoped(_named),
    archived=None,
    create="find() lists the members.",
)


class Members:
    """The members of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, member_id: str) -> Member:
        """Return a member by id; raises NotFound."""
        row = await self._session.first(Member, _BY_ID, id=member_id)
        if row is None:
            raise NotFound("There is no member with that id. find() lists the members.")
        return row

    async def find(self, text: str) -> Member:
        """Return the member that an id or a name means; raises NotFound or InvalidInput."""
        return await self.get(await find_id(self._session, MEMBER, text, writing=False))

    async def has_email(self, email: str) -> bool:
        """Return whether a member has that e-mail address."""
        return await self._session.first(Member, _BY_EMAIL, email=email) is not None

    async def update(self, member_id: str, values: dict[str, Any]) -> Member:
        """Change a member and return them as they are then."""
        await self._session.update(Member, member_id, values)
        return await self.get(member_id)
