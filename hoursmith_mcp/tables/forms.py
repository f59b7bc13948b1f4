"""The forms in which rows are written, one behind the other, each with an end to be looked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from hoursmith_mcp.adapters.rest.names import outward
from hoursmith_mcp.schemas.exports import CSV, NDJSON
from hoursmith_mcp.tables.cells import cell
from hoursmith_mcp.tables.columns import Column
from hoursmith_mcp.unit import compact_json

BYTE_ORDER_MARK = "\ufeff".encode()
"""Tells old spreadsheets that a text is in UTF-8."""

LAST = "# end"
"""What the last row of comma-separated values begins with."""

Row = dict[str, Any]


class RowForm(Protocol):
    """What writes rows; whoever finds no end knows that some are missing."""

    @property
    def media_type(self) -> str:
        """What they are sent as."""
        ...

    @property
    def file_name(self) -> str | None:
        """Under which name a browser keeps them; None where it shows them."""
        ...

    def begin(self) -> bytes:
        """Return what stands before all rows."""
        ...

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Take rows, as operations answer with them, and return what can be sent by then."""
        ...

    def end(self, count: int, cursor: str | None) -> Iterable[bytes]:
        """Yield what is left after so many rows; a cursor goes on where there are more."""
        ...

    def broken_off(self, count: int, cursor: str, problem: Row) -> bytes | None:
        """Return what stands where the rest cannot be had; None where only silence is left."""
        ...

    def close(self) -> None:
        """Let go of what is held, wherever writing has ended."""
        ...


class JsonLines:
    """One object in each line; the last one tells of the end, and is the only one that does."""

    def __init__(self) -> None:
        """Take nothing: a line has whatever a row has."""
        self.media_type = NDJSON
        self.file_name = None

    def begin(self) -> bytes:
        """Return nothing: every line explains itself."""
        return b""

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return a line for each."""
        return b"".join(_line(outward(row)) for row in rows)

    def end(self, count: int, cursor: str | None) -> list[bytes]:
        """Return the last line."""
        return [_line({"end": True, "count": count, **_next(cursor)})]

    def broken_off(self, count: int, cursor: str, problem: Row) -> bytes:
        """Return a last line that says why this is not the end."""
        return _line({"end": False, "count": count, **_next(cursor), "problem": problem})

    def close(self) -> None:
        """Hold nothing."""


class CommaSeparated:
    """Comma-separated values (RFC 4180) below the names of their columns.

    The last row says how many were before it, and no other begins as it does: they begin with ids.
    """

    def __init__(self, name: str, columns: Sequence[Column], *, marked: bool = False) -> None:
        """Take a name for the file, its columns, and whether it begins with a byte order mark."""
        self._columns = columns
        self._marked = marked
        self.media_type = f"{CSV}; charset=utf-8; header=present"
        self.file_name = f"{name}.csv"

    def begin(self) -> bytes:
        """Return the row of names."""
        mark = BYTE_ORDER_MARK if self._marked else b""
        return mark + _written([[column.title for column in self._columns]])

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return a row for each; a field that is absent is an empty cell."""
        names = [column.name for column in self._columns]
        return _written([[cell(row.get(name)) for name in names] for row in rows])

    def end(self, count: int, cursor: str | None) -> list[bytes]:
        """Return the last row, as wide as any; where rows are left, it says from where to go on."""
        last = [LAST, str(count), *_next(cursor).values()]
        return [_written([last + [""] * (len(self._columns) - len(last))])]

    def broken_off(self, count: int, cursor: str, problem: Row) -> None:
        """Say nothing: a spreadsheet would show it as one row more."""
        return

    def close(self) -> None:
        """Hold nothing."""


def _next(cursor: str | None) -> Row:
    return {"nextCursor": cursor} if cursor is not None else {}


def _line(data: Row) -> bytes:
    return f"{compact_json(data)}\n".encode()


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
