"""The script for month's end: it drafts what it showed, once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from running import EXAMPLES, call, environment, open_books, run

LAST_MONTH = date.today().replace(day=1) - timedelta(days=1)


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Return the database of a business with two clients, who owe for last month."""
    database = tmp_path / "books.db"
    open_books(database)
    day = LAST_MONTH.isoformat()
    call(database, "log_time", project="redesign", duration="2h", date=day)
    call(database, "log_time", project="reactor", duration="1h30m", date=day)
    call(database, "log_time", project="reactor", duration="4h", date=date.today().isoformat())
    return database


def drafts(books: Path) -> list[tuple[str, str]]:
    invoices = call(books, "list_invoices")["invoices"]
    assert {invoice["status"] for invoice in invoices} <= {"DRAFT"}
    return sorted((invoice["bill_to_name"], invoice["total"]) for invoice in invoices)


EXPECTED = [("Acme", "180.00"), ("Globex", "135.00")]


def test_every_client_with_work_of_last_month_gets_a_draft_and_only_one(books: Path) -> None:
    shown = run("month_end.py", str(books), "--dry-run")
    assert "2 h × 90.00" in shown
    assert "total 180.00 EUR" in shown
    assert drafts(books) == []
    assert run("month_end.py", str(books)).count("Drafted as inv_") == 2
    assert drafts(books) == EXPECTED
    assert ": nothing to bill." in run("month_end.py", str(books))
    assert drafts(books) == EXPECTED


@pytest.mark.ci
def test_a_client_without_a_price_does_not_keep_the_others_from_theirs(books: Path) -> None:
    call(books, "create_client", name="Aperture")
    call(books, "create_project", client="Aperture", name="Portal")
    call(books, "log_time", project="portal", duration="1h", date=LAST_MONTH.isoformat())
    command = [sys.executable, str(EXAMPLES / "month_end.py"), str(books)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Not drafted: 1h on Portal have no rate in EUR." in done.stdout
    assert drafts(books) == EXPECTED


@pytest.mark.ci
def test_what_changes_after_its_preview_is_shown_again_before_it_is_drafted(books: Path) -> None:
    with asked(books) as process:
        assert "total 180.00 EUR" in shown_up_to_the_question(process)
        (entry,) = call(books, "list_time_entries", client="Acme")["time_entries"]
        call(books, "update_time_entry", time_entry=entry["id"], duration="3h")
        again = shown_up_to_the_question(process, answer="y")
        assert "Changed meanwhile: entry" in again
        assert "total 270.00 EUR" in again
        assert "Drafted as inv_" in shown_up_to_the_question(process, answer="y")
        assert process.communicate("n\n")[0] == ""
        assert process.returncode == 0
    assert drafts(books) == [("Acme", "270.00")]


@pytest.mark.ci
def test_two_runs_at_once_make_one_draft_for_each_client(books: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(run, "month_end.py", str(books)) for _ in range(2)]
    assert "".join(one.result() for one in running).count("Drafted as inv_") == 2
    assert drafts(books) == EXPECTED


@contextmanager
def asked(books: Path) -> Generator[subprocess.Popen[str]]:
    """Run the script so that it asks before each draft; nothing of it is left behind."""
    command = [sys.executable, str(EXAMPLES / "month_end.py"), str(books), "--ask"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8", env=environment()
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def shown_up_to_the_question(process: subprocess.Popen[str], answer: str = "") -> str:
    """Answer the question before, if any, and return what is shown up to the next one."""
    assert process.stdin is not None
    assert process.stdout is not None
    if answer:
        process.stdin.write(f"{answer}\n")
        process.stdin.flush()
    lines: list[str] = []
    while not lines or "Make this draft?" not in lines[-1]:
        line = process.stdout.readline()
        assert line, "it ended without a question"
        lines.append(line)
    return "".join(lines)
