"""What a unit of work changed, row by row, so that undo can write it back.

A journal remembers each row as it was before it was first touched. At the unit's end it keeps, of a
row that was changed, what its columns were, and a digest of what they are: only while the row is
still like that was nothing built on it. A row that was made has a digest alone, so that making one
costs no statement.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Table

Values = Mapping[str, Any]

NOT_BY_ROW = frozenset(
    {
        "activity",
        "billing_claim",
        "confirmation",
        "event",
        "event_counter",
        "member",
        "proposal",
        "stored_answer",
    }
)
"""What tells of the business and is none of it; claims, which are told of as a whole; and people: a
journal is kept for ever, and nobody's name or address may be."""

CLAIM = "billing_claim"
"""The claims of an invoice are taken and let go together: their key is the invoice's id."""

_NO_CONTENT = frozenset(
    # Stamps, what follows from claims, and the count of issued invoices.
    {"organization_id", "version", "updated_at", "line_id", "fee_line_id", "invoice_sequence"}
)


class Place(NamedTuple):
    """Where a row is: its table, and the values of its primary key."""

    table: str
    key: tuple[Any, ...]

    @property
    def compared(self) -> Any:
        """The key as a statement compares it: its one value, or all of them."""
        first, *others = self.key
        return self.key if others else first


@dataclass(frozen=True)
class RowChange:
    """What became of one row: `before` is what changed of it, all of one that was deleted.

    `before` is None where the row was made, `digest` where it is gone.
    """

    place: Place
    before: Values | None
    digest: str | None


class Journal:
    """The rows that a unit has touched, in the order in which it first did."""

    def __init__(self) -> None:
        """Begin with none."""
        self.acts: list[list[RowChange]] = []
        self._begin()

    def _begin(self) -> None:
        self._befores: dict[Place, Values | None] = {}
        self._made: dict[Place, Values] = {}
        self._touched: set[Place] = set()
        self._claims: list[RowChange] = []

    def made(self, table: Table[Any], rows: Sequence[Values]) -> None:
        """Remember rows that are new."""
        for row in rows:
            place = place_of(table, row)
            if place in self._befores:
                self._touched.add(place)
            self._befores.setdefault(place, None)
            self._made[place] = row

    def found(self, table: Table[Any], rows: Sequence[Values]) -> None:
        """Remember rows as they are, before they are changed or deleted."""
        for row in rows:
            place = place_of(table, row)
            self._befores.setdefault(place, row)
            self._touched.add(place)

    def claims(self, invoice_id: str, *, let_go: str | None) -> None:
        """Remember that an invoice's claims were taken, or let go of subjects of this digest."""
        before = None if let_go is None else dict[str, Any]()
        self._claims.append(RowChange(Place(CLAIM, (invoice_id,)), before, let_go))

    @property
    def touched(self) -> Mapping[str, list[Place]]:
        """The places that must be read again, by table."""
        found: dict[str, list[Place]] = {}
        for place in self._touched:
            found.setdefault(place.table, []).append(place)
        return found

    def end_act(self, now: Mapping[Place, Values]) -> None:
        """Keep what became of every row, given what was touched as it is now."""
        found: list[RowChange] = []
        for place, before in self._befores.items():
            after = now.get(place) if place in self._touched else self._made[place]
            if before is None and after is None:
                continue
            kept = before if before is None or after is None else _changed(before, after)
            if kept is None or kept:
                found.append(RowChange(place, kept, digest(after) if after is not None else None))
        if found or self._claims:
            self.acts.append([*found, *self._claims])
        self._begin()


def place_of(table: Table[Any], row: Values) -> Place:
    """Return where a row of a table is."""
    return Place(table.name, tuple(row[column.name] for column in table.primary_key))


def digest(row: Values) -> str:
    """Return a short digest of what a row says, its stamps aside."""
    said = {name: value for name, value in row.items() if value is not None}
    text = json.dumps({name: said[name] for name in sorted(said.keys() - _NO_CONTENT)})
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_journal(acts: Sequence[Sequence[RowChange]]) -> str:
    """Write what became of rows, to be kept; nothing where none was touched."""
    parts = [
        [[change.place.table, change.place.key, change.before, change.digest] for change in act]
        for act in acts
    ]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")) if parts else ""


def read_journal(text: str) -> list[list[RowChange]]:
    """Read what was kept."""
    return [
        [RowChange(Place(table, tuple(key)), before, kept) for table, key, before, kept in act]
        for act in json.loads(text)
    ]


def _changed(before: Values, after: Values) -> dict[str, Any]:
    return {
        name: value
        for name, value in before.items()
        if name not in _NO_CONTENT and after[name] != value
    }
