"""The measurements can be started, and those of reports and what is made of them keep their bars.

Of the others none is made here: what they say depends on who else is busy.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "run.py"
ROWS = (
    "log-time, post, post-16, post-16-p95, message, message-first, message-first-p95, "
    "message-dead, message-hang, message-claim, start, "
    "time-list, time-list-period, time-list-project, "
    "time-page-createdAt, time-page-entryDate, time-page-id, time-page-updatedAt, "
    "time-page-range, time-page-search, unbilled, unbilled-client, "
    "invoice-list, unpaid-list, report-unbilled, overview, "
    "unbilled-postgresql, unbilled-client-postgresql, invoice-list-postgresql, "
    "unpaid-list-postgresql, report-unbilled-postgresql, overview-postgresql, "
    "invoice-create, invoice-preview-create, "
    "report-time, report-time-wide, report-receivables, report-profitability, "
    "report-time-postgresql, report-time-wide-postgresql, report-receivables-postgresql, "
    "report-profitability-postgresql, memory"
)


def test_every_row_is_known_and_none_is_run() -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "no-such-row"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.rstrip().endswith(f"no row no-such-row; there are {ROWS}")
    assert not done.stdout


OF_REPORTS = (
    *("report-time", "report-time-wide", "report-receivables", "report-profitability"),
    *("report-unbilled", "overview", "time-list", "time-list-period", "time-list-project"),
    *("unbilled", "invoice-list", "unpaid-list"),
    *("report-time-postgresql", "report-time-wide-postgresql", "report-receivables-postgresql"),
    *("unbilled-postgresql", "report-unbilled-postgresql", "overview-postgresql"),
)


@pytest.mark.long
def test_reports_lists_and_the_overview_keep_their_bars(capfd: pytest.CaptureFixture[str]) -> None:
    """Ratios of two measurements that are interleaved hold on a busy machine as well."""
    with capfd.disabled():  # The table is what one wants to read, whether bars are kept or not.
        measured = subprocess.run([sys.executable, str(PROGRAM), *OF_REPORTS], check=False)
    assert measured.returncode == 0, "a bar was missed: see the table above"
