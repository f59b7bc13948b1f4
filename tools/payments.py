"""Money that comes in for an invoice."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading, refusing
from hoursmith_mcp.core.dates import describe_day, far_off
from hoursmith_mcp.core.invoices import (
    InvoiceStatus,
    InvoiceVerb,
    amount_due,
    check,
    status_after_balance,
)
from hoursmith_mcp.core.money import Money, parse_amount
from hoursmith_mcp.errors import Conflict, InvalidInput
from hoursmith_mcp.operation import BY_ROWS, Undo, operation
from hoursmith_mcp.schemas.arguments import (
    AllowDuplicate,
    DayText,
    InvoiceRef,
    Line,
    Price,
)
from hoursmith_mcp.schemas.invoices import (
    InvoiceOut,
    PaymentRecorded,
    balance,
    invoice_detail,
    invoice_name,
    invoice_out,
    invoice_state,
    payment_out,
)

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.invoices import WholeInvoice
    from hoursmith_mcp.store.tables import Invoice


@operation(
    toolset="billing",
    scope=Scope.PAYMENTS_WRITE,
    least=Role.ADMIN,
    rest="POST /invoices/{invoice}/payments",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    unlisted=("allow_duplicate",),
    undo=BY_ROWS,
)
async def record_payment(
    call: Call,
    invoice: InvoiceRef,
    amount: Annotated[Price, Field(description="All that is due, if left out.")] | None = None,
    received_on: DayText = "today",
    note: Annotated[Line, Field(description="Reference or note.")] | None = None,
    allow_duplicate: AllowDuplicate = False,
) -> PaymentRecorded:
    """Record money that came in for an issued invoice, all of it or a part."""
    row = await call.store.invoices.find(invoice)
    received = call.day(received_on, "received_on")
    day = received.isoformat()
    minor = _amount(row, amount)
    await call.answer_repeats(row.id, minor, day, note, allow_duplicate=allow_duplicate)
    with refusing():
        check(InvoiceVerb.RECORD_PAYMENT, invoice_state(row), invoice=invoice_name(row))
    due = amount_due(InvoiceStatus(row.status), balance(row))
    if minor is None:
        minor = due
    if minor > due:
        raise Conflict(
            f"{invoice_name(row)} has only {Money(due, row.currency).text()} {row.currency} due. "
            "Record at most that."
        )
    before = await call.store.invoices.whole(row)
    payment = await call.store.payments.add(
        id=call.new_id("pay"),
        invoice_id=row.id,
        amount=minor,
        currency=row.currency,
        received_on=day,
        note=note or None,
    )
    after = await _settled(call, row, row.paid + minor)
    recorded = PaymentRecorded(
        **dict(payment_out(payment)),
        invoice=invoice_out(after.row, call.organization_today),
        warnings=_unlikely(row, received, call.today),
    )
    call.emit("payment.recorded", payment_out(payment))
    is_paid = after.row.status == InvoiceStatus.PAID
    _tell(call, "invoice.paid" if is_paid else "invoice.updated", before, after)
    return recorded


@operation(
    toolset="billing",
    scope=Scope.PAYMENTS_WRITE,
    least=Role.ADMIN,
    rest="POST /payments/{payment}/void",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    undo=Undo("A voided payment stays voided. Record it again with record_payment."),
)
async def void_payment(
    call: Call, payment: Annotated[Line, Field(description="Payment id.")]
) -> InvoiceOut:
    """Void a payment that was recorded by mistake; its amount is due again."""
    found = await call.store.payments.get(payment)
    row = await call.store.invoices.get(found.invoice_id)
    if found.voided_at is not None:
        raise Conflict("That payment was voided already.")
    with refusing():
        check(InvoiceVerb.VOID_PAYMENT, invoice_state(row), invoice=invoice_name(row))
    before = await call.store.invoices.whole(row)
    await call.store.payments.void(found.id)
    after = await _settled(call, row, row.paid - found.amount)
    voided = payment_out(await call.store.payments.get(found.id))
    call.emit("payment.voided", voided, before=payment_out(found))
    _tell(call, "invoice.updated", before, after)
    return invoice_out(after.row, call.organization_today)


def _unlikely(row: Invoice, received: date, today: date) -> list[str]:
    """Say what makes one think that another day was meant."""
    issued = date.fromisoformat(row.issue_date or received.isoformat())
    if received < issued:
        return [
            f"{invoice_name(row)} was issued on {describe_day(issued)}; "
            f"{describe_day(received)} is before that: check the day."
        ]
    return far_off(received, today)


async def _settled(call: Call, row: Invoice, paid: int) -> WholeInvoice:
    """Give an invoice its new balance, and the status that follows from it."""
    account = balance(row)
    due = account.due + account.paid - paid
    status = status_after_balance(InvoiceStatus(row.status), due)
    changes: dict[str, Any] = {
        "paid": paid,
        "status": status.value,
        "paid_at": call.now_us if status is InvoiceStatus.PAID else None,
    }
    updated = await call.store.invoices.update(row.id, changes)
    return await call.store.invoices.whole(updated)


def _tell(call: Call, type: str, before: WholeInvoice, after: WholeInvoice) -> None:
    """Note what became of the invoice, for those who follow invoices and not payments."""
    call.emit(
        type,
        invoice_detail(after, call.organization_today),
        before=invoice_detail(before, call.organization_today),
    )


def _amount(row: Invoice, text: str | None) -> int | None:
    if text is None:
        return None
    with reading("amount"):
        minor = parse_amount(text, row.currency).minor
    if minor <= 0:
        raise InvalidInput("amount: it must be more than nothing, as 150.00.")
    return minor
