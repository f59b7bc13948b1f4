"""What an invoice must come to, worked out in fractions from the rules of the trade alone.

Nothing here knows the product's code: hours, rates and percentages are exact fractions, and each
rule is written as it is told. Amounts are minor units of a currency with that many decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor


@dataclass(frozen=True)
class Worked:
    """Time that was worked: hourly rate in the currency's unit, tax in percent, days as ISO text.

    `rounding` is minutes, "up", "nearest" or "down", and per "entry" or "line".
    """

    id: str
    project: str
    task: str | None
    member: str
    date: str
    note: str
    seconds: int
    rate: Fraction
    tax: Fraction
    category: str
    rounding: tuple[int, str, str]


@dataclass(frozen=True)
class OracleLine:
    """A line; parts are (entry, billed seconds, minor units)."""

    group: tuple[object, ...]
    quantity: Fraction
    price: Fraction
    amount: int
    tax: Fraction
    category: str
    billed_seconds: int = 0
    parts: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True)
class OracleTotals:
    """The end of an invoice; `taxes` is (category, percent) -> (net, tax)."""

    lines: int
    discount: int
    net: int
    taxes: dict[tuple[str, Fraction], tuple[int, int]]
    tax: int
    total: int


def half_away(number: Fraction) -> int:
    """Round to a whole number, a half away from zero."""
    return floor(number + Fraction(1, 2)) if number >= 0 else ceil(number - Fraction(1, 2))


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Share by weight: whole units first, then a unit each where most is missing."""
    whole = sum(weights)
    sign = -1 if total < 0 else 1
    if not whole:
        due = [Fraction(0) for _ in weights]
        if weights:
            due[weights.index(max(weights))] = Fraction(abs(total))
    else:
        due = [Fraction(abs(total) * weight, whole) for weight in weights]
    shares = [floor(part) for part in due]
    while sum(shares) < abs(total):
        missing = [part - share for part, share in zip(due, shares, strict=True)]
        most = max(range(len(due)), key=lambda place: (missing[place], weights[place], -place))
        shares[most] += 1
    return [sign * share for share in shares]


def rounded(seconds: int, minutes: int, way: str) -> int:
    """Round time to minutes; none leave it as it is."""
    if not minutes:
        return seconds
    pieces = Fraction(seconds, minutes * 60)
    if way == "up":
        return ceil(pieces) * minutes * 60
    return (floor(pieces) if way == "down" else half_away(pieces)) * minutes * 60


def oracle_lines(
    worked: Sequence[Worked], grouping: Sequence[str], decimals: int
) -> list[OracleLine]:
    """Return the lines of time, in no order that matters; their parts by project, task, day, id."""
    by_line: dict[tuple[object, ...], list[Worked]] = {}
    for one in worked:
        group = tuple(one.id if key == "entry" else getattr(one, key) for key in grouping)
        key = (group, one.rate, one.tax, one.category, one.rounding)
        by_line.setdefault(key, []).append(one)
    return [_line(entries, grouping, decimals) for entries in by_line.values()]


def oracle_amount(quantity: Fraction, price: Fraction, decimals: int) -> int:
    """Return what a quantity costs, rounded once."""
    return half_away(quantity * price * 10**decimals)


def oracle_totals(
    lines: Sequence[OracleLine],
    *,
    off: int | None = None,
    percent: Fraction | None = None,
) -> OracleTotals | None:
    """Return the totals, the discount being minor units or a percentage; none where it cannot be.

    Lines first, then the discount by tax group, then tax once per group.
    """
    sums: dict[tuple[str, Fraction], int] = {}
    for line in lines:
        kind = (line.category, line.tax)
        sums[kind] = sums.get(kind, 0) + line.amount
    whole = sum(sums.values())
    discount = half_away(whole * percent / 100) if percent is not None else off or 0
    if not 0 <= discount <= whole:
        return None
    kinds = sorted(sums)
    nets = [
        sums[kind] - part
        for kind, part in zip(kinds, spread(discount, [sums[kind] for kind in kinds]), strict=True)
    ]
    taxes = {
        kind: (net, half_away(net * kind[1] / 100)) for kind, net in zip(kinds, nets, strict=True)
    }
    tax = sum(amount for _, amount in taxes.values())
    total = whole - discount + tax
    if total < 0:
        return None
    return OracleTotals(whole, discount, whole - discount, taxes, tax, total)


def _line(entries: list[Worked], grouping: Sequence[str], decimals: int) -> OracleLine:
    entries = sorted(
        entries, key=lambda one: (one.project, one.task is None, one.task or "", one.date, one.id)
    )
    first = entries[0]
    minutes, way, per = first.rounding
    raw = [one.seconds for one in entries]
    if per == "line":
        billed = spread(rounded(sum(raw), minutes, way), raw)
    else:
        billed = [rounded(seconds, minutes, way) for seconds in raw]
    quantity = Fraction(half_away(Fraction(sum(billed), 3600) * 10_000), 10_000)
    amount = oracle_amount(quantity, first.rate, decimals)
    return OracleLine(
        group=tuple(first.id if key == "entry" else getattr(first, key) for key in grouping),
        quantity=quantity,
        price=first.rate,
        amount=amount,
        tax=first.tax,
        category=first.category,
        billed_seconds=sum(billed),
        parts=tuple(
            (one.id, seconds, minor)
            for one, seconds, minor in zip(entries, billed, spread(amount, billed), strict=True)
        ),
    )
