"""Log a day's time from the commits of a repository, over REST:

    export HOURSMITH_URL=https://hours.example HOURSMITH_TOKEN=hsk_…
    uv run --no-dev python examples/time_from_git_commits.py "acme redesign" --repository ~/site

Commits less than two hours apart are one piece of work, which began half an hour before its first.
It takes your commits of yesterday, or of --day 2026-11-20, a day that is over; --dry-run only shows
what it would log. A key made of the project and the commits lets it run again, within a day, and
log nothing twice; what went to a wrong project is logged to the right one, and deleted by you.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from rest import Api, Refused

GAP_SECONDS = 2 * 60 * 60
BEFORE_FIRST_SECONDS = 30 * 60
MOST_NOTE_CHARACTERS = 500


@dataclass(frozen=True)
class Commit:
    """One commit: its hash, its author's instant in seconds, and its subject."""

    hash: str
    at_seconds: int
    subject: str


def git(repository: str, *arguments: str) -> str:
    """Return what git says; it ends the program where it fails."""
    command = ["git", "-C", repository, *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode != 0:
        sys.exit(done.stderr.strip())
    return done.stdout


def commits(repository: str, day: date) -> list[Commit]:
    """Return your commits of a day, on whatever branch, the first one first; merges are no work."""
    git(repository, "rev-parse", "--git-dir")  # It says so where there is no repository.
    own = git(repository, "config", "--default", "", "--get", "user.email").strip()
    if not own:
        sys.exit("Git does not know you: git config --global user.email ada@example.com")
    form = ("--date=short", "--format=%ad%x00%H%x00%at%x00%s")
    by_you = ("--branches", "HEAD", "--no-merges", "--fixed-strings", f"--author=<{own}>")
    lines = [line.split("\0") for line in git(repository, "log", *by_you, *form).splitlines()]
    found = [Commit(hash, int(at), subject) for its, hash, at, subject in lines if its == str(day)]
    return sorted(found, key=lambda one: one.at_seconds)


def pieces(found: Sequence[Commit]) -> Iterator[list[Commit]]:
    """Yield the commits that belong together."""
    piece: list[Commit] = []
    for commit in found:
        if piece and commit.at_seconds - piece[-1].at_seconds >= GAP_SECONDS:
            yield piece
            piece = []
        piece.append(commit)
    if piece:
        yield piece


def log_piece(api: Api, project: Any, day: date, piece: Sequence[Commit]) -> str:
    """Log one piece of work, and return what to say of it."""
    made_of = " ".join([project["id"], *(commit.hash for commit in piece)])
    entry = api.post(
        "time-entries",
        key=f"git {hashlib.sha256(made_of.encode()).hexdigest()}",
        projectId=project["id"],
        entryDate=str(day),
        duration=f"{worked_seconds(piece)}s",
        note=note_of(piece),
    )
    return f"{entry['duration']} on {entry['project']}, {entry['weekday']} {day}: {entry['note']}"


def worked_seconds(piece: Sequence[Commit]) -> int:
    """Return how long a piece of work took."""
    return piece[-1].at_seconds - piece[0].at_seconds + BEFORE_FIRST_SECONDS


def spoken(seconds: int) -> str:
    """Return a time as the server says it: 1h45m."""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def note_of(piece: Sequence[Commit]) -> str:
    """Return what was done, without what is shown by no terminal and taken by no server."""
    note = "; ".join(commit.subject for commit in piece)
    return "".join(one for one in note if one.isprintable())[:MOST_NOTE_CHARACTERS]


def main() -> None:
    """Read the options, and log each piece of the day's work."""
    yesterday = date.today() - timedelta(days=1)
    parser = ArgumentParser(description="Log a day's time from your commits.")
    parser.add_argument("project", help="The project, by name or id.")
    parser.add_argument("--repository", default=".", help="Where the repository is.")
    parser.add_argument("--day", type=date.fromisoformat, default=yesterday, help="As 2026-11-20.")
    parser.add_argument("--dry-run", action="store_true", help="Only show what would be logged.")
    options = parser.parse_args()
    if options.day > yesterday:
        sys.exit("That day is not over: what is committed later would be logged a second time.")
    worked = list(pieces(commits(options.repository, options.day)))
    print(f"Pieces of work on {options.day}: {len(worked)}.")
    if options.dry_run:
        for piece in worked:
            print(f"{spoken(worked_seconds(piece))}: {note_of(piece)}")
        return
    try:
        api = Api(run=f"git {options.day}")
        project = api.get(f"projects/{quote(options.project, safe='')}")
        for piece in worked:
            print(log_piece(api, project, options.day, piece))
    except Refused as refused:
        sys.exit(f"Not logged: {refused}")


if __name__ == "__main__":
    main()
