"""From figures to a table: grouped, summed by currency, in order, and cut to a length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hoursmith_mcp.core.reports.figures import Figure, Key, Keys
from hoursmith_mcp.core.reports.kinds import IN_TIME, Grouping

_Place = tuple[tuple[str, str] | None, ...]


@dataclass
class Row:
    """A group or a total, with the sums of its measures; `others` is how many groups it stands for
    that are not listed."""

    keys: Keys
    currency: str | None
    values: dict[str, int] = field(default_factory=dict[str, int])
    others: int = 0

    def add(self, values: Iterable[tuple[str, int]]) -> None:
        """Add measures to the sums."""
        for name, value in values:
            self.values[name] = self.values.get(name, 0) + value


@dataclass(frozen=True)
class Table:
    """Groups in order, and a total for each currency, which is the sum of its rows."""

    rows: Sequence[Row]
    totals: Sequence[Row]


def tabulate(
    figures: Iterable[Figure], groupings: Sequence[Grouping], *, by: Sequence[str], most: int
) -> Table:
    """Group figures, and sum them by currency.

    Rows follow time where they are grouped by it, then currencies, then the largest of `by` come
    first, the first of these measures deciding. Of a currency's rows beyond `most` one row is made.
    """
    rows: dict[tuple[_Place, str | None], Row] = {}
    totals: dict[str | None, Row] = {}
    for figure in figures:
        found: list[Key | None] = [figure.keys.get(one) for one in groupings]
        place = tuple(None if key is None else (key.id or "", key.label) for key in found)
        row = rows.get((place, figure.currency))
        if row is None:
            keys = {one: key for one, key in zip(groupings, found, strict=True) if key is not None}
            row = rows[place, figure.currency] = Row(keys, figure.currency)
        row.add(figure.values.items())
        totals.setdefault(figure.currency, Row({}, figure.currency)).add(figure.values.items())
    in_order = sorted(rows.values(), key=lambda row: _order(row, groupings, by))
    by_currency = sorted(totals.values(), key=lambda row: row.currency or "")
    return Table(_cut(in_order, most), by_currency)


def _order(row: Row, groupings: Sequence[Grouping], by: Sequence[str]) -> tuple[object, ...]:
    times = [_label(row, one) for one in groupings if one in IN_TIME]
    names = [_label(row, one) for one in groupings if one not in IN_TIME]
    ids = [key.id or "" for key in row.keys.values()]
    largest = [-row.values.get(one, 0) for one in by]
    return times, row.currency or "", largest, names, ids


def _label(row: Row, grouping: Grouping) -> tuple[bool, str]:
    key = row.keys.get(grouping)
    return key is None, key.label.casefold() if key is not None else ""


def _cut(rows: Sequence[Row], most: int) -> list[Row]:
    kept, rest = list(rows[:most]), rows[most:]
    others: dict[str | None, list[Row]] = defaultdict(list)
    for row in rest:
        others[row.currency].append(row)
    for currency, left in sorted(others.items(), key=lambda one: one[0] or ""):
        row = Row({}, currency, others=len(left))
        for one in left:
            row.add(one.values.items())
        kept.append(row)
    return kept
