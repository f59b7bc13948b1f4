"""Contacts of clients, as callers see them; those who see no money see none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.schemas.base import InstantText, OfMoney, OfTheCall

if TYPE_CHECKING:
    from hoursmith_mcp.store.tables import ClientContact


class ContactOut(OfMoney):
    """A person at a client."""

    id: str
    client_id: str
    email: str
    name: str | None = None
    title: str | None = None
    phone: str | None = None
    primary: bool
    billing_default: bool
    created_at: InstantText
    updated_at: InstantText
    repeated: OfTheCall[bool] | None = None


class ContactList(OfMoney):
    """All contacts of one client, the primary one first."""

    listed = "contacts"

    contacts: list[ContactOut]


class ContactDeleted(OfMoney):
    """What was deleted."""

    id: str
    deleted: bool
    contact: ContactOut


def contact_out(row: ClientContact) -> ContactOut:
    """Show a contact."""
    return ContactOut(
        id=row.id,
        client_id=row.client_id,
        email=row.email,
        name=row.name,
        title=row.title,
        phone=row.phone,
        primary=row.is_primary,
        billing_default=row.is_billing,
        created_at=instant_text(row.created_at),
        updated_at=instant_text(row.updated_at),
    )
