"""Invoices and what came in for them, to be read by programs."""

from __future__ import annotations

from typing import Annotated

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.arguments import InvoiceRef
from hoursmith_mcp.schemas.invoice_lines import InvoiceLinePage, billed_line
from hoursmith_mcp.schemas.invoices import InvoicePage, invoice_out, payment_out
from hoursmith_mcp.schemas.listing import Wanted
from hoursmith_mcp.schemas.listings import INVOICE_LINES, INVOICES, PAYMENTS
from hoursmith_mcp.schemas.payments import PaymentList, PaymentPage, received_payment


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    mcp=False,
    rest="GET /invoices",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def filter_invoices(call: Call, wanted: Annotated[Wanted, INVOICES]) -> InvoicePage:
    """List invoices, filtered, sorted and searched by their fields."""
    page = await call.store.lists.page(wanted)
    rows = page.in_order(await call.store.invoices.of_ids(page.ids))
    shown = [invoice_out(row, call.organization_today) for row in rows]
    return InvoicePage(invoices=shown, next_cursor=page.next_cursor)


@operation(
    toolset="billing",
    scope=Scope.PAYMENTS_READ,
    least=Role.MANAGER,
    mcp=False,
    rest="GET /invoices/{invoice}/payments",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_payments(call: Call, invoice: InvoiceRef) -> PaymentList:
    """List the payments of an invoice that stand."""
    whole = await call.store.invoices.whole(await call.store.invoices.find(invoice))
    return PaymentList(payments=[payment_out(payment) for payment in whole.payments])


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    mcp=False,
    rest="GET /invoice-lines",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def filter_invoice_lines(
    call: Call, wanted: Annotated[Wanted, INVOICE_LINES]
) -> InvoiceLinePage:
    """List the lines of all invoices, filtered and searched by their fields."""
    page = await call.store.lists.page(wanted)
    rows = page.in_order(await call.store.invoice_lines.of_ids(page.ids))
    entries = await call.store.invoice_lines.entries(rows)
    shown = [billed_line(row, entries.get(row.id)) for row in rows]
    return InvoiceLinePage(invoice_lines=shown, next_cursor=page.next_cursor)


@operation(
    toolset="billing",
    scope=Scope.PAYMENTS_READ,
    least=Role.MANAGER,
    mcp=False,
    rest="GET /payments",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def filter_payments(call: Call, wanted: Annotated[Wanted, PAYMENTS]) -> PaymentPage:
    """List the payments of all invoices, filtered, sorted and searched by their fields."""
    page = await call.store.lists.page(wanted)
    rows = page.in_order(await call.store.payments.of_ids(page.ids))
    return PaymentPage(
        payments=[received_payment(row) for row in rows], next_cursor=page.next_cursor
    )
