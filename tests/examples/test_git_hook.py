"""The git hook, installed in a real repository: commits log their time, and never fail for it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from running import EXAMPLES, call, environment, open_books, url

YESTERDAY = date.today() - timedelta(days=1)
IN_THE_WAY = "raise RuntimeError('a package of the repository was imported')"


@dataclass(frozen=True)
class Repository:
    """A repository of somebody whose commits are logged."""

    folder: Path
    books: Path

    def git(self, *arguments: str, at: str = "09:00", **settings: str) -> str:
        """Run git at a time of yesterday; it must succeed. Returns what it says."""
        when = f"{YESTERDAY}T{at}:00+0000"
        # What a hook of whoever runs the tests has set does not reach the repository.
        own = environment(HOURSMITH_DATABASE_URL=url(self.books))
        own = {name: text for name, text in own.items() if not name.startswith("GIT_")}
        own |= {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        own |= {"GIT_CONFIG_GLOBAL": os.devnull}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**own, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def commit(self, subject: str, at: str, *options: str, **settings: str) -> str:
        """Commit without changes, and return what is said."""
        return self.git("commit", "--allow-empty", "-m", subject, *options, at=at, **settings)

    def logged(self) -> Sequence[tuple[str, str]]:
        """Return the durations and notes that are logged for yesterday, the first one first."""
        page = call(self.books, "list_time_entries", period=YESTERDAY.isoformat())
        found = [(entry["duration"], entry["note"]) for entry in page["time_entries"]]
        return sorted(found, key=lambda one: one[1])


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository with the hook; what lies in it has the names of our packages."""
    made = Repository(tmp_path / "work", tmp_path / "books.db")
    open_books(made.books)
    for package in ("mcp", "hoursmith_mcp"):
        (made.folder / package).mkdir(parents=True)
        (made.folder / package / "__init__.py").write_text(IN_THE_WAY, "utf-8")
    made.git("init", "--quiet")
    made.git("config", "user.name", "Ada")
    made.git("config", "user.email", "ada@example.com")
    made.git("config", "hoursmith.project", "acme redesign")
    hook = [sys.executable, str(EXAMPLES / "git_hook.py"), "install"]
    subprocess.run(hook, cwd=made.folder, check=True, capture_output=True)
    return made


def test_commits_log_the_time_since_the_previous_one_of_the_day(repository: Repository) -> None:
    said = repository.commit("a: wireframes", "09:00")
    assert f"hoursmith: logged 30m to Website redesign, {YESTERDAY:%A} {YESTERDAY}" in said
    repository.git("switch", "--quiet", "--create", "other")
    repository.commit("b: colours", "09:45")
    repository.commit("c: after lunch", "14:00")
    assert repository.logged() == [
        ("30m", "a: wireframes"),
        ("45m", "b: colours"),
        ("2h", "c: after lunch"),
    ]


@pytest.mark.ci
def test_what_is_amended_or_somebody_elses_logs_nothing_more(repository: Repository) -> None:
    repository.commit("a: wireframes", "09:00")
    assert "hoursmith" not in repository.commit("a: wire frames", "09:20", "--amend")
    repository.git("config", "user.email", "bob@example.com")
    repository.commit("b: of another author", "09:45")
    assert repository.logged() == [("30m", "a: wireframes"), ("30m", "b: of another author")]


@pytest.mark.ci
def test_a_commit_is_logged_once_however_often_its_hook_runs(repository: Repository) -> None:
    repository.commit("a: wireframes", "09:00")
    hook = repository.folder / ".git" / "hooks" / "post-commit"
    subprocess.run(
        [hook],
        cwd=repository.folder,
        env=environment(HOURSMITH_DATABASE_URL=url(repository.books)),
        check=True,
    )
    assert repository.logged() == [("30m", "a: wireframes")]


@pytest.mark.ci
def test_a_commit_whose_time_cannot_be_logged_is_made_and_a_line_says_why(
    repository: Repository,
) -> None:
    repository.git("config", "hoursmith.project", "acme rebuild")
    (line,) = [one for one in repository.commit("a", "09:00").splitlines() if "hoursmith" in one]
    assert line.startswith("hoursmith: time not logged: ")
    assert "acme rebuild" in line
    repository.git("config", "hoursmith.project", "acme redesign")
    nowhere = url(repository.books / "books.db")
    said = repository.commit("b", "10:00", HOURSMITH_DATABASE_URL=nowhere)
    assert "hoursmith: time not logged: " in said
    message = repository.books.with_name("message")
    message.write_text("no command takes so long an argument" * 10_000, "utf-8")
    said = repository.git("commit", "--allow-empty", "--file", str(message), at="11:00")
    assert "hoursmith: time not logged: " in said
    assert "Traceback" not in said
    assert repository.git("rev-list", "--count", "HEAD").strip() == "3"
    assert repository.logged() == []


@pytest.mark.ci
def test_a_hook_that_is_there_is_left_alone(repository: Repository) -> None:
    hook = repository.folder / ".git" / "hooks" / "post-commit"
    hook.write_text("#!/bin/sh\n", "utf-8")
    install = [sys.executable, str(EXAMPLES / "git_hook.py"), "install"]
    done = subprocess.run(
        install, cwd=repository.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is there already" in done.stderr
    assert hook.read_text("utf-8") == "#!/bin/sh\n"


@pytest.mark.ci
def test_a_commit_does_not_wait_long_for_a_database_that_is_held(repository: Repository) -> None:
    held = sqlite3.connect(repository.books)
    held.execute("BEGIN EXCLUSIVE")
    assert "time not logged: no answer within 10 s" in repository.commit("a", "09:00")
    held.rollback()
    held.close()
    assert repository.logged() == []
