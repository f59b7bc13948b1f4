"""Answers as a person reads them in a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path
from typing import Any

import pytest
from cli_processes import COMMAND, environment, run

from hoursmith_mcp.cli.reading import print_answer

REPORT = {
    "kind": "unbilled",
    "group_by": ["client"],
    "rows": [
        {"client": "[b]Acme[/b]", "client_id": "cl_1", "currency": "EUR", "hours": "12.25"},
        {"client": "Borg", "client_id": "cl_2", "currency": "USD", "hours": "3"},
        {"others": 2, "currency": "USD", "hours": "0.5"},
    ],
    "totals": [{"currency": "EUR", "hours": "12.25"}, {"currency": "USD", "hours": "3.5"}],
    "notes": ["Of work."],
}


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines that were printed, without what no one sees at their ends."""
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_a_report_is_a_table_with_its_sums(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(REPORT)
    assert printed(capsys) == [
        "kind: unbilled",
        "group by: client",
        "Client       Currency  Hours",
        "[b]Acme[/b]  EUR       12.25",
        "Borg         USD        3",
        "2 others     USD        0.5",
        "Sum          EUR       12.25",
        "Sum          USD        3.5",
        "notes: Of work.",
    ]


def test_sentences_stand_below_each_other_and_words_beside(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_answer(
        {
            "group_by": ["client", "month"],
            "next_dates": ["Friday 2026-11-27, until 2026-11-26", "Friday 2026-12-11"],
            "notes": ["There are no cost rates yet.", "Revenue is before tax."],
            "invoice": {"warnings": ["It was not e-mailed.", "Its due date is a Sunday."]},
        }
    )
    assert printed(capsys) == [
        "group by: client, month",
        "next dates:",
        "  - Friday 2026-11-27, until 2026-11-26",
        "  - Friday 2026-12-11",
        "notes:",
        "  - There are no cost rates yet.",
        "  - Revenue is before tax.",
        "invoice:",
        "  warnings:",
        "    - It was not e-mailed.",
        "    - Its due date is a Sunday.",
    ]


def test_what_has_commas_is_set_apart_by_more_than_commas_in_a_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_answer({"schedules": [{"days": ["Friday, for 2026-10", "Monday"], "tags": ["a", "b"]}]})
    assert printed(capsys) == [
        "schedules:",
        "Days                         Tags",
        "Friday, for 2026-10; Monday  a, b",
    ]


def test_rows_are_a_table_and_what_is_no_row_stays_in_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    calls = [{"what": "Bill Acme.", "next_call": {"tool": "preview_invoice"}}]
    rows: list[dict[str, Any]] = [
        {"id": "te_1", "note": "one\ntwo", "tags": ["a", "b"]},
        {"id": "te_2", "tags": []},
    ]
    print_answer({"rows": [], "to_do": calls, "entries": rows, "warnings": [], "more": False})
    assert printed(capsys) == [
        "rows: none",
        "to do:",
        "  - what: Bill Acme.",
        "    next call:",
        "      tool: preview_invoice",
        "entries:",
        "Note  Tags  ID",
        "one   a, b  te_1",
        "two",
        "            te_2",
        "more: no",
    ]


def in_terminal(folder: Path, columns: int, *words: str) -> list[str]:
    """Return what a command prints in a terminal of so many columns, without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    variables = {name: text for name, text in environment(folder).items() if name != "COLUMNS"}
    with subprocess.Popen(
        [*COMMAND, *words], env={**variables, "TERM": "xterm"}, stdout=theirs, stdin=theirs
    ):
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # The other end is closed.
            os.close(ours)
    return re.sub("\x1b\\[[0-9;]*m", "", shown.decode()).splitlines()


@pytest.mark.ci
def test_a_tool_is_told_with_what_each_argument_may_be_and_folded_to_the_terminal(
    tmp_path: Path,
) -> None:
    shown = in_terminal(tmp_path, 80, "tools", "report")
    assert max(map(len, shown[1:])) <= 80, "but for the sentence"
    text = " ".join(" ".join(shown).split())
    assert "report: Report hours or money by group" in text
    assert "kind time, unbilled, revenue, What it is of. profitability, receivables," in text
    assert "[billable] true or false" in text
    assert "[limit] a whole number, 1 to 10000" in text
    narrow = in_terminal(tmp_path, 40, "tools", "report")
    assert "  - argument: kind" in narrow
    refused = run(tmp_path, "tools", "reprot")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Did you mean report" in refused.stderr
