"""Where a number comes from: raw time, rounding, rate, tax, total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from hoursmith_mcp.core.bills import FIXED_FEE
from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.durations import format_duration
from hoursmith_mcp.core.lines import Line, LinePart
from hoursmith_mcp.core.money import Money, format_percentage
from hoursmith_mcp.core.quantities import quantity_text
from hoursmith_mcp.core.rates import RateRecord
from hoursmith_mcp.core.rounding import rounding_text
from hoursmith_mcp.core.totals import Totals
from hoursmith_mcp.schemas.base import (
    AmountText,
    DateText,
    DecimalText,
    Hidden,
    OfMoney,
    PercentText,
    RateText,
    Unlisted,
)
from hoursmith_mcp.schemas.invoice_lines import TaxGroupOut, price_text, tax_group_out


class ExplainedEntry(OfMoney):
    """One entry's way into a line: raw time, what is billed of it, and at which rate."""

    id: str
    entry_date: DateText | None = None
    raw: str
    billed: str
    rate: RateText | None = None
    rate_level: Hidden[str] | None = None
    rate_since: Hidden[str] | None = None
    amount: AmountText | None = None


class ExplainedLine(OfMoney):
    """One line: its entries, its rounding, and quantity times price."""

    description: str
    rounding: str | None = None
    quantity: DecimalText
    unit_price: RateText | None = None
    amount: AmountText | None = None
    tax_rate: Unlisted[PercentText] | None = None
    entries: list[ExplainedEntry] = []


class Explanation(OfMoney):
    """Every step from the time that was logged to the total, as data and as text."""

    subject: str
    currency: Hidden[str] | None = None
    subtotal: AmountText | None = None
    discount_amount: Unlisted[AmountText] | None = None
    net: Unlisted[AmountText] | None = None
    tax_groups: Unlisted[list[TaxGroupOut]] | None = None
    total: AmountText | None = None
    lines: list[ExplainedLine]
    text: str
    warnings: Unlisted[list[str]] = []


def explain(
    subject: str,
    currency: str,
    lines: Sequence[Line],
    totals: Totals | None,
    *,
    rates: Mapping[str, RateRecord],
    days: Mapping[str, date],
    warnings: Sequence[str] = (),
) -> Explanation:
    """Explain lines and what they come to; `rates` and `days` are by the ids that parts hold.

    Without `totals` they are a part of an invoice: tax is for the whole, so only its rate is told.
    """
    shown = [_line(line, currency, rates, days) for line in lines]
    steps = [step for line in lines for step in _steps(line, currency, rates, days)]
    part = Explanation(
        subject=subject,
        currency=currency,
        total=Money(sum(line.amount_minor for line in lines), currency).text(),
        lines=shown,
        text="\n".join([*steps, *(_taxed(line) for line in lines)]),
        warnings=list(warnings),
    )
    if totals is None:
        return part
    return part.model_copy(
        update={
            "subtotal": Money(totals.lines_total, currency).text(),
            "discount_amount": Money(totals.discount, currency).text(),
            "net": Money(totals.net, currency).text(),
            "tax_groups": [tax_group_out(group, currency) for group in totals.tax_groups],
            "total": Money(totals.total, currency).text(),
            "text": "\n".join([*steps, *_sums(totals, currency)]),
        }
    )


def _taxed(line: Line) -> str:
    return f"Before tax; its rate is {format_percentage(line.tax_rate)}%"


def _line(
    line: Line, currency: str, rates: Mapping[str, RateRecord], days: Mapping[str, date]
) -> ExplainedLine:
    return ExplainedLine(
        description=line.description,
        rounding=rounding_text(line.rounding) if line.kind == "time" else None,
        quantity=quantity_text(line.quantity_e4),
        unit_price=price_text(line.unit_price_e4, currency),
        amount=Money(line.amount_minor, currency).text(),
        tax_rate=format_percentage(line.tax_rate),
        entries=[_entry(part, currency, rates, days) for part in line.parts if line.kind == "time"],
    )


def _entry(
    part: LinePart, currency: str, rates: Mapping[str, RateRecord], days: Mapping[str, date]
) -> ExplainedEntry:
    record = rates.get(part.rate_id) if part.rate_id is not None else None
    day = days.get(part.subject_id)
    return ExplainedEntry(
        id=part.subject_id,
        entry_date=day.isoformat() if day is not None else None,
        raw=format_duration(part.raw_seconds),
        billed=format_duration(part.billed_seconds),
        rate=price_text(record.rate, currency) if record is not None else None,
        rate_level=record.level.value if record is not None else None,
        rate_since=_since(record) if record is not None else None,
        amount=Money(part.amount_minor, currency).text(),
    )


def _since(record: RateRecord) -> str:
    return record.starts_on.isoformat() if record.starts_on is not None else "always"


def _whose(record: RateRecord) -> str:
    """Say whose rate it is, and since when."""
    rate = f"the {record.level.value.replace('_', ' and ')}'s rate"
    return rate if record.starts_on is None else f"{rate} since {describe_day(record.starts_on)}"


def _steps(
    line: Line, currency: str, rates: Mapping[str, RateRecord], days: Mapping[str, date]
) -> list[str]:
    price, amount = price_text(line.unit_price_e4, currency), Money(line.amount_minor, currency)
    quantity = f"{quantity_text(line.quantity_e4)} {line.unit}".rstrip()
    steps = [f"{line.description}: {quantity} × {price} = {amount.text()} {currency}"]
    if line.kind == "fee":
        project = line.description.removesuffix(FIXED_FEE)
        return [*steps, f"  fixed fee of {project}, charged once"]
    if line.kind != "time":
        return steps
    steps.append(f"  rounding: {rounding_text(line.rounding)}")
    for part in line.parts:
        day = days.get(part.subject_id)
        record = rates.get(part.rate_id) if part.rate_id is not None else None
        when = describe_day(day) if day is not None else part.subject_id
        step = f"  {when}: {format_duration(part.raw_seconds)} logged"
        step += f", {format_duration(part.billed_seconds)} billed"
        if record is not None:
            step += f" at {price_text(record.rate, currency)}, {_whose(record)}"
        steps.append(step)
    return steps


def _sums(totals: Totals, currency: str) -> list[str]:
    def money(minor: int) -> str:
        return f"{Money(minor, currency).text()} {currency}"

    steps = [f"Lines: {money(totals.lines_total)}"]
    if totals.discount:
        steps.append(f"Discount: -{money(totals.discount)}, net {money(totals.net)}")
    steps += [
        f"Tax {format_percentage(group.rate)}% of {money(group.net)}: {money(group.tax)}"
        for group in totals.tax_groups
        if group.tax
    ]
    return [*steps, f"Total: {money(totals.total)}"]
