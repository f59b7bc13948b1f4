"""`hoursmith-mcp export` from end to end, within this process, which has everything loaded."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from conftest import url_of
from typer.testing import CliRunner

from hoursmith_mcp.cli.app import app


def test_a_list_is_a_whole_file_with_its_end_or_none(billed_file: Path, tmp_path: Path) -> None:
    house = tmp_path / "house.db"
    shutil.copy(billed_file, house)
    target = tmp_path / "clients.csv"
    settings = {"HOURSMITH_DATABASE_URL": url_of(house), "HOURSMITH_TOKEN": None}
    words = ["export", "clients", "-o", str(target)]
    done = CliRunner().invoke(app, words, env=settings)
    names, *rows, end = csv.reader(target.read_text("utf-8").splitlines())
    assert rows
    assert names[:2] == ["id", "name"]
    assert end[:2] == ["# end", str(len(rows))]
    said = f"{len(rows)} {'row' if len(rows) == 1 else 'rows'} in {target}.\n"
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", said)
    before = target.read_bytes()
    refused = CliRunner().invoke(app, [*words, "period=today"], env=settings)
    assert (refused.exit_code, "has no period" in refused.stderr) == (1, True)
    assert target.read_bytes() == before
    assert not [one.name for one in tmp_path.iterdir() if ".partial-" in one.name]


@pytest.mark.ci
def test_time_has_no_column_that_no_entry_fills(billed_file: Path, tmp_path: Path) -> None:
    house = tmp_path / "house.db"
    shutil.copy(billed_file, house)
    target = tmp_path / "time.csv"
    settings = {"HOURSMITH_DATABASE_URL": url_of(house), "HOURSMITH_TOKEN": None}
    CliRunner().invoke(app, ["export", "time", "-o", str(target)], env=settings)
    with target.open(newline="", encoding="utf-8") as file:
        names, *rows, _ = csv.reader(file)
    empty = {name for name, *cells in zip(names, *rows, strict=True) if not any(cells)}
    # What was logged there by hand is on no task, and no timer measured it.
    assert empty == {"task", "taskId", "startedAt", "stoppedAt"}
