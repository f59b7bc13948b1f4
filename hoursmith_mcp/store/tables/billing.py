"""Invoices, what is claimed for them, what was proposed, and what was paid."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field

from hoursmith_mcp.store.tables.base import (
    Table,
    identity,
    instant,
    live_index,
    optional_instant,
    optional_reference,
    optional_whole_number,
    reference,
    tenant,
    whole_number,
)


def _unique_where(name: str, condition: str, *columns: str) -> Index:
    return Index(
        name,
        *columns,
        unique=True,
        sqlite_where=text(condition),
        postgresql_where=text(condition),
    )


class Invoice(Table, table=True):
    """An invoice or its draft; once it has a number, what it says never changes."""

    __table_args__ = (
        _unique_where(
            "uq_invoice_number", "number_key IS NOT NULL", "organization_id", "number_key"
        ),
        _unique_where("uq_invoice_sequence", "sequence IS NOT NULL", "organization_id", "sequence"),
        # In this order it serves whoever deletes a proposal, too: the reference is looked up.
        _unique_where(
            "uq_invoice_proposal", "proposal_id IS NOT NULL", "proposal_id", "organization_id"
        ),
        live_index("ix_invoice_newest", "organization_id", "id"),
        live_index("ix_invoice_created", "organization_id", "created_at", "id"),
        Index("ix_invoice_client", "organization_id", "client_id", "id"),
        Index("ix_invoice_status", "organization_id", "status", "id"),
        Index("ix_invoice_issue_date", "organization_id", "issue_date", "id"),
        live_index("ix_invoice_due_date", "organization_id", "due_date", "id"),
        live_index("ix_invoice_number", "organization_id", "number_key", "id"),
        live_index("ix_invoice_updated", "organization_id", "updated_at", "id"),
    )

    id: str = identity()
    organization_id: str = tenant()
    client_id: str = reference("client")
    proposal_id: str | None = optional_reference("proposal")
    status: str
    sequence: int | None = optional_whole_number()
    number: str | None = None
    number_key: str | None = None
    issue_date: str | None = Field(default=None, max_length=10)
    due_date: str | None = Field(default=None, max_length=10)
    payment_terms_days: int | None = None
    currency: str = Field(max_length=3)
    grouped_by: str
    bill_to_name: str
    bill_to_address: str | None = None
    bill_to_tax_number: str | None = None
    seller_name: str | None = None
    seller_address: str | None = None
    seller_tax_number: str | None = None
    bank_details: str | None = None
    po_number: str | None = None
    notes: str | None = None
    discount_percent: int | None = optional_whole_number()
    discount_amount: int | None = optional_whole_number()
    lines_total: int = whole_number()
    discount: int = whole_number()
    net: int = whole_number()
    tax: int = whole_number()
    total: int = whole_number()
    paid: int = whole_number()
    refunded: int = whole_number()
    credited: int = whole_number()
    written_off: int = whole_number()
    sent_at: int | None = optional_instant()
    paid_at: int | None = optional_instant()
    cancelled_at: int | None = optional_instant()
    version: int = 1
    created_at: int = instant()
    updated_at: int = instant()
    deleted_at: int | None = optional_instant()


class InvoiceLine(Table, table=True):
    """One line of an invoice: quantity × unit price, rounded once, is its amount."""

    __table_args__ = (
        Index("uq_invoice_line_position", "invoice_id", "position", unique=True),
        Index("ix_invoice_line_listed", "organization_id", "id"),
    )

    id: str = identity()
    organization_id: str = tenant()
    invoice_id: str = reference("invoice")
    position: int
    kind: str
    description: str
    project_id: str | None = optional_reference("project")
    unit: str
    quantity: int = whole_number()
    unit_price: int = whole_number()
    amount: int = whole_number()
    tax_rate: int = whole_number()
    tax_category: str
    raw_seconds: int = whole_number()
    billed_seconds: int = whole_number()
    rounding: str


class BillingClaim(Table, table=True):
    """That a subject (an entry, a fee, an expense) is charged for on a line, until released."""

    __table_args__ = (
        _unique_where(
            "uq_billing_claim_live", "released_at IS NULL", "organization_id", "subject_id"
        ),
        Index("ix_billing_claim_invoice", "organization_id", "invoice_id"),
    )

    line_id: str = Field(primary_key=True, foreign_key="invoice_line.id", max_length=40)
    subject_id: str = Field(primary_key=True, max_length=40)
    organization_id: str = tenant()
    invoice_id: str = reference("invoice")
    subject_kind: str
    raw_seconds: int = whole_number()
    billed_seconds: int = whole_number()
    rate_id: str | None = optional_reference("rate")
    amount: int = whole_number()
    created_at: int = instant()
    released_at: int | None = optional_instant()


class Proposal(Table, table=True):
    """What a preview said, so that the invoice made from it is exactly that."""

    __table_args__ = (Index("ix_proposal_age", "organization_id", "created_at"),)

    id: str = identity()
    organization_id: str = tenant()
    member_id: str = reference("member")
    client_id: str = reference("client")
    content: str
    created_at: int = instant()
    expires_at: int = instant()


class Confirmation(Table, table=True):
    """That a member was shown what an act would do; good once, and not for long."""

    __table_args__ = (Index("ix_confirmation_age", "organization_id", "created_at"),)

    id: str = identity()
    organization_id: str = tenant()
    member_id: str = reference("member")
    operation: str
    arguments_hash: str = Field(max_length=64)
    shown_hash: str = Field(max_length=64)
    created_at: int = instant()
    expires_at: int = instant()
    used_at: int | None = optional_instant()


class Payment(Table, table=True):
    """Money that came in for an invoice; a mistaken one is voided, never changed."""

    __table_args__ = (
        Index("ix_payment_invoice", "organization_id", "invoice_id"),
        Index("ix_payment_received", "organization_id", "received_on"),
        Index("ix_payment_listed", "organization_id", "id"),
    )

    id: str = identity()
    organization_id: str = tenant()
    invoice_id: str = reference("invoice")
    amount: int = whole_number()
    currency: str = Field(max_length=3)
    received_on: str = Field(max_length=10)
    note: str | None = None
    created_at: int = instant()
    voided_at: int | None = optional_instant()
