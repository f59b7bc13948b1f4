"""Workbooks: each cell has its type, no text is computed, and nothing is left lying about."""

from __future__ import annotations

import io
import tempfile
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from corpus import CORPUS

from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.schemas.base import TextOf
from hoursmith_mcp.tables import workbook
from hoursmith_mcp.tables.columns import Column
from hoursmith_mcp.tables.workbook import Workbook

COLUMNS = (
    Column("id"),
    Column("unit_price", TextOf.DECIMAL),
    Column("starts_on", TextOf.DAY),
    Column("made_at", TextOf.INSTANT),
    Column("value"),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of temporary files, which is empty at the end."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def written(*rows: dict[str, Any]) -> bytes:
    """Return a workbook of rows."""
    form = Workbook("things", COLUMNS)
    try:
        begun = form.begin() + form.rows(rows)
        return begun + b"".join(form.end(len(rows), None))
    finally:
        form.close()


def read(whole: bytes) -> list[list[Any]]:
    """Return the cells of a workbook's only sheet, as a reader of other people's finds them."""
    book = openpyxl.load_workbook(io.BytesIO(whole))
    (sheet,) = book.worksheets
    return [list(row) for row in sheet.iter_rows()]


def test_a_cell_has_the_type_of_what_it_says(folder: Path) -> None:
    row = {
        "id": "te_1",
        "unit_price": "-1234.50",
        "starts_on": "2026-11-23",
        "made_at": "2026-11-23T10:15:30.000000Z",
        "value": True,
    }
    head, cells = read(written(row))
    titles = ["id", "unitPrice", "startsOn", "madeAt", "value"]
    assert [cell.value for cell in head] == titles
    assert [cell.value for cell in cells] == [
        "te_1",
        -1234.5,
        datetime(2026, 11, 23),
        datetime(2026, 11, 23, 10, 15, 30),
        True,
    ]
    forms = [cell.number_format for cell in cells]
    assert forms[1:4] == ["0.00", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"]
    assert not [*folder.iterdir()]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (7, 7),
        (-5400, -5400),
        (10**15, "1000000000000000"),
        (["a", "=b"], "a; =b"),
        ("12.50", "12.50"),
        (None, None),
    ],
)
def test_what_a_value_is_decides_where_its_column_does_not(value: Any, shown: Any) -> None:
    ((_, cells)) = read(written({"id": "1", "value": value}))
    found = next((cell.value for cell in cells if cell.column == len(COLUMNS)), None)
    assert (type(found), found) == (type(shown), shown)


@pytest.mark.parametrize("text", ["123456789012345.67", "9007199254740993", "0.1234567890123456"])
def test_a_number_that_would_lose_digits_stays_a_text(text: str) -> None:
    _, cells = read(written({"id": "1", "unit_price": text}))
    assert cells[1].value == text


@pytest.mark.parametrize(
    "text", ["0.00", "-0.01", "99999999999.9999", "19", "8.875", "0.123456789012345"]
)
def test_a_number_is_the_one_that_was_written(text: str) -> None:
    _, cells = read(written({"id": "1", "unit_price": text}))
    assert cells[1].data_type == "n"
    assert (cells[1].number_format == "General") == ("." not in text)
    assert f"{cells[1].value:.{len(text.partition('.')[2])}f}" == text


def test_days_that_no_spreadsheet_counts_stay_texts() -> None:
    row = {"id": "1", "starts_on": "1899-12-31", "made_at": "1800-01-01T00:00:00.000000Z"}
    _, cells = read(written(row))
    assert [cell.value for cell in cells[1:4]] == [None, *list(row.values())[1:]]
    for day, counted in (("1900-02-28", False), ("1900-03-01", True)):
        _, cells = read(written({"id": "1", "starts_on": day}))
        assert cells[2].is_date is counted


def test_no_text_is_computed_and_each_is_read_as_it_was() -> None:
    _, *rows = read(written(*({"id": str(place), "value": t} for place, t in enumerate(CORPUS))))
    cells = [row[-1] for row in rows]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert [cell.value for cell in cells] == [text_read(text) for text in CORPUS]


def text_read(text: str) -> str:
    """Return a text as the reader hands it out: it leaves the format's escapes as they are."""
    return text.replace("_x0041_", "_x005F_x0041_").replace("\r", "_x000D_")


def test_the_same_rows_make_the_same_bytes_whenever_they_are_written() -> None:
    rows = [{"id": str(place), "value": text} for place, text in enumerate(CORPUS)]
    whole = written(*rows)
    assert whole == written(*rows)
    made = openpyxl.load_workbook(io.BytesIO(whole)).properties
    assert made.created == made.modified == datetime(2000, 1, 1)
    with ZipFile(io.BytesIO(whole)) as opened:
        assert {one.date_time[0] for one in opened.infolist()} == {1980}


def test_what_no_sheet_or_cell_can_hold_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInput, match="CSV or NDJSON"):
        written({"id": "1", "value": "🕰" * 16_384})
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    assert len(read(written(*[{"id": "1"}] * 2))) == 3
    with pytest.raises(InvalidInput, match="room for 2 rows"):
        written(*[{"id": "1"}] * 3)
    assert not [*folder.iterdir()]


def test_as_much_as_the_format_takes_is_taken() -> None:
    sheet: Any = import_module("xlsxwriter.worksheet").Worksheet()
    assert (sheet.xls_rowmax, sheet.xls_strmax) == (
        workbook.MOST_ROWS + 1,
        workbook.MOST_CHARACTERS,
    )
    form = Workbook("time-2026-10-01-to-2026-10-15-by-project", COLUMNS)
    try:
        whole = form.begin() + b"".join(form.end(0, None))
    finally:
        form.close()
    assert openpyxl.load_workbook(io.BytesIO(whole)).sheetnames == [
        "time-2026-10-01-to-2026-10-15-b"
    ]
    _, cells = read(written({"id": "1", "value": "x" * workbook.MOST_CHARACTERS}))
    assert len(str(cells[-1].value)) == workbook.MOST_CHARACTERS
