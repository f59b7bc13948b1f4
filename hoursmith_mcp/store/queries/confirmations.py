"""Confirmations: that a member was shown what an act would do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, update

from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Confirmation
from hoursmith_mcp.store.tenancy import TENANT, scoped

KEPT_US = 24 * 3_600 * 1_000_000
"""How long a confirmation is kept, in microseconds: it is told to be used, or to have expired."""

_AT_A_TIME = 64

_confirmation = core_table(Confirmation)
_OWN = scoped(
    select(_confirmation).where(
        _confirmation.c.id == bindparam("id"), _confirmation.c.member_id == bindparam("member")
    )
)
_USE = scoped(
    update(_confirmation)
    .where(_confirmation.c.id == bindparam("id_"))
    .values(used_at=bindparam("now"))
)
_EXPIRED = scoped(delete(_confirmation).where(_confirmation.c.created_at <= bindparam("before")))
_aged = _confirmation.alias("expired")
_oldest = (
    select(_aged.c.id)
    .where(_aged.c.organization_id == TENANT, _aged.c.created_at <= bindparam("before"))
    .order_by(_aged.c.created_at)
    .limit(_AT_A_TIME)
)
_SOME_EXPIRED = scoped(delete(_confirmation).where(_confirmation.c.id.in_(_oldest)))


class Confirmations:
    """The confirmations of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, confirmation_id: str, member_id: str) -> Confirmation | None:
        """Return a member's own confirmation."""
        word = confirmation_id.strip().lower()
        return await self._session.first(Confirmation, _OWN, id=word, member=member_id)

    async def add(self, **values: Any) -> None:
        """Keep that something was shown; a few of the expired ones make room for it."""
        await self._session.change(_SOME_EXPIRED, before=self._session.now_us - KEPT_US)
        await self._session.insert(Confirmation, {**values, "created_at": self._session.now_us})

    async def forget_expired(self) -> None:
        """Delete the organisation's confirmations that are long expired."""
        await self._session.change(_EXPIRED, before=self._session.now_us - KEPT_US)

    async def use(self, confirmation_id: str) -> None:
        """Note that the act was done; it is good no second time."""
        await self._session.change(_USE, id_=confirmation_id, now=self._session.now_us)
