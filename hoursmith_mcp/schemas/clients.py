"""Clients, as callers see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.money import format_percentage, format_rate
from hoursmith_mcp.schemas.base import (
    DateText,
    Hidden,
    InstantText,
    OfTheCall,
    PercentText,
    Public,
    RateText,
    Unlisted,
)

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.rates import RateRow
    from hoursmith_mcp.store.tables import Client


class ClientOut(Public):
    """Who the work is for; those who see no money see of a client no more than its name."""

    id: str
    name: str
    currency: Hidden[str] | None = None
    default_rate: RateText | None = None
    default_rate_starts_on: Hidden[DateText] | None = None
    contact_name: Hidden[str] | None = None
    email: Hidden[str] | None = None
    billing_email: Hidden[str] | None = None
    phone: Hidden[str] | None = None
    website: Hidden[str] | None = None
    billing_address: Hidden[str] | None = None
    billing_line1: Unlisted[Hidden[str]] | None = None
    billing_line2: Unlisted[Hidden[str]] | None = None
    billing_city: Unlisted[Hidden[str]] | None = None
    billing_region: Unlisted[Hidden[str]] | None = None
    billing_postal_code: Unlisted[Hidden[str]] | None = None
    billing_country: Unlisted[Hidden[str]] | None = None
    tax_number: Hidden[str] | None = None
    default_payment_terms: Hidden[int] | None = None
    default_tax_rate: PercentText | None = None
    require_po_number: Hidden[bool] | None = None
    notes: Hidden[str] | None = None
    archived: bool
    created_at: Hidden[InstantText] | None = None
    updated_at: Hidden[InstantText] | None = None
    warnings: OfTheCall[Hidden[list[str]]] = []
    available_actions: list[str] = []
    repeated: OfTheCall[bool] | None = None


class ClientDeleted(Public):
    """What was deleted."""

    id: str
    deleted: bool
    client: ClientOut


class ClientPage(Public):
    """A page of clients."""

    listed = "clients"

    clients: list[ClientOut]
    next_cursor: str | None = None


def client_out(row: Client, rate: RateRow | None, *, currency: str | None) -> ClientOut:
    """Show a client; `currency` is its own or the organisation's, `rate` what holds today."""
    archived = row.archived_at is not None
    return ClientOut(
        id=row.id,
        name=row.name,
        currency=currency,
        default_rate=format_rate(rate.rate, rate.currency) if rate is not None else None,
        default_rate_starts_on=rate.starts_on if rate is not None else None,
        contact_name=row.contact_name,
        email=row.email,
        billing_email=row.billing_email,
        phone=row.phone,
        website=row.website,
        billing_address=row.address,
        billing_line1=row.billing_line1,
        billing_line2=row.billing_line2,
        billing_city=row.billing_city,
        billing_region=row.billing_region,
        billing_postal_code=row.billing_postal_code,
        billing_country=row.billing_country,
        tax_number=row.tax_number,
        default_payment_terms=row.payment_terms_days,
        default_tax_rate=(
            format_percentage(row.default_tax_rate) if row.default_tax_rate is not None else None
        ),
        require_po_number=row.require_po_number,
        notes=row.notes,
        archived=archived,
        created_at=instant_text(row.created_at),
        updated_at=instant_text(row.updated_at),
        available_actions=["update_client"] if archived else ["create_project", "update_client"],
    )
