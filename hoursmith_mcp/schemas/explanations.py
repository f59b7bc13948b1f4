"""Where a number comes from: raw time, rounding, rate, tax, total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.durations import format_duration
from hoursmith_mcp.core.lines import Line, LinePart
from hoursmith_mcp.core.money import Money, format_percentage
from hoursmith_mcp.core.quantities import quantity_text
from hoursmith_mcp.core.rates import RateRecord
from hoursmith_mcp.core.rounding import rounding_text
from hoursmith_mcp.core.totals import Totals
from hoursmith_mcp.schemas.base import AmountText, Hidden, Public, RateText
from hoursmith_mcp.schemas.invoices import price_text


class ExplainedEntry(Public):
    """One entry's way into a line: raw time, what is billed of it, and at which rate."""

    id: str
    entry_date: str | None = None
    raw: str
    billed: str
    rate: RateText | None = None
    rate_level: Hidden[str] | None = None
    rate_since: Hidden[str] | None = None
    amount: AmountText | None = None


class ExplainedLine(Public):
    """One line: its entries, its rounding, and quantity times price."""

    description: str
    rounding: str | None = None
    quantity: str
    unit_price: RateText | None = None
    amount: AmountText | None = None
    entries: list[ExplainedEntry] = []


class Explanation(Public):
    """Every step from the time that was logged to the total, as data and as text."""

    subject: str
    currency: Hidden[str] | None = None
    total: AmountText | None = None
    lines: list[ExplainedLine]
    text: str


def explain(
    subject: str,
    currency: str,
    lines: Sequence[Line],
    totals: Totals | None,
    *,
    rates: Mapping[str, RateRecord],
    days: Mapping[str, date],
) -> Explanation:
    """Explain lines and what they come to; `rates` and `days` are by the ids that parts hold."""
    shown = [_line(line, currency, rates, days) for line in lines]
    steps = [step for line in lines for step in _steps(line, currency, rates, days)]
    if totals is not None:
        steps += _sums(totals, currency)
    whole = totals.total if totals is not None else sum(line.amount_minor for line in lines)
    return Explanation(
        subject=subject,
        currency=currency,
        total=Money(whole, currency).text(),
        lines=shown,
        text="\n".join(steps),
    )


def _line(
    line: Line, currency: str, rates: Mapping[str, RateRecord], days: Mapping[str, date]
) -> ExplainedLine:
    return ExplainedLine(
        description=line.description,
        rounding=rounding_text(line.rounding) if line.kind == "time" else None,
        quantity=quantity_text(line.quantity_e4),
        unit_price=price_text(line.unit_price_e4, currency),
        amount=Money(line.amount_minor, currency).text(),
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
    head = f"{line.description}: {quantity_text(line.quantity_e4)} {line.unit} × {price}".rstrip()
    steps = [f"{head} = {amount.text()} {currency}"]
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
