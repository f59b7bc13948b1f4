"""From figures to a table: grouped, summed by currency, in order, and cut to a length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hoursmith_mcp.core.reports.figures import Figure, Key, Keys
from hoursmith_mcp.core.reports.kinds import IN_TIME, Grouping, with_owners

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
    first, the first of these measures deciding. Of a currency's rows beyond `most` one row is made:
    of the oldest where they follow time, of the smallest otherwise.
    """
    rows: dict[tuple[_Place, str | None], Row] = {}
    totals: dict[str | None, Row] = {}
    left: list[Row] = []
    for figure in figures:
        totals.setdefault(figure.currency, Row({}, figure.currency)).add(figure.values.items())
        if figure.others:
            left.append(Row({}, figure.currency, dict(figure.values), figure.others))
            continue
        found: list[Key | None] = [figure.keys.get(one) for one in groupings]
        place = tuple(None if key is None else (key.id or "", key.label) for key in found)
        row = rows.get((place, figure.currency))
        if row is None:
            keys = _keys(figure, groupings)
            row = rows[place, figure.currency] = Row(keys, figure.currency)
        row.add(figure.values.items())
    in_order = sorted(rows.values(), key=lambda row: _order(row, groupings, by))
    in_order.sort(key=lambda row: _times(row, groupings), reverse=True)
    kept = sorted(in_order[:most], key=lambda row: _times(row, groupings))
    by_currency = sorted(totals.values(), key=lambda row: row.currency or "")
    return Table([*kept, *_others([*in_order[most:], *left])], by_currency)


def _times(row: Row, groupings: Sequence[Grouping]) -> list[tuple[bool, str]]:
    return [_label(row, one) for one in groupings if one in IN_TIME]


def _keys(figure: Figure, groupings: Sequence[Grouping]) -> Keys:
    """Return what a group is of, and whose that is."""
    own = tuple(one for one in groupings if one in figure.keys)
    return {one: figure.keys[one] for one in with_owners(own) if one in figure.keys}


def _order(row: Row, groupings: Sequence[Grouping], by: Sequence[str]) -> tuple[object, ...]:
    names = [_label(row, one) for one in groupings if one not in IN_TIME]
    ids = [row.keys[one].id or "" for one in groupings if one in row.keys]
    largest = [-row.values.get(one, 0) for one in by]
    return row.currency or "", largest, names, ids


def _label(row: Row, grouping: Grouping) -> tuple[bool, str]:
    key = row.keys.get(grouping)
    return key is None, key.label.casefold() if key is not None else ""


def _others(left: Sequence[Row]) -> list[Row]:
    """Sum what is not listed, by currency."""
    found: dict[str, Row] = {}
    for row in sorted(left, key=lambda one: one.currency or ""):
        others = found.setdefault(row.currency or "", Row({}, row.currency))
        others.add(row.values.items())
        others.others += row.others or 1
    return list(found.values())
