"""Invoices that are there: one, many, and those that are still owed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.arguments import ClientRef, Cursor, InvoiceRef, Limit, PeriodText
from hoursmith_mcp.schemas.filters import InvoiceFilter
from hoursmith_mcp.schemas.invoices import (
    InvoiceDetail,
    InvoicePage,
    UnpaidInvoices,
    aged_amounts,
    invoice_detail,
    invoice_out,
)
from hoursmith_mcp.schemas.paging import read_cursor, write_cursor

Status = Literal["DRAFT", "SENT", "PAID", "CANCELLED", "WRITTEN_OFF"]


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    rest="GET /invoices/{invoice}",
    resource="hoursmith://invoices/{invoice}",
    page=Page("Invoice", touched_by=("invoice", "payment", "client", "project"), importance=60),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_invoice(call: Call, invoice: InvoiceRef) -> InvoiceDetail:
    """Show an invoice with its lines, taxes and payments."""
    row = await call.store.invoices.find(invoice)
    return invoice_detail(await call.store.invoices.whole(row), call.organization_today)


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_invoices(
    call: Call,
    client: ClientRef | None = None,
    status: Annotated[list[Status], Field(min_length=1, description="Statuses.")] | None = None,
    period: PeriodText | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 20,
) -> InvoicePage:
    """List invoices, the newest first; a period means their issue date."""
    wanted = await _filter(call, client, tuple(status) if status else None, period)
    after = read_cursor(cursor, wanted) if cursor is not None else None
    rows = await call.store.invoices.page(wanted, after=after, limit=limit + 1)
    shown = rows[:limit]
    last = ("", shown[-1].id) if len(rows) > limit else None
    return InvoicePage(
        invoices=[invoice_out(row, call.organization_today) for row in shown],
        next_cursor=write_cursor(last, wanted) if last else None,
    )


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    rest="GET /invoices/unpaid",
    unlisted=("period",),
    rest_defaults={"limit": 50},
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_unpaid_invoices(
    call: Call,
    client: ClientRef | None = None,
    period: PeriodText | None = None,
    overdue_only: Annotated[bool, Field(description="Only what is past its due date.")] = False,
    cursor: Cursor | None = None,
    limit: Limit = 20,
) -> UnpaidInvoices:
    """List invoices that are issued and still owed, the longest due first, with their ages."""
    wanted = await _filter(call, client, None, period, overdue_only=overdue_only)
    after = read_cursor(cursor, wanted) if cursor is not None else ("", "")
    rows = await call.store.invoices.unpaid(wanted)
    # All of them are read in any case, for what is owed on the whole.
    rest = [row for row in rows if (row.due_date or "", row.id) > after]
    shown = rest[:limit]
    last = (shown[-1].due_date or "", shown[-1].id) if len(rest) > limit else None
    return UnpaidInvoices(
        invoices=[invoice_out(row, call.organization_today) for row in shown],
        receivables=aged_amounts(rows, call.organization_today),
        next_cursor=write_cursor(last, wanted) if last else None,
        available_actions=["record_payment", "get_invoice"] if rows else ["list_unbilled"],
    )


async def _filter(
    call: Call,
    client: str | None,
    statuses: tuple[str, ...] | None,
    period: str | None,
    *,
    overdue_only: bool = False,
) -> InvoiceFilter:
    days = call.period(period, "period") if period is not None else None
    return InvoiceFilter(
        client_id=(await call.store.clients.find(client, writing=False)).id if client else None,
        statuses=statuses,
        first_day=days.first.isoformat() if days is not None else None,
        last_day=days.last.isoformat() if days is not None else None,
        due_before=call.organization_today.isoformat() if overdue_only else None,
    )
