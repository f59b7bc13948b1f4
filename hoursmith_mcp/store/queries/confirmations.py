"""Confirmations: that a member was shown what an act would do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, update

from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Confirmation
from hoursmith_mcp.store.tenancy import scoped

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
        """Keep that something was shown."""
        await self._session.insert(Confirmation, {**values, "created_at": self._session.now_us})

    async def use(self, confirmation_id: str) -> None:
        """Note that the act was done; it is good no second time."""
        await self._session.change(_USE, id_=confirmation_id, now=self._session.now_us)
