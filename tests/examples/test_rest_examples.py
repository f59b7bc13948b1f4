"""The examples over REST, as users run them, before a server that runs as users run it.

rest.py is a part of the Python ones, and runs with them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from running import EXAMPLES, call, environment, open_books, run, url
from serve_process import first_token, free_port, serve

pytestmark = pytest.mark.ci
YESTERDAY = date.today() - timedelta(days=1)
LAST_MONTH = date.today().replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class Server:
    """A business that is served."""

    books: Path
    settings: dict[str, str]

    def run(self, example: str, *arguments: str, **more: str) -> str:
        """Run an example, which must succeed, and return what it prints."""
        return run(example, *arguments, **{**self.settings, **more})

    def refused(self, *command: str, **more: str) -> str:
        """Run a command, which must fail without a traceback, and return what it says of that."""
        done = subprocess.run(
            command,
            env=environment(**{**self.settings, **more}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr

    def log(self, project: str, duration: str, day: date) -> None:
        """Log time, from outside of the example."""
        call(self.books, "log_time", project=project, duration=duration, date=day.isoformat())

    def entries(self, period: str) -> list[Any]:
        """Return what is logged."""
        found: list[Any] = call(self.books, "list_time_entries", period=period, limit=200)[
            "time_entries"
        ]
        return found


@pytest.fixture
def server(tmp_path: Path) -> Generator[Server]:
    """Serve a business with two clients, few of whose requests are let through at once."""
    books, port = tmp_path / "books.db", free_port()
    open_books(books)
    token = first_token(url(books))
    settings = {"HOURSMITH_URL": f"http://127.0.0.1:{port}", "HOURSMITH_TOKEN": token}
    with serve(url(books), port, HOURSMITH_RATE_LIMITS="3/1"):
        yield Server(books, settings)


def test_curl_logs_lists_and_drafts_once_however_often_it_runs(server: Server) -> None:
    entries = [{"duration": f"{seconds}s"} for seconds in range(1, 101)]
    call(server.books, "log_times", project="redesign", entries=entries)
    server.log("redesign", "2h", LAST_MONTH)
    first = _curl(server)
    me, logged, page, rest, draft = map(json.loads, first.stdout.splitlines())
    assert me["data"]["role"] == "OWNER"
    assert (logged["data"]["duration"], logged["data"]["note"]) == ("30m", "Stand-up")
    assert [len(one["data"]) for one in (page, rest)] == [100, 1]
    assert rest["pagination"]["nextCursor"] is None
    assert (draft["data"]["status"], draft["data"]["total"]) == ("DRAFT", "180.00")
    again = _curl(server)
    assert again.stdout.splitlines() == first.stdout.splitlines()[:4]
    assert (first.returncode, again.returncode) == (0, 1)
    assert json.loads(again.stderr.splitlines()[-1])["error"]["code"] == "conflict"
    assert len(server.entries("today")) == 101


def _curl(server: Server, **more: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed: apt-get install curl")
    return subprocess.run(
        ["sh", str(EXAMPLES / "api_with_curl.sh")],
        env=environment(**{**server.settings, **more}),
        capture_output=True,
        text=True,
        check=False,
    )


def test_curl_shows_why_it_was_refused_and_ends(server: Server) -> None:
    refused = _curl(server, HOURSMITH_TOKEN="hsk_live_x")
    assert refused.returncode == 1
    assert '"unauthenticated"' in refused.stderr
    assert server.entries("today") == []


def test_a_day_of_commits_is_logged_once_however_often_it_is_told(
    server: Server, tmp_path: Path
) -> None:
    work = _repository(tmp_path / "work")
    for subject, at in (
        ("Wireframes", "09:00"),
        ("Colours\x07; and 'more'", "10:15"),
        ("After lunch", "14:00"),
    ):
        _git(work, "commit", "--allow-empty", "-m", subject, day=YESTERDAY, at=at)
    _git(work, "commit", "--allow-empty", "-m", "The day after", day=date.today(), at="09:00")
    command = ("time_from_git_commits.py", "acme redesign", "--repository", str(work))
    shown = server.run(*command, "--dry-run").splitlines()
    assert shown[0] == f"Pieces of work on {YESTERDAY}: 2."
    assert [line.partition(":")[0] for line in shown[1:]] == ["1h45m", "30m"]
    assert server.entries(str(YESTERDAY)) == []
    assert server.run(*command) == server.run(*command)
    found = sorted((one["duration"], one["note"]) for one in server.entries(str(YESTERDAY)))
    assert found == [("1h45m", "Wireframes; Colours; and 'more'"), ("30m", "After lunch")]
    server.run("time_from_git_commits.py", "reactor", *command[2:])
    assert len(server.entries(str(YESTERDAY))) == 4


def test_what_the_server_refuses_is_said_in_its_words(server: Server, tmp_path: Path) -> None:
    work = _repository(tmp_path / "work")
    _git(work, "commit", "--allow-empty", "-m", "Work", day=YESTERDAY, at="09:00")
    command = [*_python("time_from_git_commits.py"), "nothing", "--repository", str(work)]
    assert "Not logged: There is no project" in server.refused(*command)
    assert "not over" in server.refused(*command, "--day", str(date.today()))
    assert "req_" in server.refused(*_python("month_end_over_rest.py"), HOURSMITH_TOKEN="hsk_x")


@pytest.mark.parametrize(
    ("set_to", "says"),
    [
        ({"HOURSMITH_TOKEN": ""}, "Set HOURSMITH_TOKEN"),
        ({"HOURSMITH_TOKEN": "hsk_…"}, "Set HOURSMITH_TOKEN"),
        ({"HOURSMITH_URL": ""}, "Set HOURSMITH_URL"),
        ({"HOURSMITH_URL": "localhost:8484"}, "begins with https:// or http://"),
    ],
)
def test_what_is_not_set_is_said_before_anything_is_asked(
    set_to: dict[str, str], says: str
) -> None:
    settings = {"HOURSMITH_URL": "http://127.0.0.1:9", "HOURSMITH_TOKEN": "hsk_x", **set_to}
    assert says in Server(Path(), settings).refused(*_python("month_end_over_rest.py"))


def test_a_folder_without_commits_of_yours_is_said_to_be_one(tmp_path: Path) -> None:
    command = [*_python("time_from_git_commits.py"), "site", "--repository", str(tmp_path)]
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    server = Server(Path(), {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent), **nobody})
    assert "not a git repository" in server.refused(*command)
    _git(tmp_path, "init", "--quiet")
    assert "Git does not know you" in server.refused(*command)


def test_a_month_is_drafted_and_another_sent_each_once(server: Server) -> None:
    server.log("redesign", "2h", LAST_MONTH)
    drafted = server.run("month_end_over_rest.py")
    draft = drafted.partition("Acme: drafted ")[2].partition(",")[0]
    assert server.run("month_end_over_rest.py", "--send").splitlines() == [
        f"Nothing to bill in {LAST_MONTH:%Y-%m}.",
        f"Acme: {draft} waits, 180.00 EUR",
    ]
    server.log("reactor", "1h30m", LAST_MONTH)
    sent = server.run("month_end_over_rest.py", "--send")
    assert "Globex: sent INV-" in sent
    assert "Globex owes 135.00 EUR on INV-" in sent
    issued = server.run("month_end_over_rest.py", "--issue", draft)
    assert issued.startswith(f"{draft}: sent INV-")
    assert "waits" not in issued
    assert "Acme owes 180.00 EUR on INV-" in issued


def _python(example: str) -> list[str]:
    return [sys.executable, str(EXAMPLES / example)]


def _repository(folder: Path) -> Path:
    folder.mkdir()
    _git(folder, "init", "--quiet")
    _git(folder, "config", "user.name", "Ada")
    _git(folder, "config", "user.email", "ada@example.com")
    return folder


def _git(folder: Path, *arguments: str, day: date = YESTERDAY, at: str = "00:00") -> None:
    when = f"{day}T{at}:00+0000"
    own = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    own |= {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", *arguments], cwd=folder, env=own, check=True, capture_output=True)
