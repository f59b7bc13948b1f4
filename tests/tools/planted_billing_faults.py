"""Faults that billing might have one day, to be planted in the product: the machine must find them.

Each is as a hurried change would bring it: the rest of the product goes on as if nothing was wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from billing_oracle import half_away

from hoursmith_mcp.catalogue import load
from hoursmith_mcp.core import bills, lines
from hoursmith_mcp.core.invoices import Balance, InvoiceStatus, amount_due
from hoursmith_mcp.core.lines import Line
from hoursmith_mcp.core.money import currency_decimals
from hoursmith_mcp.core.rounding import RoundingPolicy, round_seconds
from hoursmith_mcp.core.shares import share
from hoursmith_mcp.core.totals import Discount, Totals, invoice_totals
from hoursmith_mcp.store.queries.claims import Claims
from hoursmith_mcp.store.queries.invoices import Invoices
from hoursmith_mcp.store.queries.payments import Payments
from hoursmith_mcp.store.session import Session

Plant = Callable[[pytest.MonkeyPatch], None]


def rounding_the_total_only(patch: pytest.MonkeyPatch) -> None:
    """Sum the lines exactly and round once, instead of summing what is printed."""

    def totals(billed: Sequence[Line], *, discount: Discount | None, currency: str) -> Totals:
        exact = sum(Fraction(one.quantity_e4 * one.unit_price_e4, 10**8) for one in billed)
        printed = sum(one.amount_minor for one in billed)
        off = half_away(exact * 10 ** currency_decimals(currency)) - printed
        carried = [
            replace(one, amount_minor=one.amount_minor + (off if one is billed[-1] else 0))
            for one in billed
        ]
        return invoice_totals(carried, discount=discount, currency=currency)

    patch.setattr(bills, "invoice_totals", totals)


def taxing_each_line(patch: pytest.MonkeyPatch) -> None:
    """Round the tax of each line, instead of once for each tax."""

    def totals(billed: Sequence[Line], *, discount: Discount | None, currency: str) -> Totals:
        right = invoice_totals(billed, discount=discount, currency=currency)
        if right.discount or len(right.tax_groups) != 1:
            return right
        rate = right.tax_groups[0].rate
        tax = sum(half_away(Fraction(one.amount_minor * rate, 10**6)) for one in billed)
        group = replace(right.tax_groups[0], tax=tax)
        return replace(right, tax_groups=(group,), tax=tax, total=right.net + tax)

    patch.setattr(bills, "invoice_totals", totals)


def rounding_entries_together(patch: pytest.MonkeyPatch) -> None:
    """Round the time of a line where each entry should be rounded."""

    def billed(raw_seconds: list[int], policy: RoundingPolicy) -> list[int]:
        return share(round_seconds(sum(raw_seconds), policy), raw_seconds)

    patch.setattr(lines, "_billed", billed)


def keeping_what_is_cancelled(patch: pytest.MonkeyPatch) -> None:
    """Keep the time of what is cancelled or deleted, so that it is never billed again."""

    async def release(_: Claims, invoice_id: str) -> None:
        """Forget to."""

    patch.setattr(Claims, "release", release)


def freeing_what_is_issued(patch: pytest.MonkeyPatch) -> None:
    """Free the time of an invoice when it is issued, so that it is billed twice."""
    update = Invoices.update

    async def freeing(invoices: Invoices, invoice_id: str, values: dict[str, Any]) -> Any:
        row = await update(invoices, invoice_id, values)
        if "number" in values:
            await Claims(_session(invoices)).release(invoice_id)
        return row

    patch.setattr(Invoices, "update", freeing)


def leaving_a_claim_behind(patch: pytest.MonkeyPatch) -> None:
    """Free the time of what is deleted or cancelled, and leave its claims as they are."""
    release = Claims.release
    change = Session.change

    async def half(claims: Claims, invoice_id: str) -> None:
        async def all_but_claims(session: Session, statement: Any, **parameters: Any) -> int:
            return 0 if "now" in parameters else await change(session, statement, **parameters)

        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Session, "change", all_but_claims)
            await release(claims, invoice_id)

    patch.setattr(Claims, "release", half)


def not_marking_what_is_billed(patch: pytest.MonkeyPatch) -> None:
    """Claim time and leave it among what is unbilled."""

    async def mark(_: Claims, claims: object) -> None:
        """Forget to."""

    patch.setattr(Claims, "_mark", mark)


def taking_too_much_money(patch: pytest.MonkeyPatch) -> None:
    """Let a payment be more than what is due."""
    payments = load().operations["record_payment"].function.__globals__

    def due(status: InvoiceStatus, account: Balance) -> int:
        return amount_due(status, account) + 1

    patch.setitem(payments, "amount_due", due)


def voiding_nothing(patch: pytest.MonkeyPatch) -> None:
    """Let a payment stand that was voided, though its amount is due again."""

    async def void(_: Payments, payment_id: str) -> None:
        """Forget to."""

    patch.setattr(Payments, "void", void)


def skipping_a_number(patch: pytest.MonkeyPatch) -> None:
    """Take every third place in the series for nothing."""
    next_in_series = Invoices.next_in_series

    async def skipping(invoices: Invoices) -> int:
        place = await next_in_series(invoices)
        return place if place % 3 else await next_in_series(invoices)

    patch.setattr(Invoices, "next_in_series", skipping)


FAULTS: tuple[Plant, ...] = (
    rounding_the_total_only,
    taxing_each_line,
    rounding_entries_together,
    keeping_what_is_cancelled,
    freeing_what_is_issued,
    leaving_a_claim_behind,
    not_marking_what_is_billed,
    taking_too_much_money,
    voiding_nothing,
    skipping_a_number,
)


def _session(invoices: Invoices) -> Session:
    session: Session = vars(invoices)["_session"]
    return session
