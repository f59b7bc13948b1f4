"""Each example runs as a user would run it, and does what it says."""

from __future__ import annotations

from pathlib import Path

from running import EXAMPLES, run


def test_a_day_is_logged_once_however_often_the_program_runs(tmp_path: Path) -> None:
    database = str(tmp_path / "day.db")
    first = run("log_a_day.py", database)
    assert first.startswith("4.25 h on ")
    assert run("log_a_day.py", database) == first


def test_every_example_has_a_test() -> None:
    tests = Path(__file__).parents[1]
    files = [*tests.glob("examples/test_*.py"), *tests.glob("webhooks/test_*.py")]
    tested = "".join(path.read_text("utf-8") for path in files)
    assert [name for path in EXAMPLES.rglob("*.py") if (name := path.name) not in tested] == []
