"""Invoices and payments, as callers see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from hoursmith_mcp.core.ageing import Receivable, aged
from hoursmith_mcp.core.dates import weekday_name
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.invoices import (
    Balance,
    InvoiceState,
    InvoiceStatus,
    InvoiceVerb,
    amount_due,
    available_verbs,
    is_overdue,
    payment_status,
)
from hoursmith_mcp.core.money import Money, format_percentage
from hoursmith_mcp.core.totals import Discount, TaxGroup, invoice_totals
from hoursmith_mcp.schemas.base import (
    AmountText,
    DateText,
    Hidden,
    InstantText,
    OfMoney,
    OfTheCall,
    PercentText,
    Unlisted,
)
from hoursmith_mcp.schemas.invoice_lines import (
    InvoiceLineOut,
    TaxGroupOut,
    core_line,
    line_out,
    tax_group_out,
)

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.invoices import WholeInvoice
    from hoursmith_mcp.store.tables import Invoice, Payment


class PaymentOut(OfMoney):
    """Money that came in."""

    id: str
    invoice_id: str
    amount: AmountText | None = None
    currency: Hidden[str] | None = None
    received_on: DateText
    note: str | None = None
    voided: bool | None = None
    repeated: OfTheCall[bool] | None = None


class InvoiceOut(OfMoney):
    """An invoice or its draft, as a line of a list."""

    id: str
    number: str | None = None
    status: str
    payment_status: str
    overdue: bool | None = None
    client_id: str
    bill_to_name: str
    currency: Hidden[str] | None = None
    subtotal: AmountText | None = None
    discount_amount: AmountText | None = None
    tax: AmountText | None = None
    total: AmountText | None = None
    amount_paid: AmountText | None = None
    amount_due: AmountText | None = None
    issue_date: DateText | None = None
    issue_weekday: Unlisted[str] | None = None
    due_date: DateText | None = None
    due_weekday: str | None = None
    sent_at: InstantText | None = None
    paid_at: InstantText | None = None
    created_at: InstantText
    updated_at: InstantText
    warnings: OfTheCall[list[str]] = []
    available_actions: list[str] = []


class InvoiceDetail(InvoiceOut):
    """An invoice with all that it says."""

    bill_to_address: str | None = None
    bill_to_tax_number: str | None = None
    seller_name: Unlisted[str] | None = None
    seller_address: Unlisted[str] | None = None
    seller_tax_number: Unlisted[str] | None = None
    bank_details: Unlisted[str] | None = None
    grouped_by: Unlisted[str] | None = None
    discount_percent: Unlisted[PercentText] | None = None
    payment_terms: int | None = None
    po_number: str | None = None
    notes: str | None = None
    lines: list[InvoiceLineOut]
    tax_rate: Unlisted[PercentText] | None = None  # Where there is one for all.
    tax_groups: list[TaxGroupOut] = []
    payments: list[PaymentOut] = []
    repeated: OfTheCall[bool] | None = None


class PaymentRecorded(PaymentOut):
    """A payment, and the invoice as it stands by then."""

    invoice: InvoiceOut
    warnings: list[str] = []


class InvoicePage(OfMoney):
    """Invoices, the newest first."""

    listed = "invoices"

    invoices: list[InvoiceOut]
    next_cursor: str | None = None


class AgedAmount(OfMoney):
    """What is due in one currency, by days since the due date."""

    currency: Hidden[str] | None = None
    due: AmountText | None = None
    current: AmountText | None = None
    days_1_to_30: AmountText | None = None
    days_31_to_60: AmountText | None = None
    days_61_to_90: AmountText | None = None
    days_over_90: AmountText | None = None


class UnpaidInvoices(OfMoney):
    """What is issued and still owed, the longest due first."""

    listed = "invoices"

    invoices: list[InvoiceOut]
    receivables: list[AgedAmount] = []
    next_cursor: str | None = None
    available_actions: list[str] = []


TOOLS: dict[InvoiceVerb, str] = {
    InvoiceVerb.UPDATE: "update_invoice",
    InvoiceVerb.DELETE: "delete_invoice",
    InvoiceVerb.SEND: "send_invoice",
    InvoiceVerb.RECORD_PAYMENT: "record_payment",
    InvoiceVerb.VOID_PAYMENT: "void_payment",
    InvoiceVerb.CANCEL: "cancel_invoice",
    InvoiceVerb.RESTORE: "restore_invoice",
    InvoiceVerb.DUPLICATE: "duplicate_invoice",
}
"""The tool that says each verb; what no tool says yet is no action."""


def invoice_state(row: Invoice) -> InvoiceState:
    """Return what decides what may be done with an invoice."""
    status = InvoiceStatus(row.status)
    return InvoiceState(
        status=status,
        was_issued=row.number is not None,
        has_payments=row.paid - row.refunded > 0,
        due_minor=amount_due(status, balance(row)),
        deleted=row.deleted_at is not None,
    )


def balance(row: Invoice) -> Balance:
    """Return an invoice's account."""
    return Balance(
        total=row.total,
        paid=row.paid,
        refunded=row.refunded,
        credited=row.credited,
        written_off=row.written_off,
    )


def _fields(row: Invoice, today: date, *, empty: bool) -> dict[str, object]:
    account, state = balance(row), invoice_state(row)
    due_date = _day(row.due_date)
    overdue = is_overdue(due_date, today, status=state.status, due_minor=state.due_minor)

    def money(minor: int) -> str:
        return Money(minor, row.currency).text()

    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        "payment_status": payment_status(state.status, account),
        "overdue": overdue or None,
        "client_id": row.client_id,
        "bill_to_name": row.bill_to_name,
        "currency": row.currency,
        "subtotal": money(row.lines_total),
        "discount_amount": money(row.discount),
        "tax": money(row.tax),
        "total": money(row.total),
        "amount_paid": money(row.paid - row.refunded),
        "amount_due": money(state.due_minor),
        "issue_date": row.issue_date,
        "issue_weekday": _weekday(row.issue_date),
        "due_date": row.due_date,
        "due_weekday": _weekday(row.due_date),
        "sent_at": instant_text(row.sent_at) if row.sent_at is not None else None,
        "paid_at": instant_text(row.paid_at) if row.paid_at is not None else None,
        "created_at": instant_text(row.created_at),
        "updated_at": instant_text(row.updated_at),
        "available_actions": [
            "get_invoice",
            *(
                TOOLS[verb]
                for verb in available_verbs(state)
                if verb in TOOLS and not (empty and verb is InvoiceVerb.SEND)
            ),
        ],
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


def _weekday(text: str | None) -> str | None:
    return weekday_name(date.fromisoformat(text)) if text is not None else None


def invoice_out(row: Invoice, today: date, *, warnings: Sequence[str] = ()) -> InvoiceOut:
    """Show an invoice as a line of a list."""
    # A list does not read lines: what comes to nothing has none, or is looked at first.
    fields = _fields(row, today, empty=row.lines_total == 0)
    return InvoiceOut.model_validate({**fields, "warnings": list(warnings)})


def invoice_detail(
    whole: WholeInvoice, today: date, *, warnings: Sequence[str] = (), repeated: bool | None = None
) -> InvoiceDetail:
    """Show an invoice with all that it says."""
    row = whole.row
    groups = [tax_group_out(group, row.currency) for group in _tax_groups(whole)]
    return InvoiceDetail.model_validate(
        {
            **_fields(row, today, empty=not whole.lines),
            "bill_to_address": row.bill_to_address,
            "bill_to_tax_number": row.bill_to_tax_number,
            "seller_name": row.seller_name,
            "seller_address": row.seller_address,
            "seller_tax_number": row.seller_tax_number,
            "bank_details": row.bank_details,
            "grouped_by": row.grouped_by or None,
            "discount_percent": format_percentage(row.discount_percent)
            if row.discount_percent is not None
            else None,
            "payment_terms": row.payment_terms_days,
            "po_number": row.po_number,
            "notes": row.notes,
            "lines": [
                line_out(line, row.currency, whole.entries_of_line.get(line.id))
                for line in whole.lines
            ],
            "tax_rate": groups[0].tax_rate if len(groups) == 1 else None,
            "tax_groups": groups,
            "payments": [payment_out(payment) for payment in whole.payments],
            "warnings": list(warnings),
            "repeated": repeated,
        }
    )


def _tax_groups(whole: WholeInvoice) -> Sequence[TaxGroup]:
    totals = invoice_totals(
        [core_line(line) for line in whole.lines],
        discount=Discount(amount_minor=whole.row.discount),
        currency=whole.row.currency,
    )
    return totals.tax_groups


def payment_out(row: Payment) -> PaymentOut:
    """Show a payment."""
    return PaymentOut(
        id=row.id,
        invoice_id=row.invoice_id,
        amount=Money(row.amount, row.currency).text(),
        currency=row.currency,
        received_on=row.received_on,
        note=row.note,
        voided=row.voided_at is not None or None,
    )


def invoice_name(row: Invoice) -> str:
    """Name an invoice at the beginning of a sentence."""
    return f"Invoice {row.number}" if row.number is not None else f"The draft {row.id}"


def receivables(rows: Sequence[Invoice]) -> list[Receivable]:
    """Return what is due on issued invoices."""
    return [
        Receivable(row.currency, balance(row).due, date.fromisoformat(row.due_date))
        for row in rows
        if row.due_date is not None
    ]


def aged_amounts(rows: Sequence[Invoice], today: date) -> list[AgedAmount]:
    """Show what is due by currency and age."""
    return [
        AgedAmount(
            currency=currency,
            due=Money(sum(buckets.values()), currency).text(),
            current=Money(buckets["current"], currency).text(),
            days_1_to_30=Money(buckets["1-30"], currency).text(),
            days_31_to_60=Money(buckets["31-60"], currency).text(),
            days_61_to_90=Money(buckets["61-90"], currency).text(),
            days_over_90=Money(buckets["91+"], currency).text(),
        )
        for currency, buckets in aged(receivables(rows), today).items()
    ]
