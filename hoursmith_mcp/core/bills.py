"""What a client could be billed for, and the bill that comes of it: one function for all doors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hoursmith_mcp.core.billable_time import BillableTime, OpenTime
from hoursmith_mcp.core.grouping import DEFAULT_GROUPING, GroupKey
from hoursmith_mcp.core.lines import Line, fee_line, time_lines
from hoursmith_mcp.core.totals import Discount, Totals, invoice_totals

STANDARD_RATE = "S"
ZERO_RATED = "Z"
FIXED_FEE = " · fixed fee"
"""What follows the project's name in the description of its fee's line."""


@dataclass(frozen=True)
class Fee:
    """A fixed fee that was not charged yet, in minor units; the project is its subject."""

    project_id: str
    project: str
    amount_minor: int


@dataclass(frozen=True)
class Unpriced(OpenTime):
    """An entry that no rate in its client's currency covers."""


@dataclass(frozen=True)
class OpenWork:
    """Everything of one client that is billable and on no live invoice.

    `versions` holds the version of each entry, so that a later look can tell what was changed.
    """

    client_id: str
    client: str
    currency: str | None
    tax_rate: int
    times: tuple[BillableTime, ...] = ()
    unpriced: tuple[Unpriced, ...] = ()
    fees: tuple[Fee, ...] = ()
    versions: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def tax_category(self) -> str:
        """The tax category of its lines (UNCL5305): standard, or zero-rated without tax."""
        return tax_category(self.tax_rate)


@dataclass(frozen=True)
class Bill:
    """The lines of a bill and what they come to."""

    currency: str
    lines: tuple[Line, ...]
    totals: Totals


def tax_category(tax_rate: int) -> str:
    """Return the tax category of a rate (UNCL5305): S where there is tax, Z where there is none."""
    return STANDARD_RATE if tax_rate else ZERO_RATED


def bill_for(
    work: OpenWork,
    currency: str,
    *,
    grouping: Sequence[GroupKey],
    discount: Discount | None = None,
    others: Sequence[Line] = (),
) -> Bill:
    """Return the bill for open work: its time in groups, then its fees, then other lines.

    Raises Refusal for a discount over the lines and a total below zero.
    """
    lines = [
        *time_lines(work.times, grouping=grouping, currency=currency),
        *(
            fee_line(
                f"{fee.project}{FIXED_FEE}",
                subject_id=fee.project_id,
                project_id=fee.project_id,
                fee_minor=fee.amount_minor,
                currency=currency,
                tax_rate=work.tax_rate,
                tax_category=work.tax_category,
            )
            for fee in sorted(work.fees, key=lambda fee: (fee.project.casefold(), fee.project_id))
        ),
        *others,
    ]
    return Bill(currency, tuple(lines), invoice_totals(lines, discount=discount, currency=currency))


def standard_bill(work: OpenWork) -> Bill | None:
    """Return the bill that open work would come to as it stands; none without a currency."""
    if work.currency is None:
        return None
    return bill_for(work, work.currency, grouping=DEFAULT_GROUPING)


def standard_totals(works: Iterable[OpenWork]) -> dict[str, int]:
    """Return what open work would come to, tax included, in minor units by currency."""
    return bill_totals(standard_bill(work) for work in works)


def bill_totals(bills: Iterable[Bill | None]) -> dict[str, int]:
    """Return what bills come to, tax included, in minor units by currency."""
    totals: dict[str, int] = defaultdict(int)
    for bill in bills:
        if bill is not None:
            totals[bill.currency] += bill.totals.total
    return dict(sorted(totals.items()))
