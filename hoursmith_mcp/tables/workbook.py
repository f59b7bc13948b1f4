"""A table as a workbook of a spreadsheet program (XLSX), written row by row in little memory.

Every cell has its type: a text is stored as a text, so nothing in it is ever computed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hoursmith_mcp.errors import InvalidInput, Unavailable
from hoursmith_mcp.schemas.base import TextOf
from hoursmith_mcp.schemas.exports import XLSX
from hoursmith_mcp.schemas.json_values import is_array
from hoursmith_mcp.tables.cells import together
from hoursmith_mcp.tables.columns import Column

PIECE_BYTES = 65_536

MOST_ROWS = 1_048_575
"""Below the names of the columns; more are on no sheet of the format."""

MOST_CHARACTERS = 32_767
MOST_DIGITS = 15
"""How many of a number a spreadsheet keeps: it reckons in floating point."""

MOST_NAME_CHARACTERS = 31
WIDTHS = {None: 18, TextOf.DECIMAL: 12, TextOf.DAY: 12, TextOf.INSTANT: 20}
DAY_FORM, INSTANT_FORM = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
FIRST_DAY = date(1900, 3, 1)
"""Before it spreadsheets differ in how they count days."""

# The same rows make the same bytes, whenever they are written.
MADE_AT = datetime(2000, 1, 1, tzinfo=UTC)


class Workbook:
    """One sheet: names of columns that stay in view, and a row for each.

    It has no row of its own for the end: a workbook that is not whole cannot be opened at all.
    """

    def __init__(self, name: str, columns: Sequence[Column]) -> None:
        """Take a name for the file and its sheet, and the columns."""
        self._name = name
        self._columns = columns
        self._count = 0
        self._forms: dict[str, Any] = {}
        self._held = ExitStack()
        self.media_type = XLSX
        self.file_name = f"{name}.xlsx"

    def begin(self) -> bytes:
        """Begin the sheet in a folder of its own, and return nothing yet."""
        with _writing():
            folder = self._held.enter_context(TemporaryDirectory(prefix="hoursmith-"))
            self._path = Path(folder) / "whole.xlsx"
            options = {"constant_memory": True, "tmpdir": folder}
            self._book: Any = _library().Workbook(self._path, options)
            self._book.set_properties({"created": MADE_AT})
            self._sheet: Any = self._book.add_worksheet(self._name[:MOST_NAME_CHARACTERS])
            self._held.callback(self._sheet.row_data_fh.close)
        bold = self._book.add_format({"bold": True})
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, WIDTHS[column.text_of])
            self._sheet.write_string(0, place, column.title, bold)
        self._sheet.freeze_panes(1, 0)
        return b""

    def rows(self, rows: Sequence[dict[str, Any]]) -> bytes:
        """Write a row for each, and return nothing yet.

        Raises InvalidInput for more than a sheet can hold, and Unavailable without room for it.
        """
        with _writing():
            for row in rows:
                self._count += 1
                if self._count > MOST_ROWS:
                    raise InvalidInput(
                        f"A sheet has room for {MOST_ROWS} rows, and there are more: filter them, "
                        "or take CSV or NDJSON."
                    )
                for place, column in enumerate(self._columns):
                    self._put(place, column, row.get(column.name))
        return b""

    def end(self, count: int, cursor: str | None) -> Iterator[bytes]:
        """Make the workbook, and yield it in pieces; raises Unavailable without room for it."""
        with _writing():
            self._book.close()
            with self._path.open("rb") as whole:
                while piece := whole.read(PIECE_BYTES):
                    yield piece

    def broken_off(self, count: int, cursor: str, problem: dict[str, Any]) -> None:
        """Say nothing: of half a workbook nothing can be read."""
        return

    def close(self) -> None:
        """Remove what was written, whole or not."""
        self._held.close()

    def _put(self, place: int, column: Column, value: Any) -> None:
        """Write a value into a cell of the present row."""
        sheet, at = self._sheet, self._count
        if isinstance(value, bool):
            sheet.write_boolean(at, place, value)
        elif isinstance(value, int):
            self._put_number(place, str(value))
        elif is_array(value):
            self._put_text(place, together(value))
        elif value is not None:
            self._put_written(place, column.text_of, value)

    def _put_written(self, place: int, text_of: TextOf | None, text: str) -> None:
        if text_of is TextOf.DECIMAL:
            self._put_number(place, text)
        elif text_of is TextOf.DAY and (day := date.fromisoformat(text)) >= FIRST_DAY:
            self._sheet.write_datetime(self._count, place, day, self._form(DAY_FORM))
        elif text_of is TextOf.INSTANT and (at := datetime.fromisoformat(text)).date() >= FIRST_DAY:
            plain = at.astimezone(UTC).replace(tzinfo=None)
            self._sheet.write_datetime(self._count, place, plain, self._form(INSTANT_FORM))
        else:
            self._put_text(place, text)

    def _put_number(self, place: int, text: str) -> None:
        """Write a number, with its decimals; one that would lose digits stays a text."""
        whole, _, decimals = text.partition(".")
        digits = f"{whole}{decimals}".lstrip("-0")
        if len(digits) > MOST_DIGITS:
            self._put_text(place, text)
            return
        form = self._form(f"0.{'0' * len(decimals)}") if decimals else None
        self._sheet.write_number(self._count, place, float(text), form)

    def _put_text(self, place: int, text: str) -> None:
        if len(text.encode("utf-16-le")) // 2 > MOST_CHARACTERS:
            raise InvalidInput(
                f"A cell has room for {MOST_CHARACTERS} characters, and one text is longer: take "
                "CSV or NDJSON."
            )
        if text.startswith("<r>"):
            # The library takes such a text for its own mark-up, and would not escape it.
            plain = self._form("General")
            self._sheet.write_rich_string(self._count, place, text[:1], plain, text[1:])
            return
        self._sheet.write_string(self._count, place, text)

    def _form(self, form: str) -> Any:
        if form not in self._forms:
            self._forms[form] = self._book.add_format({"num_format": form})
        return self._forms[form]


def _library(part: str = "") -> Any:
    """Load the library, which is untyped, when a workbook is wanted."""
    return import_module(f"xlsxwriter.{part}" if part else "xlsxwriter")


@contextmanager
def _writing() -> Generator[None]:
    """Raise Unavailable where the disk has no room, or cannot be written to."""
    try:
        yield
    except (OSError, _library("exceptions").FileCreateError) as error:
        raise Unavailable(
            "The workbook could not be written: is there room for temporary files? CSV and NDJSON "
            "need none."
        ) from error
