"""Unbilled work and proposed invoices, as callers see them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from hoursmith_mcp.core.bills import Bill, OpenWork
from hoursmith_mcp.core.drafts import DraftTerms
from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.exclusions import Exclusion
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.lines import Line
from hoursmith_mcp.core.money import Money
from hoursmith_mcp.core.periods import Period, describe_days
from hoursmith_mcp.schemas.base import AmountText, DecimalText, Hidden, InstantText, OfMoney
from hoursmith_mcp.schemas.invoice_lines import (
    InvoiceLineOut,
    TaxGroupOut,
    proposed_line,
    tax_group_out,
)

MOST_NAMED_ENTRIES = 50
"""How many entries a preview names one by one, among those it bills and those it leaves out."""


class LeftOut(OfMoney):
    """What an exclusion left out."""

    exclude: str
    entries: int
    hours: DecimalText
    fees: int | None = None
    entry_ids: list[str] | None = None


class ProposedLine(InvoiceLineOut):
    """A line of a preview, with the entries that it is made of."""

    entry_ids: list[str] | None = None


class ProposedInvoice(OfMoney):
    """What an invoice would say; create_invoice makes exactly that of the proposal."""

    proposal: str
    expires_at: InstantText
    client: str
    client_id: str
    bill_to_name: str
    bill_to_address: str | None = None
    payment_terms: int | None = None
    po_number: str | None = None
    notes: str | None = None
    period: str | None = None
    currency: Hidden[str] | None = None
    lines: list[ProposedLine]
    subtotal: AmountText | None = None
    discount_amount: AmountText | None = None
    tax_groups: list[TaxGroupOut]
    tax: AmountText | None = None
    total: AmountText | None = None
    entries: int
    hours: DecimalText
    left_out: list[LeftOut] = []
    warnings: list[str] = []
    available_actions: list[str] = []


class UnbilledClient(OfMoney):
    """What one client could be billed for now."""

    client: str
    client_id: str
    currency: Hidden[str] | None = None
    entries: int
    hours: DecimalText
    subtotal: AmountText | None = None
    tax: AmountText | None = None
    total: AmountText | None = None
    first_day: str | None = None
    last_day: str | None = None
    fees: int | None = None
    hours_without_rate: DecimalText | None = None
    lines: list[InvoiceLineOut] | None = None


class CurrencyTotal(OfMoney):
    """A sum in one currency; currencies are never added together."""

    currency: Hidden[str] | None = None
    total: AmountText | None = None


class UnbilledWork(OfMoney):
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
    warnings: Sequence[str] = (),
) -> ProposedInvoice:
    """Show what an invoice would say."""
    totals, currency = bill.totals, bill.currency
    return ProposedInvoice(
        proposal=proposal_id,
        expires_at=instant_text(expires_at_us),
        client=work.client,
        client_id=work.client_id,
        bill_to_name=terms.bill_to.name,
        bill_to_address=terms.bill_to.address,
        payment_terms=terms.payment_terms_days,
        po_number=terms.po_number,
        notes=terms.notes,
        period=describe_days(period) if period is not None else None,
        currency=currency,
        lines=[_line(line, currency, named=_few(len(work.times))) for line in bill.lines],
        subtotal=Money(totals.lines_total, currency).text(),
        discount_amount=Money(totals.discount, currency).text(),
        tax_groups=[tax_group_out(group, currency) for group in totals.tax_groups],
        tax=Money(totals.tax, currency).text(),
        total=Money(totals.total, currency).text(),
        entries=len(work.times),
        hours=hours_text(sum(time.seconds for time in work.times)),
        left_out=_left_out(exclusions),
        warnings=[*_warnings(work, terms, dated=period is not None), *warnings],
        available_actions=["create_invoice", "preview_invoice"],
    )


def _few(entries: int) -> bool:
    return entries <= MOST_NAMED_ENTRIES


def _line(line: Line, currency: str, *, named: bool) -> ProposedLine:
    shown = proposed_line(line, currency).model_dump()
    ids = [part.subject_id for part in line.parts] if named and line.kind == "time" else None
    return ProposedLine.model_validate({**shown, "entry_ids": ids})


def _left_out(exclusions: Sequence[Exclusion]) -> list[LeftOut]:
    named = _few(sum(len(one.entries) for one in exclusions))
    return [
        LeftOut(
            exclude=one.wanted,
            entries=len(one.entries),
            hours=hours_text(sum(entry.seconds for entry in one.entries)),
            fees=len(one.fees) or None,
            entry_ids=[entry.id for entry in one.entries] if named and one.entries else None,
        )
        for one in exclusions
    ]


def _warnings(work: OpenWork, terms: DraftTerms, *, dated: bool) -> list[str]:
    found: list[str] = []
    if dated:
        # A fee has no day: it is in every period until it is charged.
        found += [
            f"The fixed fee of {fee.project} is on it, whatever the days: "
            f"exclude={json.dumps([fee.project], ensure_ascii=False)} leaves it out."
            for fee in work.fees
        ]
    if not _few(len(work.times)) and "entry" not in terms.grouping:
        found.append(
            f'It bills {len(work.times)} entries, too many to name here: group_by="entry" or '
            "explain_amount shows them."
        )
    if any(time.rate == 0 for time in work.times):
        found.append("Some of the time has a rate of zero.")
    if terms.bill_to.address is None:
        found.append(f"{work.client} has no billing address yet (update_client).")
    if terms.po_number is None and terms.bill_to.wants_po_number:
        found.append(f"{work.client} wants a PO number on invoices: preview again with po_number.")
    return found
