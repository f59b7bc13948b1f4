"""Each example runs as a user would run it, and does what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(example: str, *arguments: str) -> str:
    command = [sys.executable, str(EXAMPLES / example), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_day_is_logged_once_however_often_the_program_runs(tmp_path: Path) -> None:
    database = str(tmp_path / "day.db")
    first = run("log_a_day.py", database)
    assert first.startswith("4.25 h on ")
    assert run("log_a_day.py", database) == first


def test_every_example_has_a_test() -> None:
    tested = Path(__file__).read_text("utf-8")
    assert [name for path in EXAMPLES.glob("*.py") if (name := path.name) not in tested] == []
