"""Contacts of clients, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import bindparam

from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import ClientContact
from hoursmith_mcp.store.tenancy import scoped

Flag = Literal["is_primary", "is_billing"]

_contact = core_table(ClientContact)
_live = select(_contact).where(_contact.c.deleted_at.is_(None))
_BY_ID = scoped(_live.where(_contact.c.id == bindparam("id")))
_OF_CLIENT = scoped(
    _live.where(_contact.c.client_id == bindparam("client")).order_by(
        _contact.c.is_primary.desc(), _contact.c.is_billing.desc(), _contact.c.id
    )
)


class Contacts:
    """The contacts of one organisation's clients."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, contact_id: str) -> ClientContact:
        """Return a contact by id; raises NotFound."""
        row = await self._session.first(ClientContact, _BY_ID, id=contact_id.strip().lower())
        if row is None:
            raise NotFound("There is no contact with that id. list_contacts() has the ids.")
        return row

    async def of_client(self, client_id: str) -> Sequence[ClientContact]:
        """Return a client's contacts, the primary one first."""
        return await self._session.all(ClientContact, _OF_CLIENT, client=client_id)

    async def holder(self, client_id: str, flag: Flag) -> ClientContact | None:
        """Return the contact that is a client's only one of a kind."""
        rows = await self.of_client(client_id)
        return next((row for row in rows if getattr(row, flag)), None)

    async def add(self, **values: Any) -> ClientContact:
        """Add a contact and return it."""
        now_us = self._session.now_us
        stamped = {**values, "version": 1, "created_at": now_us, "updated_at": now_us}
        await self._session.insert(ClientContact, stamped)
        return await self.get(values["id"])

    async def update(self, contact_id: str, values: dict[str, Any]) -> ClientContact:
        """Change a contact and return it as it is then."""
        await self._session.update(ClientContact, contact_id, values)
        return await self.get(contact_id)

    async def remove(self, contact_id: str) -> None:
        """Delete a contact; nothing but undo, activity and its event finds it again."""
        await self._session.update(ClientContact, contact_id, {"deleted_at": self._session.now_us})
