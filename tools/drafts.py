"""Drafts: what they say beside time and fees, and how they go away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading, refusing
from hoursmith_mcp.core.bills import tax_category
from hoursmith_mcp.core.drafts import line_row
from hoursmith_mcp.core.invoices import InvoiceVerb, check
from hoursmith_mcp.core.lines import Line as CoreLine
from hoursmith_mcp.core.lines import custom_line
from hoursmith_mcp.core.money import parse_percentage
from hoursmith_mcp.core.quantities import parse_unit_price
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.totals import Totals, invoice_totals, parse_discount, stored_discount
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import (
    Decimal,
    Discount,
    InvoiceRef,
    Line,
    LongText,
    Name,
    Price,
)
from hoursmith_mcp.schemas.given import Given
from hoursmith_mcp.schemas.invoice_lines import core_line
from hoursmith_mcp.schemas.invoices import (
    InvoiceDetail,
    InvoiceOut,
    invoice_detail,
    invoice_name,
    invoice_out,
    invoice_state,
)

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.invoices import WholeInvoice
    from hoursmith_mcp.store.tables import Invoice

TaxRate = Annotated[Price | None, Field(description="Tax percentage; the client's, if left out.")]


class CustomLine(Given):
    """A line that bills no time and no fee."""

    description: Annotated[Name, Field(description="What it is for.")]
    quantity: Annotated[Decimal, Field(description="Quantity, as 1 or 2.5.")]
    unit_price: Annotated[Price, Field(description="Price of one; a rebate is below zero.")]
    unit: Annotated[Line, Field(description="Unit, as piece.")] = ""
    tax_rate: TaxRate = None


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="PATCH /invoices/{invoice}",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
)
async def update_invoice(
    call: Call,
    invoice: InvoiceRef,
    payment_terms: Annotated[int, Field(ge=0, le=365, description="Days until it is due.")]
    | None = None,
    notes: Annotated[LongText, Field(description="Text on the invoice.")] | None = None,
    po_number: Annotated[Line, Field(description="The client's PO number.")] | None = None,
    lines: Annotated[
        list[CustomLine],
        Field(max_length=100, description="All custom lines; time and fees stay as they are."),
    ]
    | None = None,
    discount: Discount | None = None,
) -> InvoiceDetail:
    """Change a draft; what is left out stays, an empty text clears."""
    row = await _draft(call, invoice, InvoiceVerb.UPDATE)
    whole = await call.store.invoices.whole(row)
    before = invoice_detail(whole, call.organization_today)
    texts = {"notes": notes, "po_number": po_number}
    changes: dict[str, Any] = {
        column: text or None for column, text in texts.items() if text is not None
    }
    if payment_terms is not None:
        changes["payment_terms_days"] = payment_terms
    if discount is not None:
        changes |= _discount(discount, row.currency)
    known = [core_line(line) for line in whole.lines if line.kind == "custom"]
    custom = known if lines is None else await _custom_lines(call, row, lines)
    if discount is not None or custom != known:
        argument = "discount" if discount is not None else "lines"
        changes |= _sums(_totals(whole, custom, {**_kept_discount(row), **changes}, argument))
    changes = {column: new for column, new in changes.items() if getattr(row, column) != new}
    if not changes and custom == known:
        return before
    if custom != known:
        await _replace(call, whole, custom)
    row = await call.store.invoices.update(row.id, changes)
    after = invoice_detail(await call.store.invoices.whole(row), call.organization_today)
    call.emit("invoice.updated", after, before=before)
    return after


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="DELETE /invoices/{invoice}",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def delete_invoice(call: Call, invoice: InvoiceRef) -> InvoiceOut:
    """Delete a draft; its time and fees can be billed again."""
    row = await _draft(call, invoice, InvoiceVerb.DELETE)
    before = invoice_detail(await call.store.invoices.whole(row), call.organization_today)
    await call.store.claims.release(row.id)
    row = await call.store.invoices.update(row.id, {"deleted_at": call.now_us})
    call.emit("invoice.deleted", before, gone=True)
    shown = invoice_out(row, call.organization_today)
    return shown.model_copy(update={"available_actions": ["restore_invoice"]})


async def _draft(call: Call, invoice: str, verb: InvoiceVerb) -> Invoice:
    row = await call.store.invoices.find(invoice)
    with refusing():
        check(verb, invoice_state(row), invoice=invoice_name(row))
    return row


def _discount(text: str, currency: str) -> dict[str, int | None]:
    with reading("discount"):
        off = parse_discount(text, currency) if text else None
    return {
        "discount_amount": off.amount_minor if off is not None else None,
        "discount_percent": off.percent_e4 if off is not None else None,
    }


def _kept_discount(row: Invoice) -> dict[str, int | None]:
    return {"discount_amount": row.discount_amount, "discount_percent": row.discount_percent}


async def _custom_lines(call: Call, row: Invoice, lines: Sequence[CustomLine]) -> list[CoreLine]:
    default = await _tax_rate(call, row)
    found: list[CoreLine] = []
    with reading("lines"):
        for place, line in enumerate(lines, start=1):
            try:
                found.append(_custom_line(line, row.currency, default))
            except Refusal as refusal:
                raise Refusal(f"line {place}: {refusal}") from None
    return found


def _custom_line(line: CustomLine, currency: str, default_tax_rate: int) -> CoreLine:
    rate = default_tax_rate if line.tax_rate is None else parse_percentage(line.tax_rate)
    return custom_line(
        line.description,
        quantity=line.quantity,
        unit_price_e4=parse_unit_price(line.unit_price),
        currency=currency,
        tax_rate=rate,
        tax_category=tax_category(rate),
        unit=line.unit,
    )


async def _tax_rate(call: Call, row: Invoice) -> int:
    client = await call.store.clients.get(row.client_id)
    if client.default_tax_rate is not None:
        return client.default_tax_rate
    return (await call.store.organization.get()).default_tax_rate or 0


def _totals(
    whole: WholeInvoice, custom: Sequence[CoreLine], terms: dict[str, Any], argument: str
) -> Totals:
    others = [core_line(line) for line in whole.lines if line.kind != "custom"]
    with reading(argument):
        return invoice_totals(
            [*others, *custom],
            discount=stored_discount(terms["discount_amount"], terms["discount_percent"]),
            currency=whole.row.currency,
        )


def _sums(totals: Totals) -> dict[str, int]:
    return {
        "lines_total": totals.lines_total,
        "discount": totals.discount,
        "net": totals.net,
        "tax": totals.tax,
        "total": totals.total,
    }


async def _replace(call: Call, whole: WholeInvoice, custom: Sequence[CoreLine]) -> None:
    """Write custom lines anew, behind those of time and fees."""
    last = max((line.position for line in whole.lines if line.kind != "custom"), default=0)
    rows = [
        line_row(line, call.new_id("il"), invoice_id=whole.row.id, position=position)
        for position, line in enumerate(custom, start=last + 1)
    ]
    await call.store.invoices.replace_custom_lines(whole.row.id, rows)
