"""The forms in which rows are sent, one behind the other, each with an end to be looked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, get_args

from hoursmith_mcp.adapters.rest.answers import listed_field
from hoursmith_mcp.adapters.rest.cells import cell, columns
from hoursmith_mcp.adapters.rest.names import outward, rest_name
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.unit import compact_json

NDJSON = "application/x-ndjson"
CSV = "text/csv"
BY_ACCEPT = {"Vary": "Accept"}

Row = dict[str, Any]


class RowForm(Protocol):
    """What writes rows; whoever finds no end knows that some are missing."""

    @property
    def media_type(self) -> str:
        """What they are sent as."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """What else is said before them."""
        ...

    def begin(self) -> bytes:
        """Return what stands before all rows."""
        ...

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return rows, as operations answer with them."""
        ...

    def end(self, count: int, cursor: str | None) -> bytes:
        """Return what stands behind the last of so many; a cursor goes on where more are left."""
        ...

    def broken_off(self, count: int, cursor: str, problem: Row) -> bytes | None:
        """Return what stands where the rest cannot be had; None where only silence is left."""
        ...


class JsonLines:
    """One object in each line; the last one tells of the end, and is the only one that does."""

    def __init__(self) -> None:
        """Take nothing: a line has whatever a row has."""
        self.media_type = NDJSON
        self.headers = BY_ACCEPT

    def begin(self) -> bytes:
        """Return nothing: every line explains itself."""
        return b""

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return a line for each."""
        return b"".join(_line(outward(row)) for row in rows)

    def end(self, count: int, cursor: str | None) -> bytes:
        """Return the last line."""
        return _line({"end": True, "count": count, **_next(cursor)})

    def broken_off(self, count: int, cursor: str, problem: Row) -> bytes:
        """Return a last line that says why this is not the end."""
        return _line({"end": False, "count": count, **_next(cursor), "problem": problem})


class Table:
    """Comma-separated values (RFC 4180) below the names of their columns.

    The last row says how many were before it, and no other begins as it does: they begin with ids.
    """

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        """Take a name for the file, and those of the fields that there are columns for."""
        self._columns = columns
        self.media_type = f"{CSV}; charset=utf-8; header=present"
        self.headers = {
            **BY_ACCEPT,
            "Content-Disposition": f'attachment; filename="{name}.csv"',
        }

    def begin(self) -> bytes:
        """Return the row of names."""
        return _written([[rest_name(name) for name in self._columns]])

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return a row for each; a field that is absent is an empty cell."""
        columns = self._columns
        return _written([[cell(row.get(name)) for name in columns] for row in rows])

    def end(self, count: int, cursor: str | None) -> bytes:
        """Return the last row, as wide as any; where rows are left, it says from where to go on."""
        last = ["# end", str(count), *_next(cursor).values()]
        return _written([last + [""] * (len(self._columns) - len(last))])

    def broken_off(self, count: int, cursor: str, problem: Row) -> None:
        """Say nothing: a spreadsheet would show it as one row more."""
        return


def row_form(media_type: str, one: Operation, *, blind: bool) -> RowForm:
    """Return what writes the rows of a list, as those see it who see no money, or those who do."""
    if media_type == NDJSON:
        return JsonLines()
    (item,) = get_args(one.result.model_fields[listed_field(one.result) or ""].annotation)
    words = (one.rest or "").partition(" ")[2].split("/")
    name = "-".join(word for word in words if word and not word.startswith("{"))
    return Table(name, columns(item, blind=blind))


def _next(cursor: str | None) -> Row:
    return {"nextCursor": cursor} if cursor is not None else {}


def _line(data: Row) -> bytes:
    return f"{compact_json(data)}\n".encode()


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
