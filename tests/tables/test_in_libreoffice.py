"""Tables as a spreadsheet program opens them: LibreOffice, where it is installed."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from corpus import CORPUS

from hoursmith_mcp.schemas.base import TextOf
from hoursmith_mcp.tables.columns import Column
from hoursmith_mcp.tables.forms import CommaSeparated, RowForm
from hoursmith_mcp.tables.workbook import Workbook

OFFICE = shutil.which("soffice")
COLUMNS = (Column("id"), Column("value"), Column("again"), Column("price", TextOf.DECIMAL))
ROWS: list[dict[str, Any]] = [
    {"id": f"te_{place}", "value": text, "again": [text, text], "price": "-12.50"}
    for place, text in enumerate(CORPUS)
]
AS_A_PERSON_OPENS_CSV = "--infilter=CSV:44,34,UTF8,1"
PATIENCE_SECONDS = 180

pytestmark = [
    pytest.mark.ci,
    pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed"),
]


def opened(folder: Path, files: dict[str, bytes], *words: str) -> dict[str, list[list[Any]]]:
    """Return the cells of each file as LibreOffice has them, by the files' names."""
    found = folder / "found"
    for name, content in files.items():
        (folder / name).write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    converting = ["--headless", *words, "--convert-to", "xlsx", "--outdir", str(found)]
    subprocess.run(
        [str(OFFICE), profile, *converting, *(str(folder / name) for name in files)],
        check=True,
        timeout=PATIENCE_SECONDS,
        capture_output=True,
    )
    return {name: cells(found / Path(name).with_suffix(".xlsx")) for name in files}


def cells(workbook: Path) -> list[list[Any]]:
    """Return the cells of a workbook's only sheet."""
    (sheet,) = openpyxl.load_workbook(workbook).worksheets
    return [list(row) for row in sheet.iter_rows()]


def formulas(rows: list[list[Any]]) -> list[str]:
    """Return what is computed."""
    return [str(cell.value) for row in rows for cell in row if cell.data_type == "f"]


def whole(form: RowForm) -> bytes:
    """Return the corpus in a form."""
    try:
        return form.begin() + form.rows(ROWS) + b"".join(form.end(len(ROWS), None))
    finally:
        form.close()


def test_it_computes_nothing_of_a_table_in_csv(tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    with bare.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([f"te_{n}", text, text] for n, text in enumerate(CORPUS))
    files = {
        "plain.csv": whole(CommaSeparated("table", COLUMNS)),
        "marked.csv": whole(CommaSeparated("table", COLUMNS, marked=True)),
        "bare.csv": bare.read_bytes(),
    }
    found = opened(tmp_path, files, AS_A_PERSON_OPENS_CSV)
    for name in ("plain.csv", "marked.csv"):
        head, *rows, end = found[name]
        assert [cell.value for cell in head] == ["id", "value", "again", "price"]
        assert [row[0].value for row in rows] == [row["id"] for row in ROWS]
        assert {row[3].value for row in rows} == {-12.5}, "a number below zero is none either"
        assert [cell.value for cell in end[:2]] == ["# end", len(ROWS)]
        assert formulas(found[name]) == []
    # The same texts without the guard are what it is for.
    assert len(formulas(found["bare.csv"])) > 2


def test_it_computes_nothing_of_a_workbook_and_reads_each_text_as_it_was(tmp_path: Path) -> None:
    found = opened(tmp_path, {"table.xlsx": whole(Workbook("table", COLUMNS))})
    head, *rows = found["table.xlsx"]
    assert [cell.value for cell in head] == ["id", "value", "again", "price"]
    assert formulas(found["table.xlsx"]) == []
    assert [same(row[1].value) for row in rows] == [same(text) for text in CORPUS]
    assert {row[3].value for row in rows} == {-12.5}


def same(text: str) -> str:
    """Return a text as the program hands it on: it knows one kind of line end."""
    return text.replace("_x005F_", "_").replace("_x000D_", "").replace("\r", "")
