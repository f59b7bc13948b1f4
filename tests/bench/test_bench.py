"""The measurements can be started. None is made here: what they say depends on who else is busy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parent / "run.py"
ROWS = (
    "log-time, post, post-16, post-16-p95, message, message-first, message-first-p95, "
    "message-dead, message-hang, message-claim, start, "
    "time-list, time-list-period, time-list-project, "
    "time-page-createdAt, time-page-entryDate, time-page-id, time-page-updatedAt, "
    "time-page-range, time-page-search, unbilled, unbilled-client, "
    "invoice-list, unpaid-list, report-unbilled, overview, invoice-create, invoice-preview-create, "
    "report-time, report-receivables, memory"
)


def test_every_row_is_known_and_none_is_run() -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "no-such-row"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.rstrip().endswith(f"no row no-such-row; there are {ROWS}")
    assert not done.stdout
