"""Unbilled work and proposed invoices, as callers see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hoursmith_mcp.core.bills import Bill, OpenWork
from hoursmith_mcp.core.drafts import DraftTerms
from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.exclusions import Exclusion
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.money import Money
from hoursmith_mcp.core.periods import Period, describe_period
from hoursmith_mcp.schemas.base import AmountText, Hidden, Public
from hoursmith_mcp.schemas.invoices import (
    InvoiceLineOut,
    TaxGroupOut,
    proposed_line,
    tax_group_out,
)


class LeftOut(Public):
    """What an exclusion left out."""

    exclude: str
    entries: int
    hours: str
    fees: int | None = None


class ProposedInvoice(Public):
    """What an invoice would say; create_invoice makes exactly that of the proposal."""

    proposal: str
    expires_at: str
    client: str
    client_id: str
    bill_to_name: str
    period: str | None = None
    currency: Hidden[str] | None = None
    lines: list[InvoiceLineOut]
    subtotal: AmountText | None = None
    discount_amount: AmountText | None = None
    tax_groups: list[TaxGroupOut]
    tax: AmountText | None = None
    total: AmountText | None = None
    entries: int
    hours: str
    left_out: list[LeftOut] = []
    warnings: list[str] = []
    available_actions: list[str] = []


class UnbilledClient(Public):
    """What one client could be billed for now."""

    client: str
    client_id: str
    currency: Hidden[str] | None = None
    entries: int
    hours: str
    subtotal: AmountText | None = None
    tax: AmountText | None = None
    total: AmountText | None = None
    first_day: str | None = None
    last_day: str | None = None
    fees: int | None = None
    hours_without_rate: str | None = None
    lines: list[InvoiceLineOut] | None = None


class CurrencyTotal(Public):
    """A sum in one currency; currencies are never added together."""

    currency: Hidden[str] | None = None
    total: AmountText | None = None


class UnbilledWork(Public):
    """What is billable and on no invoice, by client."""

    clients: list[UnbilledClient]
    totals: list[CurrencyTotal]
    period: str | None = None
    warnings: list[str] = []
    available_actions: list[str] = []


def currency_totals(totals: Mapping[str, int]) -> list[CurrencyTotal]:
    """Show sums in minor units, by currency."""
    return [
        CurrencyTotal(currency=currency, total=Money(minor, currency).text())
        for currency, minor in totals.items()
    ]


def proposed_invoice(
    proposal_id: str,
    work: OpenWork,
    bill: Bill,
    terms: DraftTerms,
    *,
    period: Period | None,
    exclusions: Sequence[Exclusion],
    expires_at_us: int,
) -> ProposedInvoice:
    """Show what an invoice would say."""
    totals, currency = bill.totals, bill.currency
    return ProposedInvoice(
        proposal=proposal_id,
        expires_at=instant_text(expires_at_us),
        client=work.client,
        client_id=work.client_id,
        bill_to_name=terms.bill_to.name,
        period=describe_period(period) if period is not None else None,
        currency=currency,
        lines=[proposed_line(line, currency) for line in bill.lines],
        subtotal=Money(totals.lines_total, currency).text(),
        discount_amount=Money(totals.discount, currency).text(),
        tax_groups=[tax_group_out(group, currency) for group in totals.tax_groups],
        tax=Money(totals.tax, currency).text(),
        total=Money(totals.total, currency).text(),
        entries=len(work.times),
        hours=hours_text(sum(time.seconds for time in work.times)),
        left_out=[
            LeftOut(
                exclude=one.wanted,
                entries=len(one.entries),
                hours=hours_text(sum(entry.seconds for entry in one.entries)),
                fees=len(one.fees) or None,
            )
            for one in exclusions
        ],
        warnings=_warnings(work, terms),
        available_actions=["create_invoice", "preview_invoice"],
    )


def _warnings(work: OpenWork, terms: DraftTerms) -> list[str]:
    found: list[str] = []
    if any(time.rate == 0 for time in work.times):
        found.append("Some of the time has a rate of zero.")
    if terms.bill_to.address is None:
        found.append(f"{work.client} has no billing address yet (update_client).")
    if terms.po_number is None and terms.bill_to.wants_po_number:
        found.append(f"{work.client} wants a PO number on invoices: preview again with po_number.")
    return found
