"""What another rate, or another rounding, changes of the work that is still open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from hoursmith_mcp.core.bills import OpenWork, bill_for
from hoursmith_mcp.core.grouping import DEFAULT_GROUPING


@dataclass(frozen=True)
class AmountChange:
    """What open work in one currency came to and comes to, in minor units, before tax."""

    currency: str
    before_minor: int
    after_minor: int


@dataclass(frozen=True)
class Repricing:
    """How many entries are billed differently, and what that makes of the amounts.

    Only currencies in which something changes are there.
    """

    entries: int
    amounts: tuple[AmountChange, ...]


@dataclass
class _Priced:
    """How each entry is billed (currency, seconds, price), and the sums by currency."""

    entries: dict[str, tuple[str, int, int]] = field(
        default_factory=dict[str, tuple[str, int, int]]
    )
    sums: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))


def repricing(before: Sequence[OpenWork], after: Sequence[OpenWork]) -> Repricing:
    """Compare the same open work at two looks; each is billed as an invoice of it would be."""
    was, now = _priced(before), _priced(after)
    changes = (
        AmountChange(currency, was.sums[currency], now.sums[currency])
        for currency in sorted({*was.sums, *now.sums})
    )
    return Repricing(
        entries=sum(was.entries.get(one) != how for one, how in now.entries.items()),
        amounts=tuple(one for one in changes if one.before_minor != one.after_minor),
    )


def _priced(works: Sequence[OpenWork]) -> _Priced:
    priced = _Priced()
    for work in works:
        if work.currency is None:
            continue
        bill = bill_for(work, work.currency, grouping=DEFAULT_GROUPING)
        priced.sums[work.currency] += bill.totals.lines_total
        for line in bill.lines:
            for part in line.parts:
                if line.kind == "time":
                    how = (work.currency, part.billed_seconds, line.unit_price_e4)
                    priced.entries[part.subject_id] = how
    return priced
