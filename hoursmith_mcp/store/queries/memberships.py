"""Who belongs to the organisation, was invited to it, or has left it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, func

from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.store.queries.members import MEMBER
from hoursmith_mcp.store.queries.names import Kind, find_id
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Member
from hoursmith_mcp.store.tenancy import scoped

_member = core_table(Member)
_has_left = _member.c.deleted_at.is_not(None) & _member.c.erased_at.is_(None)
_BY_ID = scoped(select(_member).where(_member.c.id == bindparam("id")))
_BY_IDS = scoped(select(_member).where(_member.c.id.in_(bindparam("ids", expanding=True))))
_LEFT_BY_ID = scoped(select(_member).where(_member.c.id == bindparam("id"), _has_left))
# Whoever is here comes before those who have left, and of those the last to go.
_BY_EMAIL = scoped(
    select(_member)
    .where(_member.c.email == bindparam("email"))
    .order_by(_member.c.deleted_at.is_not(None), _member.c.deleted_at.desc())
    .limit(1)
)
_OTHER_OWNERS = scoped(
    select(func.count().label("count"))
    .select_from(_member)
    .where(
        _member.c.role == "OWNER",
        _member.c.id != bindparam("id"),
        _member.c.joined_at.is_not(None),
        _member.c.deleted_at.is_(None),
    )
)
_former = (
    select(_member.c.id, _member.c.name, func.coalesce(_member.c.email, "").label("context"))
    .where(_has_left)
    .order_by(_member.c.name_key, _member.c.id)
)

FORMER_MEMBER = Kind(
    noun="former member",
    prefix="mem",
    by_key=scoped(_former.where(_member.c.name_key == bindparam("key"))),
    live=scoped(_former),
    archived=None,
    create="list_members(removed=true) lists who has left.",
)
EVERYBODY = replace(MEMBER, archived=scoped(_former))


class _Count(Shape):
    count: int


class Memberships:
    """The memberships of one organisation, past ones too."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, member_id: str) -> Member:
        """Return somebody who is, or was, a member; raises NotFound."""
        return _there(await self._session.first(Member, _BY_ID, id=member_id))

    async def of_ids(self, member_ids: Sequence[str]) -> Sequence[Member]:
        """Return who is, or was, a member by their ids, in no order."""
        return await self._session.all(Member, _BY_IDS, ids=list(member_ids))

    async def find(self, text: str) -> Member:
        """Return the member that an id or a whole name means, invited ones too.

        Raises NotFound or InvalidInput.
        """
        member_id = await find_id(self._session, MEMBER, text, writing=True, whole=True)
        row = _there(await self._session.first(Member, _BY_ID, id=member_id))
        return _there(row if row.deleted_at is None else None)

    async def find_ever(self, text: str) -> Member:
        """Return who is meant by an id or a name: a member, or else somebody who has left.

        Raises NotFound or InvalidInput.
        """
        return await self.get(await find_id(self._session, EVERYBODY, text, writing=False))

    async def find_former(self, text: str) -> Member:
        """Return the former member that an id or a whole name means.

        Raises NotFound or InvalidInput.
        """
        former_id = await find_id(self._session, FORMER_MEMBER, text, writing=True, whole=True)
        row = await self._session.first(Member, _LEFT_BY_ID, id=former_id)
        if row is None:
            raise NotFound(f"Nobody with that id has left. {FORMER_MEMBER.create}")
        return row

    async def of_email(self, email: str) -> Member | None:
        """Return who has that e-mail address, or had it when they left."""
        return await self._session.first(Member, _BY_EMAIL, email=email)

    async def other_owners(self, member_id: str) -> int:
        """Count the owners besides a member, without those who were only invited."""
        row = await self._session.first(_Count, _OTHER_OWNERS, id=member_id)
        return row.count if row is not None else 0

    async def page(
        self, *, removed: bool, only: str | None, after: tuple[str, str] | None, limit: int
    ) -> Sequence[Member]:
        """Return members by name, or those who have left, beginning after a (name key, id)."""
        statement = select(_member).where(_has_left if removed else _member.c.deleted_at.is_(None))
        if only is not None:
            statement = statement.where(_member.c.id == only)
        if after is not None:
            key, member_id = after
            statement = statement.where(
                (_member.c.name_key > key)
                | ((_member.c.name_key == key) & (_member.c.id > member_id))
            )
        statement = statement.order_by(_member.c.name_key, _member.c.id).limit(limit)
        return await self._session.all(Member, scoped(statement))

    async def add(self, **values: Any) -> Member:
        """Add somebody who has not joined yet, and return them."""
        now_us = self._session.now_us
        stamped = {**values, "version": 1, "created_at": now_us, "updated_at": now_us}
        await self._session.insert(Member, stamped)
        return await self.get(values["id"])

    async def update(self, member_id: str, values: dict[str, Any]) -> Member:
        """Change a membership and return it as it is then."""
        await self._session.update(Member, member_id, values)
        return await self.get(member_id)


def _there(row: Member | None) -> Member:
    if row is None:
        raise NotFound("There is no member with that id. list_members() lists them.")
    return row
