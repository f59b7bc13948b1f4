"""The tokens of members, as rows: the invitation that lets them in, and all that go with them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, update

from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Token
from hoursmith_mcp.store.tenancy import scoped

_token = core_table(Token)
_is_good = _token.c.revoked_at.is_(None)
_of_member = _token.c.member_id == bindparam("member")
_revoked: dict[str, Any] = {"revoked_at": bindparam("now")}

_USE = scoped(
    update(_token)
    .where(_token.c.id == bindparam("token"), _token.c.is_invitation, _is_good)
    .values(_revoked)
)
_WITHDRAW = scoped(
    update(_token).where(_of_member, _token.c.is_invitation, _is_good).values(_revoked)
)
_REVOKE_ALL = scoped(update(_token).where(_of_member, _is_good).values(_revoked))
_INVITATIONS = scoped(
    select(_token.c.member_id, _token.c.expires_at).where(_token.c.is_invitation, _is_good)
)
_GOOD = scoped(
    select(_token.c.id).where(
        _of_member,
        _is_good,
        _token.c.expires_at.is_(None) | (_token.c.expires_at > bindparam("now")),
    )
)
_RENAME = scoped(update(_token).where(_of_member).values(name=bindparam("name")))


class _Invitation(Shape):
    member_id: str
    expires_at: int | None


class _Id(Shape):
    id: str


class MemberTokens:
    """What opens the organisation to its members."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def use_invitation(self, token_id: str) -> bool:
        """Use an invitation up; of two who try at the same moment one is told that it was."""
        used = await self._session.change(_USE, token=token_id, now=self._session.now_us)
        return used == 1

    async def withdraw_invitations(self, member_id: str) -> None:
        """Make a member's invitations good for nothing."""
        await self._session.change(_WITHDRAW, member=member_id, now=self._session.now_us)

    async def open_invitations(self) -> dict[str, int]:
        """Return until when each invited member can accept, in microseconds, by member."""
        rows = await self._session.all(_Invitation, _INVITATIONS)
        return {row.member_id: row.expires_at for row in rows if row.expires_at is not None}

    async def count_good(self, member_id: str) -> int:
        """Count a member's tokens that open anything."""
        return len(await self._session.all(_Id, _GOOD, member=member_id, now=self._session.now_us))

    async def revoke_all(self, member_id: str) -> int:
        """Revoke all tokens of a member, and say how many were good."""
        return await self._session.change(_REVOKE_ALL, member=member_id, now=self._session.now_us)

    async def rename_all(self, member_id: str, name: str) -> None:
        """Give all tokens of a member one name."""
        await self._session.change(_RENAME, member=member_id, name=name)
