"""The lines of invoices, and what tax is charged on them, as callers see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.lines import Line
from hoursmith_mcp.core.money import Money, format_percentage, format_rate
from hoursmith_mcp.core.quantities import quantity_text
from hoursmith_mcp.core.rounding import read_rounding
from hoursmith_mcp.core.totals import TaxGroup
from hoursmith_mcp.schemas.base import (
    AmountText,
    DateText,
    DecimalText,
    Hidden,
    InstantText,
    OfMoney,
    PercentText,
    RateText,
)

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.invoice_lines import InvoiceLineRow
    from hoursmith_mcp.store.tables import InvoiceLine


class InvoiceLineOut(OfMoney):
    """One line: quantity × unit price, rounded once, is its amount."""

    id: str | None = None
    kind: str
    description: str
    quantity: DecimalText
    unit: str
    unit_price: RateText | None = None
    amount: AmountText | None = None
    tax_rate: PercentText | None = None
    hours_logged: DecimalText | None = None
    entries: int | None = None


class BilledLine(InvoiceLineOut):
    """A line among those of all invoices."""

    invoice_id: str
    invoice_number: str | None = None
    status: str
    position: int
    client_id: str
    bill_to_name: str
    project_id: str | None = None
    currency: Hidden[str] | None = None
    issue_date: DateText | None = None
    created_at: InstantText


class InvoiceLinePage(OfMoney):
    """Lines of invoices, the latest first."""

    listed = "invoice_lines"

    invoice_lines: list[BilledLine]
    next_cursor: str | None = None


class TaxGroupOut(OfMoney):
    """What one tax rate is charged on."""

    tax_rate: PercentText | None = None
    net: AmountText | None = None
    tax: AmountText | None = None


def core_line(line: InvoiceLine) -> Line:
    """Return a stored line as the core knows it, without its parts."""
    kind: Any = line.kind
    return Line(
        kind=kind,
        description=line.description,
        project_id=line.project_id,
        unit=line.unit,
        quantity_e4=line.quantity,
        unit_price_e4=line.unit_price,
        amount_minor=line.amount,
        tax_rate=line.tax_rate,
        tax_category=line.tax_category,
        billed_seconds=line.billed_seconds,
        raw_seconds=line.raw_seconds,
        rounding=read_rounding(line.rounding),
    )


def price_text(unit_price_e4: int, currency: str) -> str:
    """Return a unit price, which a rebate has below zero."""
    sign = "-" if unit_price_e4 < 0 else ""
    return sign + format_rate(abs(unit_price_e4), currency)


def proposed_line(line: Line, currency: str) -> InvoiceLineOut:
    """Show a line that is not stored yet."""
    return InvoiceLineOut(
        kind=line.kind,
        description=line.description,
        quantity=quantity_text(line.quantity_e4),
        unit=line.unit,
        unit_price=price_text(line.unit_price_e4, currency),
        amount=Money(line.amount_minor, currency).text(),
        tax_rate=format_percentage(line.tax_rate),
        hours_logged=hours_text(line.raw_seconds) if line.kind == "time" else None,
        entries=len(line.parts) if line.kind == "time" else None,
    )


def line_out(
    line: InvoiceLine | InvoiceLineRow, currency: str, entries: int | None
) -> InvoiceLineOut:
    """Show a stored line, and how many entries it bills."""
    return InvoiceLineOut(
        id=line.id,
        kind=line.kind,
        description=line.description,
        quantity=quantity_text(line.quantity),
        unit=line.unit,
        unit_price=price_text(line.unit_price, currency),
        amount=Money(line.amount, currency).text(),
        tax_rate=format_percentage(line.tax_rate),
        hours_logged=hours_text(line.raw_seconds) if line.kind == "time" else None,
        entries=entries,
    )


def billed_line(row: InvoiceLineRow, entries: int | None) -> BilledLine:
    """Show a line with the invoice that it is on, and how many entries it bills."""
    shown = line_out(row, row.currency, entries if row.kind == "time" else None)
    return BilledLine(
        **dict(shown),
        invoice_id=row.invoice_id,
        invoice_number=row.number,
        status=row.status,
        position=row.position,
        client_id=row.client_id,
        bill_to_name=row.bill_to_name,
        project_id=row.project_id,
        currency=row.currency,
        issue_date=row.issue_date,
        created_at=instant_text(row.created_at),
    )


def tax_group_out(group: TaxGroup, currency: str) -> TaxGroupOut:
    """Show what one tax rate is charged on."""
    return TaxGroupOut(
        tax_rate=format_percentage(group.rate),
        net=Money(group.net, currency).text(),
        tax=Money(group.tax, currency).text(),
    )
