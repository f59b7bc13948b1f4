"""What a draft will say, as plain data, and what has changed between two looks at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hoursmith_mcp.core.bills import Bill, OpenWork
from hoursmith_mcp.core.durations import format_duration
from hoursmith_mcp.core.grouping import GroupKey
from hoursmith_mcp.core.invoices import InvoiceStatus
from hoursmith_mcp.core.lines import Line
from hoursmith_mcp.core.money import Money, format_percentage, format_rate
from hoursmith_mcp.core.quantities import quantity_text
from hoursmith_mcp.core.rounding import rounding_text
from hoursmith_mcp.core.totals import Discount

LIVES_US = 24 * 3_600 * 1_000_000
"""How long a proposal can be made into an invoice, in microseconds."""

_SAME_IN_THE_ROW = (
    "client_id",
    "currency",
    "discount_amount",
    "discount_percent",
    "payment_terms_days",
    "po_number",
    "notes",
    "lines_total",
    "discount",
    "net",
    "tax",
    "total",
)

Difference = dict[str, str]
"""What changed, what it was and what it is now, in words."""


@dataclass(frozen=True)
class BillTo:
    """Whom an invoice is for, as it stands on it."""

    name: str
    address: str | None
    tax_number: str | None
    wants_po_number: bool = False


@dataclass(frozen=True)
class DraftTerms:
    """What a draft says beside its lines."""

    grouping: tuple[GroupKey, ...]
    discount: Discount | None
    bill_to: BillTo
    payment_terms_days: int | None
    po_number: str | None
    notes: str | None


def draft_content(work: OpenWork, bill: Bill, terms: DraftTerms) -> dict[str, Any]:
    """Return all that a draft will say, as JSON can hold it; equal drafts have equal contents."""
    discount = terms.discount
    totals = bill.totals
    return {
        "client_id": work.client_id,
        "currency": bill.currency,
        "grouping": list(terms.grouping),
        "discount_amount": discount.amount_minor if discount is not None else None,
        "discount_percent": discount.percent_e4 if discount is not None else None,
        "bill_to": {
            "name": terms.bill_to.name,
            "address": terms.bill_to.address,
            "tax_number": terms.bill_to.tax_number,
        },
        "payment_terms_days": terms.payment_terms_days,
        "po_number": terms.po_number,
        "notes": terms.notes,
        "entries": {time.id: work.versions[time.id] for time in work.times},
        "fees": sorted(fee.project_id for fee in work.fees),
        "shown": {
            time.id: [time.seconds, time.day.isoformat(), time.project_id] for time in work.times
        },
        "projects": {
            **{time.project_id: time.project for time in work.times},
            **{fee.project_id: fee.project for fee in work.fees},
        },
        "lines": [line_content(line) for line in bill.lines],
        "lines_total": totals.lines_total,
        "discount": totals.discount,
        "net": totals.net,
        "tax": totals.tax,
        "total": totals.total,
    }


def line_content(line: Line) -> dict[str, Any]:
    """Return what a line says and what it is made of, as JSON can hold it."""
    return {
        "kind": line.kind,
        "description": line.description,
        "project_id": line.project_id,
        "unit": line.unit,
        "quantity": line.quantity_e4,
        "unit_price": line.unit_price_e4,
        "amount": line.amount_minor,
        "tax_rate": line.tax_rate,
        "tax_category": line.tax_category,
        "raw_seconds": line.raw_seconds,
        "billed_seconds": line.billed_seconds,
        "rounding": rounding_text(line.rounding),
        "parts": [
            [
                part.subject_id,
                part.raw_seconds,
                part.billed_seconds,
                part.rate_id,
                part.amount_minor,
            ]
            for part in line.parts
        ],
    }


def line_row(line: Line, line_id: str, *, invoice_id: str, position: int) -> dict[str, Any]:
    """Return a line as a row, without its parts."""
    said = {name: value for name, value in line_content(line).items() if name != "parts"}
    return {"id": line_id, "invoice_id": invoice_id, "position": position, **said}


def draft_row(
    content: Mapping[str, Any], invoice_id: str, *, proposal_id: str | None = None
) -> dict[str, Any]:
    """Return a content as the row of a draft, on which nothing was paid yet."""
    bill_to = content["bill_to"]
    return {
        "id": invoice_id,
        "proposal_id": proposal_id,
        "status": InvoiceStatus.DRAFT.value,
        "grouped_by": ", ".join(content["grouping"]),
        "bill_to_name": bill_to["name"],
        "bill_to_address": bill_to["address"],
        "bill_to_tax_number": bill_to["tax_number"],
        "paid": 0,
        "refunded": 0,
        "credited": 0,
        "written_off": 0,
        **{name: content[name] for name in _SAME_IN_THE_ROW},
    }


def draft_rows(
    content: Mapping[str, Any], invoice_id: str, new_id: Callable[[str], str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the lines of a content as rows, and the claims that their parts make."""
    lines: list[dict[str, Any]] = []
    claims: list[dict[str, Any]] = []
    for position, line in enumerate(content["lines"], start=1):
        line_id = new_id("il")
        said = {name: value for name, value in line.items() if name != "parts"}
        lines.append({"id": line_id, "invoice_id": invoice_id, "position": position, **said})
        for subject_id, raw_seconds, billed_seconds, rate_id, amount in line["parts"]:
            claims.append(
                {
                    "line_id": line_id,
                    "subject_id": subject_id,
                    "invoice_id": invoice_id,
                    "subject_kind": "entry" if line["kind"] == "time" else line["kind"],
                    "raw_seconds": raw_seconds,
                    "billed_seconds": billed_seconds,
                    "rate_id": rate_id,
                    "amount": amount,
                }
            )
    return lines, claims


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """Return what two contents of one draft differ in, in the words of the trade.

    Entries themselves are not compared: whoever holds them knows better what became of each.
    """
    currency = str(before["currency"])
    found = [
        _difference(what, before[key], now[key])
        for key, what in (("currency", "currency"), ("payment_terms_days", "payment terms"))
    ]
    found += [
        _difference(f"bill-to {part.replace('_', ' ')}", before["bill_to"][part], value)
        for part, value in now["bill_to"].items()
    ]
    found += _line_differences(before["lines"], now["lines"], currency)
    found += [
        _difference(what, _money(before[key], currency), _money(now[key], str(now["currency"])))
        for key, what in (("discount", "discount"), ("tax", "tax"), ("total", "total"))
    ]
    return [one for one in found if one["was"] != one["now"]]


def entry_text(seconds: int, day: str, project: str) -> str:
    """Return what tells an entry from others, as a difference says it."""
    return f"{format_duration(seconds)} on {day}, {project}"


def proposed_entry(content: Mapping[str, Any], entry_id: str) -> str:
    """Return an entry as it was when a content was made."""
    seconds, day, project_id = content["shown"][entry_id]
    return entry_text(seconds, day, content["projects"][project_id])


def _line_differences(
    before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]], currency: str
) -> list[Difference]:
    was = [_line_text(line, currency) for line in before]
    are = [_line_text(line, currency) for line in now]
    if len(was) != len(are):
        return [_difference("lines", len(was), len(are))]
    return [
        _difference(f"line {place}", old, new)
        for place, (old, new) in enumerate(zip(was, are, strict=True), start=1)
    ]


def _line_text(line: Mapping[str, Any], currency: str) -> str:
    quantity, price = quantity_text(line["quantity"]), line["unit_price"]
    shown = format_rate(price, currency) if price >= 0 else f"-{format_rate(-price, currency)}"
    return (
        f"{line['description']}: {quantity} {line['unit']} × {shown} = "
        f"{_money(line['amount'], currency)}, tax {format_percentage(line['tax_rate'])}%, "
        f"rounding {line['rounding']}"
    )


def _money(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).text()} {currency}"


def _difference(what: str, was: Any, now: Any) -> Difference:
    return {"what": what, "was": _word(was), "now": _word(now)}


def _word(value: Any) -> str:
    return "none" if value is None else str(value)
