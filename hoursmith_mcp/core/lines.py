"""An invoice's lines: time in groups, fees, and what somebody adds by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hoursmith_mcp.core.billable_time import (
    BillableTime,
    description_of,
    group_key,
    order_key,
)
from hoursmith_mcp.core.grouping import GroupKey
from hoursmith_mcp.core.money import RATE_SCALE, currency_decimals, divide_half_away
from hoursmith_mcp.core.quantities import QUANTITY_SCALE, parse_quantity
from hoursmith_mcp.core.refusal import Refusal, quoted
from hoursmith_mcp.core.rounding import RoundingPolicy, round_seconds
from hoursmith_mcp.core.shares import share

HOURS = "h"
_SECONDS_PER_HOUR = 3_600
# As many digits before the point as any amount may have.
_HIGHEST_AMOUNT = 10**12


LineKind = Literal["time", "fee", "expense", "custom"]


@dataclass(frozen=True)
class LinePart:
    """What one entry, or a fee, has of a line: raw and billed seconds, its rate, minor units."""

    subject_id: str
    raw_seconds: int
    billed_seconds: int
    rate_id: str | None
    amount_minor: int


@dataclass(frozen=True)
class Line:
    """A line with one unit price, one tax and one currency; parts, where it has any, sum to it.

    Quantity and unit price are at 1/10,000, the tax rate at 1/10,000 of a percent.
    """

    kind: LineKind
    description: str
    project_id: str | None
    unit: str
    quantity_e4: int
    unit_price_e4: int
    amount_minor: int
    tax_rate: int
    tax_category: str
    billed_seconds: int = 0
    raw_seconds: int = 0
    parts: tuple[LinePart, ...] = ()
    rounding: RoundingPolicy | None = None


def quantity_e4(billed_seconds: int) -> int:
    """Return seconds, 0 or more, as hours at 1/10,000, half-up."""
    return divide_half_away(billed_seconds * QUANTITY_SCALE, _SECONDS_PER_HOUR)


def line_amount(quantity_e4: int, unit_price_e4: int, currency: str) -> int:
    """Return quantity times unit price in minor units, rounded once, half away from zero.

    Both factors, at 1/10,000, are the printed ones, so that anybody can check the line by hand
    (in EN 16931 BT-131 is BT-129 times BT-146).
    """
    product = quantity_e4 * unit_price_e4 * 10 ** currency_decimals(currency)
    return divide_half_away(product, QUANTITY_SCALE * RATE_SCALE)


def time_lines(
    times: Iterable[BillableTime], *, grouping: Sequence[GroupKey], currency: str
) -> list[Line]:
    """Return the lines of entries, in the order of what they are grouped by.

    Within that order, and within a line, they go by project, task, day and id, so that the order
    of the entries given makes no difference. A group splits by unit price, tax and rounding.
    """
    groups: dict[Hashable, list[BillableTime]] = defaultdict(list)
    for time in sorted(times, key=lambda time: order_key(time, grouping)):
        priced = (time.rate, time.tax_rate, time.tax_category, time.policy)
        groups[group_key(time, grouping), priced].append(time)
    return [_time_line(group, grouping, currency) for group in groups.values()]


def fee_line(
    description: str,
    *,
    subject_id: str,
    project_id: str,
    fee_minor: int,
    currency: str,
    tax_rate: int,
    tax_category: str,
) -> Line:
    """Return the line of a fee, once and at its full amount in minor units; it is its only part."""
    return Line(
        kind="fee",
        description=description,
        project_id=project_id,
        unit="",
        quantity_e4=QUANTITY_SCALE,
        unit_price_e4=fee_minor * RATE_SCALE // 10 ** currency_decimals(currency),
        amount_minor=fee_minor,
        tax_rate=tax_rate,
        tax_category=tax_category,
        parts=(LinePart(subject_id, 0, 0, None, fee_minor),),
    )


def custom_line(
    description: str,
    *,
    quantity: str,
    unit_price_e4: int,
    currency: str,
    tax_rate: int,
    tax_category: str,
    unit: str = "",
    project_id: str | None = None,
) -> Line:
    """Return a line that bills no subject; a rebate is one below zero.

    Raises Refusal for a quantity that is no plain number or zero, and for an amount of more than
    twelve digits before the point.
    """
    size = parse_quantity(quantity)
    amount = line_amount(size, unit_price_e4, currency)
    if abs(amount) >= _HIGHEST_AMOUNT * 10 ** currency_decimals(currency):
        raise Refusal(f"The line {quoted(description)} comes to too much; write a smaller price.")
    return Line(
        kind="custom",
        description=description,
        project_id=project_id,
        unit=unit,
        quantity_e4=size,
        unit_price_e4=unit_price_e4,
        amount_minor=amount,
        tax_rate=tax_rate,
        tax_category=tax_category,
    )


def _time_line(group: list[BillableTime], grouping: Sequence[GroupKey], currency: str) -> Line:
    first = group[0]
    billed = _billed([time.seconds for time in group], first.policy)
    quantity = quantity_e4(sum(billed))
    amount = line_amount(quantity, first.rate, currency)
    return Line(
        kind="time",
        description=description_of(first, grouping),
        project_id=first.project_id if len({time.project_id for time in group}) == 1 else None,
        unit=HOURS,
        quantity_e4=quantity,
        unit_price_e4=first.rate,
        amount_minor=amount,
        tax_rate=first.tax_rate,
        tax_category=first.tax_category,
        billed_seconds=sum(billed),
        raw_seconds=sum(time.seconds for time in group),
        parts=tuple(
            LinePart(time.id, time.seconds, seconds, time.rate_id, minor)
            for time, seconds, minor in zip(group, billed, share(amount, billed), strict=True)
        ),
        rounding=first.policy,
    )


def _billed(raw_seconds: list[int], policy: RoundingPolicy) -> list[int]:
    if policy.per == "line":
        return share(round_seconds(sum(raw_seconds), policy), raw_seconds)
    return [round_seconds(seconds, policy) for seconds in raw_seconds]
