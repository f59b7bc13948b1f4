"""Whether every invoice says what its lines come to, made again by the functions that made it.

All invoices are read in one pass, in order, so that a large house needs no more memory than a small
one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, text

from hoursmith_mcp.core.currencies import CURRENCIES
from hoursmith_mcp.core.lines import Line, line_amount, quantity_e4
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.totals import invoice_totals, stored_discount
from hoursmith_mcp.store.diagnosis.breach import BY_BACKUP, MOST_OF_A_KIND, Breach

_AT_A_TIME = 1_000
_ANEW = (
    "Delete the draft with delete_invoice, and make it again with preview_invoice and "
    "create_invoice."
)
_SUMS = ("lines_total", "discount", "net", "tax", "total")
_PARTS = ("amount", "raw_seconds", "billed_seconds")

# A line without parts was added by hand and claims nothing; what is not there counts as nothing.
_LINES = """
SELECT i.id AS invoice_id, i.number, i.currency, i.discount_amount, i.discount_percent,
    i.lines_total, i.discount, i.net, i.tax, i.total,
    l.id, l.kind, l.quantity, l.unit_price, l.amount, l.tax_rate, l.tax_category,
    l.raw_seconds, l.billed_seconds,
    c.amount AS claimed_amount, c.raw_seconds AS claimed_raw_seconds,
    c.billed_seconds AS claimed_billed_seconds
FROM invoice i LEFT JOIN invoice_line l ON l.invoice_id = i.id
LEFT JOIN (
    SELECT line_id, SUM(amount) AS amount, SUM(raw_seconds) AS raw_seconds,
        SUM(billed_seconds) AS billed_seconds FROM billing_claim GROUP BY line_id
) c ON c.line_id = l.id
ORDER BY i.id
"""


def broken_invoices(connection: Connection) -> Iterator[Breach]:
    """Yield where invoices and lines are not what they are made of, a few of each kind."""
    rows = connection.execute(text(_LINES), execution_options={"yield_per": _AT_A_TIME})
    found: Counter[str] = Counter()
    for _, of_invoice in groupby(rows, key=lambda row: row.invoice_id):
        for breach in _in_invoice(list(of_invoice)):
            found[breach.code] += 1
            if found[breach.code] <= MOST_OF_A_KIND:
                yield breach


def _in_invoice(rows: Sequence[Row[Any]]) -> Iterator[Breach]:
    first = rows[0]
    if first.currency not in CURRENCIES:  # That is a breach of its own; there is nothing to reckon.
        return
    way_out = BY_BACKUP if first.number is not None else _ANEW
    lines = [row for row in rows if row.id is not None]
    for row in lines:
        for code, message in _in_line(row):
            yield Breach(code, message, way_out)
    contradiction = _in_sums(first, [_line(row) for row in lines])
    if contradiction is not None:
        yield Breach("invoice.sums", contradiction, way_out)


def _in_line(row: Row[Any]) -> Iterator[tuple[str, str]]:
    amount = line_amount(row.quantity, row.unit_price, row.currency)
    if row.amount != amount:
        yield "line.amount", f"The line {row.id} says {row.amount}, and it is {amount}."
    hours = quantity_e4(row.billed_seconds)
    if row.kind == "time" and row.quantity != hours:
        yield (
            "line.quantity",
            f"The line {row.id} charges for {row.quantity} hours (in 1/10,000), and its time "
            f"comes to {hours}.",
        )
    of_line = {part: getattr(row, part) for part in _PARTS}
    if row.kind == "custom":
        of_line["amount"] = 0
    of_claims = {part: int(getattr(row, f"claimed_{part}") or 0) for part in _PARTS}
    for part in _PARTS:
        if of_line[part] != of_claims[part]:
            yield (
                "line.claims",
                f"The line {row.id} charges {part.replace('_', ' ')} of {of_line[part]} for what "
                f"it claims, and its claims come to {of_claims[part]}.",
            )
            return


def _in_sums(row: Row[Any], lines: Sequence[Line]) -> str | None:
    try:
        off = stored_discount(row.discount_amount, row.discount_percent)
        totals = invoice_totals(lines, discount=off, currency=row.currency)
    except Refusal as refusal:
        return f"The invoice {row.invoice_id} has sums that cannot be: {refusal}"
    for name in _SUMS:
        said, is_so = getattr(row, name), getattr(totals, name)
        if said != is_so:
            return (
                f"The invoice {row.invoice_id} says {name.replace('_', ' ')} {said}, and its lines "
                f"come to {is_so} (minor units)."
            )
    return None


def _line(row: Row[Any]) -> Line:
    """Return what the totals read of a line."""
    return Line(
        kind=row.kind,
        description="",
        project_id=None,
        unit="",
        quantity_e4=row.quantity,
        unit_price_e4=row.unit_price,
        amount_minor=row.amount,
        tax_rate=row.tax_rate,
        tax_category=row.tax_category,
    )
