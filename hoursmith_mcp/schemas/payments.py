"""Payments, as lists of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.money import Money
from hoursmith_mcp.schemas.base import InstantText, OfMoney
from hoursmith_mcp.schemas.invoices import PaymentOut

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.payments import PaymentRow


class PaymentList(OfMoney):
    """The payments of one invoice that stand, in the order in which they came."""

    listed = "payments"

    payments: list[PaymentOut]


class ReceivedPayment(PaymentOut):
    """A payment among those of all invoices."""

    invoice_number: str | None = None
    client_id: str
    bill_to_name: str
    created_at: InstantText


class PaymentPage(OfMoney):
    """Payments, the latest recorded first."""

    listed = "payments"

    payments: list[ReceivedPayment]
    next_cursor: str | None = None


def received_payment(row: PaymentRow) -> ReceivedPayment:
    """Show a payment with the invoice that it came in for."""
    return ReceivedPayment(
        id=row.id,
        invoice_id=row.invoice_id,
        invoice_number=row.invoice_number,
        client_id=row.client_id,
        bill_to_name=row.bill_to_name,
        amount=Money(row.amount, row.currency).text(),
        currency=row.currency,
        received_on=row.received_on,
        note=row.note,
        voided=row.voided_at is not None or None,
        created_at=instant_text(row.created_at),
    )
