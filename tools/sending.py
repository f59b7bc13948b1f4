"""Issuing an invoice, and cancelling one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading, refusing
from hoursmith_mcp.core.dates import describe_day, parse_day
from hoursmith_mcp.core.invoice_numbers import format_number
from hoursmith_mcp.core.invoices import InvoiceStatus, InvoiceVerb, check, status_after_balance
from hoursmith_mcp.core.money import Money
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.errors import Conflict, InvalidInput
from hoursmith_mcp.operation import BY_ROWS, Undo, operation
from hoursmith_mcp.schemas.arguments import DayText, InvoiceRef
from hoursmith_mcp.schemas.base import Would
from hoursmith_mcp.schemas.invoices import (
    InvoiceOut,
    invoice_detail,
    invoice_name,
    invoice_out,
    invoice_state,
)
from hoursmith_mcp.schemas.organization import unfinished_business

if TYPE_CHECKING:
    from hoursmith_mcp.store.tables import Client, Invoice, Organization

IssueDate = Annotated[DayText, Field(description="Issue date, if not today.")]


async def would_send(call: Call, invoice: str, issue_date: str | None = None) -> Would:
    """Say what issuing a draft would do."""
    row = await _draft(call, invoice)
    organization = await call.store.organization.get()
    client = await call.store.clients.get(row.client_id)
    day = await _issue_day(call, issue_date)
    await _free_number(call, organization, organization.invoice_sequence + 1, day)
    due = _due_day(row, day)
    total = f"{Money(row.total, row.currency).text()} {row.currency}"
    return Would(
        would=f"Issue an invoice to {client.name} over {total}, dated {describe_day(day)}, "
        f"due {describe_day(due)}, with the next number. It cannot be changed afterwards; nothing "
        f"is e-mailed yet.{_lacking(row, organization, client)}",
        # The version stands for the row and its lines, which never change without it.
        basis=json.dumps([row.version, _frozen(row, organization, client, day)]),
    )


@operation(
    toolset="billing",
    scope=Scope.INVOICES_SEND,
    least=Role.MANAGER,
    rest="POST /invoices/{invoice}/send",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=True,
    asks=would_send,
    undo=Undo(
        "What was issued is not taken back: it has its number and may be with the client. Cancel "
        "it with cancel_invoice; duplicate_invoice makes a new draft of it."
    ),
)
async def send_invoice(
    call: Call, invoice: InvoiceRef, issue_date: IssueDate | None = None
) -> InvoiceOut:
    """Issue a draft: it gets its number and dates, and is frozen."""
    row = await _draft(call, invoice)
    before = invoice_detail(await call.store.invoices.whole(row), call.organization_today)
    organization = await call.store.organization.get()
    day = await _issue_day(call, issue_date)
    sequence = await call.store.invoices.next_in_series()
    number = await _free_number(call, organization, sequence, day)
    client = await call.store.clients.get(row.client_id)
    changes: dict[str, Any] = {
        **_frozen(row, organization, client, day),
        "number": number,
        "number_key": fold(number),
        "sequence": sequence,
        "sent_at": call.now_us,
        "status": status_after_balance(InvoiceStatus.SENT, row.total).value,
        "paid_at": call.now_us if row.total == 0 else None,
    }
    row = await call.store.invoices.update(row.id, changes)
    sent = invoice_detail(await call.store.invoices.whole(row), call.organization_today)
    call.emit("invoice.sent", sent, before=before)
    return invoice_out(
        row,
        call.today,
        warnings=[
            "It was not e-mailed: send it to the client yourself for now.",
            *unfinished_business(organization),
        ],
    )


def _also_to_cancel(invoice: Mapping[str, Any]) -> Scope | None:
    """Return what cancelling takes beside the scope for drafts: what is issued has a number."""
    return Scope.INVOICES_SEND if invoice.get("number") else None


async def would_cancel(call: Call, invoice: str) -> Would | None:
    """Say what cancelling an issued invoice would do; cancelling a draft needs no asking."""
    row = await _cancellable(call, invoice)
    if row.number is None:
        return None
    total = f"{Money(row.total, row.currency).text()} {row.currency}"
    return Would(
        would=f"Cancel {row.number} to {row.bill_to_name} over {total}. Its number stays used, and "
        "its time and fees can be billed again.",
        basis=str(row.version),
    )


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="POST /invoices/{invoice}/cancel",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    asks=would_cancel,
    also=_also_to_cancel,
    undo=BY_ROWS,
)
async def cancel_invoice(call: Call, invoice: InvoiceRef) -> InvoiceOut:
    """Cancel an invoice; its time and fees can be billed again."""
    row = await _cancellable(call, invoice)
    before = invoice_detail(await call.store.invoices.whole(row), call.organization_today)
    # In this order: the database lets no claim go of an invoice that stands.
    row = await call.store.invoices.update(
        row.id,
        {
            "status": InvoiceStatus.CANCELLED.value,
            "cancelled_at": call.now_us,
            "paid_at": None,
        },
    )
    await call.store.claims.release(row.id)
    cancelled = invoice_detail(await call.store.invoices.whole(row), call.organization_today)
    call.emit("invoice.cancelled", cancelled, before=before)
    return invoice_out(row, call.organization_today)


async def _draft(call: Call, invoice: str) -> Invoice:
    row = await call.store.invoices.find(invoice)
    with refusing():
        check(InvoiceVerb.SEND, invoice_state(row), invoice=invoice_name(row))
    if not await call.store.invoices.lines(row.id):
        raise Conflict(
            f"{invoice_name(row)} has no lines. Add some with update_invoice, or delete it."
        )
    return row


async def _cancellable(call: Call, invoice: str) -> Invoice:
    row = await call.store.invoices.find(invoice)
    if row.number is not None:
        call.permit(Scope.INVOICES_SEND, Role.MANAGER)
    with refusing():
        check(InvoiceVerb.CANCEL, invoice_state(row), invoice=invoice_name(row))
    return row


def _lacking(row: Invoice, organization: Organization, client: Client) -> str:
    """Say what an invoice should have and has not, before it is frozen."""
    found = unfinished_business(organization)
    if row.po_number is None and client.require_po_number:
        found.append(f"{client.name} wants a PO number on invoices, and it has none.")
    return "".join(f" {sentence}" for sentence in found)


async def _issue_day(call: Call, text: str | None) -> date:
    """Return the day of issue, in the organisation's zone; the series never goes back.

    The last day of the series may be tomorrow, where the organisation moved to a zone further west.
    """
    today = call.organization_today
    issued_on = await call.store.invoices.last_issue_date()
    last = date.fromisoformat(issued_on) if issued_on is not None else date.min
    if text is None or text.strip() == issued_on:
        return max(today, last) if text is None else last
    with reading("issue_date"):
        day = parse_day(text, today)
    if day < last:
        raise InvalidInput(
            f"issue_date: the last invoice was issued on {last}, and the series never goes back. "
            f"Give that day{' or a later one' if last < today else ''}."
        )
    return day


async def _free_number(call: Call, organization: Organization, sequence: int, day: date) -> str:
    """Return the number of a place in the series; raises Conflict where it is taken."""
    number = format_number(organization.invoice_number_pattern, sequence, day)
    if await call.store.invoices.number_is_taken(number):
        raise Conflict(
            f"The number pattern would give {number} a second time. Change it with "
            "set_up(invoice_number_pattern=…), so that it holds {number} and the year."
        )
    return number


def _due_day(row: Invoice, day: date) -> date:
    return day + timedelta(days=row.payment_terms_days or 0)


def _frozen(row: Invoice, organization: Organization, client: Client, day: date) -> dict[str, Any]:
    """Return what an invoice says for good from its issue on, beside what the draft says."""
    return {
        "bill_to_name": client.name,
        "bill_to_address": client.address,
        "bill_to_tax_number": client.tax_number,
        "issue_date": day.isoformat(),
        "due_date": _due_day(row, day).isoformat(),
        "seller_name": organization.legal_name or organization.name,
        "seller_address": organization.address,
        "seller_tax_number": organization.tax_number,
        "bank_details": organization.bank_details,
    }
