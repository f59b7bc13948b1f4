"""`hoursmith-mcp export`, as people and scripts use it; as a process where it ends ill."""

from __future__ import annotations

import csv
import json
import os
import pty
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest
from cli_processes import COMMAND, environment
from typer.testing import CliRunner, Result

from hoursmith_mcp.cli.app import app

pytestmark = pytest.mark.ci

MANY = 4_000
FOR_SECONDS = 60_000
"""Rows whose writing takes longer than to interrupt it."""
PATIENCE_SECONDS = 60


def run(folder: Path, *words: str) -> Result:
    """Run a command within this process, which has everything loaded."""
    return CliRunner().invoke(app, [*words], env=environment(folder))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database in which two hours were logged."""
    folder = tmp_path_factory.mktemp("built")
    run(folder, "call", "create_client", "name=Acme", "currency=EUR")
    run(folder, "call", "create_project", "client=Acme", "name=Site")
    for note in ("=1+1", "Homepage"):
        run(folder, "call", "log_time", "project=Site", "duration=1h", f"note={note}")
    return folder / "house.db"


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """Return a folder with a house of one's own."""
    shutil.copy(built, tmp_path)
    return tmp_path


def test_a_list_is_written_in_each_format(folder: Path) -> None:
    files = {form: folder / f"time.{form}" for form in ("csv", "ndjson", "xlsx")}
    for file in files.values():
        done = run(folder, "export", "time", "period=today", "client=acme", "-o", str(file))
        assert (done.exit_code, done.stdout) == (0, "")
        assert done.stderr == f"2 rows in {file}.\n"
    names, *rows, end = csv.reader(files["csv"].read_text("utf-8").splitlines())
    note = names.index("note")
    assert [row[note] for row in rows] == ["Homepage", "'=1+1"]
    assert end[:2] == ["# end", "2"]
    *entries, last = map(json.loads, files["ndjson"].read_text("utf-8").splitlines())
    assert [one["note"] for one in entries] == ["Homepage", "=1+1"]
    assert last == {"end": True, "count": 2}
    (sheet,) = openpyxl.load_workbook(files["xlsx"]).worksheets
    assert [row[note] for row in sheet.values] == ["note", "Homepage", "=1+1"]
    assert {one.name for one in folder.iterdir() if "time." in one.name} == {
        one.name for one in files.values()
    }


def test_text_may_go_to_stdout_with_any_filter_of_the_list(folder: Path) -> None:
    shown = run(folder, "export", "time", "search=home", "-o", "-", "--format", "ndjson")
    assert [json.loads(line).get("note") for line in shown.stdout.splitlines()] == [
        "Homepage",
        None,
    ]
    assert shown.stderr == ""
    marked = run(folder, "export", "clients", "--bom", "-o", "-")
    assert marked.stdout.startswith("\ufeffid,name,")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nothing", "-o", "x.csv"], "There is no such list; there are time, invoices"),
        (["time", "-o", "x.pdf"], "Name a format with --format: csv, ndjson, xlsx."),
        (["time", "-o", "-", "--format", "xlsx"], "A workbook is no text for stdout"),
        (["time", "period=nothing", "-o", "x.csv"], "period: "),
        (
            ["time", "nothing=1", "-o", "x.csv"],
            "export time takes no argument nothing. It takes: period, client, project, client_name",
        ),
        (["clients", "priod=today", "-o", "x.csv"], "argument priod. It takes: archived, "),
        (["time", "entry_day=today", "-o", "x.csv"], "Did you mean entry_date?"),
        (["time", "cursor=x", "-o", "x.csv"], "has no cursor"),
        (["time", "--bom", "-o", "x.xlsx"], "leave --bom out"),
        (["time", "--format", "csv", "-o", "x.xlsx"], "x.xlsx ends as xlsx, and --format says csv"),
        (["time", "group_by=client", "-o", "x.csv"], "has no group_by"),
        (["clients", "period=today", "-o", "x.csv"], "has no period"),
        (["time", "-o", "/dev/null"], "Name a format"),
        (["time", "-o", "/dev/null", "--format", "csv"], "/dev/null is no file"),
        (["time", "-o", "nowhere/x.csv"], "nowhere/x.csv cannot be written: see that its folder"),
    ],
)
def test_what_cannot_be_is_refused_and_no_file_is_left(
    folder: Path, words: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    before = {*folder.iterdir()}
    refused = run(folder, "export", *words)
    assert refused.exit_code == 1
    assert sentence in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert {one for one in folder.iterdir() if "house" not in one.name} <= before


def test_a_full_disk_leaves_what_was_there_before(folder: Path) -> None:
    """The size of a file is bounded here: to a program, that is a disk without room."""
    run(folder, "export", "time", "-o", str(folder / "time.csv"))
    before = (folder / "time.csv").read_bytes()
    add_entries(folder)
    for form, words_of_it in (("csv", "The disk is full"), ("xlsx", "could not be written")):
        target = folder / f"time.{form}"
        words = [*COMMAND, "export", "time", "-o", str(target)]
        bounded = ["bash", "-c", 'ulimit -f 256; exec "$@"', "bash", *words]
        refused = subprocess.run(
            bounded, env=environment(folder), capture_output=True, text=True, check=False
        )
        assert refused.returncode == 1
        assert words_of_it in refused.stderr
        assert "Traceback" not in refused.stderr
    assert (folder / "time.csv").read_bytes() == before
    assert [one.name for one in folder.iterdir() if "time." in one.name] == ["time.csv"]


def test_a_stdout_that_takes_no_more_is_told(folder: Path) -> None:
    for behind in ("> /dev/full", ">&-"):
        command = f"'{sys.executable}' -m hoursmith_mcp export TIME -o - {behind}"
        refused = subprocess.run(
            ["bash", "-c", command],
            env=environment(folder),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.count("\n") == 1, refused.stderr
        assert "stdout" in refused.stderr


def test_a_file_is_its_owners_alone_until_its_owner_opens_it_to_others(folder: Path) -> None:
    file = folder / "time.csv"
    run(folder, "export", "time", "-o", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    run(folder, "export", "time", "-o", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("form", "how"),
    [("csv", signal.SIGINT), ("xlsx", signal.SIGTERM), ("csv", signal.SIGKILL)],
)
def test_an_interrupt_leaves_nothing_and_the_bar_is_drawn_on_a_terminal(
    folder: Path, form: str, how: signal.Signals
) -> None:
    add_entries(folder, FOR_SECONDS)
    target = folder / f"time.{form}"
    ours, theirs = pty.openpty()
    (folder / "temporary").mkdir()
    process = subprocess.Popen(
        [*COMMAND, "export", "time", "-o", str(target)],
        env={**environment(folder), "TMPDIR": str(folder / "temporary")},
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while b"00 rows" not in seen:
            assert time.monotonic() < until
            seen += os.read(ours, 4096)
        process.send_signal(how)
        assert process.wait(PATIENCE_SECONDS) != 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert "━".encode() in seen
    left = [one.name for one in folder.iterdir() if "time." in one.name]
    # Who is killed clears nothing away: what is left says that it is a part.
    assert not [name for name in left if how != signal.SIGKILL or ".partial-" not in name]
    assert not [*(folder / "temporary").iterdir()]


def test_who_reads_no_further_is_told_nothing(folder: Path) -> None:
    add_entries(folder)
    words = f"'{sys.executable}' -m hoursmith_mcp export time -o - | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", words],
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("id,")
    assert (done.returncode, done.stderr) == (1, "")


def add_entries(folder: Path, count: int = MANY) -> None:
    """Log so much time that writing it takes a while."""
    import sqlite3

    copies = "SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?"
    with sqlite3.connect(folder / "house.db") as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(time_entry)")]
        shown = ", ".join("printf('te_%026d', n)" if name == "id" else name for name in names)
        connection.execute(
            f"WITH RECURSIVE numbers(n) AS ({copies}) INSERT INTO time_entry "
            f"SELECT {shown} FROM (SELECT * FROM time_entry LIMIT 1), numbers",
            [count],
        )
    connection.close()
