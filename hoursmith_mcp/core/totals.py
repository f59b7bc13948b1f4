"""An invoice's totals: lines first, then the discount, then tax once per rate and category."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from hoursmith_mcp.core.lines import Line
from hoursmith_mcp.core.money import (
    PERCENT_SCALE,
    Money,
    divide_half_away,
    format_percentage,
    parse_amount,
    parse_percentage,
)
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.shares import share

_WHOLE_E4 = 100 * PERCENT_SCALE


@dataclass(frozen=True)
class Discount:
    """A discount on a whole invoice: minor units, or 1/10,000 of a percent of its lines.

    Raises Refusal where it is negative or over 100 %, and where both or neither are given.
    """

    amount_minor: int | None = None
    percent_e4: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no discount."""
        if (self.amount_minor is None) == (self.percent_e4 is None):
            raise Refusal("A discount is an amount or a percentage; give one of the two.")
        if (self.amount_minor or 0) < 0 or (self.percent_e4 or 0) < 0:
            raise Refusal("A discount is not negative; add a line for what comes on top.")
        if (self.percent_e4 or 0) > _WHOLE_E4:
            raise Refusal(
                f"A discount of {format_percentage(self.percent_e4 or 0)}% is over 100%; "
                "give at most 100%."
            )

    def of(self, lines_total: int) -> int:
        """Return the amount in minor units, a percentage rounded half away from zero."""
        if self.amount_minor is not None:
            return self.amount_minor
        return divide_half_away(lines_total * (self.percent_e4 or 0), _WHOLE_E4)


def parse_discount(text: str, currency: str) -> Discount:
    """Read a discount: "10%" of the lines, or an amount like "150.00" in a currency.

    Raises Refusal for what is neither, and for one that is negative or over 100 %.
    """
    if text.strip().endswith("%"):
        return Discount(percent_e4=parse_percentage(text))
    return Discount(amount_minor=parse_amount(text, currency).minor)


def stored_discount(amount_minor: int | None, percent_e4: int | None) -> Discount | None:
    """Return the discount that a row holds, or None where it has none."""
    if amount_minor is None and percent_e4 is None:
        return None
    return Discount(amount_minor=amount_minor, percent_e4=percent_e4)


@dataclass(frozen=True)
class TaxGroup:
    """What one tax category and rate (1/10,000 of a percent) is charged on; minor units.

    EN 16931 calls it a VAT breakdown (BG-23); `net` is its taxable amount (BT-116).
    """

    category: str
    rate: int
    lines_total: int
    discount: int
    net: int
    tax: int


@dataclass(frozen=True)
class Totals:
    """What an invoice comes to, in minor units of its one currency."""

    lines_total: int
    discount: int
    net: int
    tax_groups: tuple[TaxGroup, ...]
    tax: int
    total: int

    def __post_init__(self) -> None:
        """Make sure that the sums hold, as a whole and for each tax group."""
        assert self.lines_total - self.discount == self.net
        assert all(group.lines_total - group.discount == group.net for group in self.tax_groups)
        assert self.net + self.tax == self.total
        assert self.net == sum(group.net for group in self.tax_groups)
        assert self.tax == sum(group.tax for group in self.tax_groups)


def invoice_totals(lines: Iterable[Line], *, discount: Discount | None, currency: str) -> Totals:
    """Return the totals of lines in one currency, their tax groups by category, then rate.

    Lines are summed as they stand (EN 16931 BR-CO-10). The discount is spread over the tax groups
    by their lines, and tax is rounded once per group, half away from zero (BR-CO-17). Raises
    Refusal for a discount over the lines, and for a net or a total below zero.
    """
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for line in lines:
        sums[line.tax_category, line.tax_rate] += line.amount_minor
    keys = sorted(sums)
    lines_total = sum(sums.values())
    if lines_total < 0:
        raise _below_zero("lines", lines_total, currency)
    off = discount.of(lines_total) if discount else 0
    if off > lines_total:
        raise Refusal(
            f"The discount of {_text(off, currency)} is over the lines' total of "
            f"{_text(lines_total, currency)}; give at most that."
        )
    spread = share(off, [sums[key] for key in keys])
    groups = tuple(_group(key, sums[key], part) for key, part in zip(keys, spread, strict=True))
    net, tax = lines_total - off, sum(group.tax for group in groups)
    if net + tax < 0:
        raise _below_zero("total with tax", net + tax, currency)
    return Totals(lines_total, off, net, groups, tax, net + tax)


def _group(key: tuple[str, int], lines_total: int, discount: int) -> TaxGroup:
    category, rate = key
    net = lines_total - discount
    tax = divide_half_away(net * rate, _WHOLE_E4)
    return TaxGroup(category, rate, lines_total, discount, net, tax)


def _below_zero(what: str, minor: int, currency: str) -> Refusal:
    return Refusal(
        f"The invoice's {what} would be {_text(minor, currency)}, below zero; "
        "make the negative lines smaller."
    )


def _text(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).text()} {currency}"
