"""The table as a spreadsheet program opens it: LibreOffice, where it is installed."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from corpus import CORPUS

from hoursmith_mcp.tables.columns import Column
from hoursmith_mcp.tables.forms import CommaSeparated

OFFICE = shutil.which("soffice")
COLUMNS = (Column("id"), Column("value"), Column("again"))
PATIENCE_SECONDS = 180

pytestmark = [
    pytest.mark.ci,
    pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed"),
]


def formulas(table: Path) -> list[str]:
    """Return the formulas that LibreOffice finds in a table in CSV, opened as a person does."""
    words = [
        f"-env:UserInstallation={(table.parent / 'profile').as_uri()}",
        "--headless",
        "--infilter=CSV:44,34,UTF8,1",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(table.parent),
        str(table),
    ]
    subprocess.run([str(OFFICE), *words], check=True, timeout=PATIENCE_SECONDS, capture_output=True)
    (sheet,) = openpyxl.load_workbook(table.with_suffix(".xlsx")).worksheets
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > 2 * len(CORPUS)
    return [str(cell.value) for cell in cells if cell.data_type == "f"]


def test_it_finds_no_formula_where_there_were_many(tmp_path: Path) -> None:
    rows = [{"id": f"te_{n}", "value": t, "again": [t, t]} for n, t in enumerate(CORPUS)]
    for marked in (False, True):
        form = CommaSeparated("table", COLUMNS, marked=marked)
        guarded = tmp_path / f"guarded{marked}.csv"
        guarded.write_bytes(form.begin() + form.rows(rows) + b"".join(form.end(len(rows), None)))
        assert formulas(guarded) == []
    # The same texts without the guard are what it is for.
    bare = tmp_path / "bare.csv"
    with bare.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([f"te_{n}", text, text] for n, text in enumerate(CORPUS))
    assert len(formulas(bare)) > 2
