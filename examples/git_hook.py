"""A git hook that logs the time of your commits. In a repository of yours:

    git config hoursmith.project "acme redesign"
    python …/examples/git_hook.py install

From then on a commit logs the time since your previous one of that day: at most two hours, and half
an hour where it is the day's first. It goes where HOURSMITH_DATABASE_URL says, as of all commands.
A commit is never held up for long, and never fails, whatever becomes of its time: a line says so.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

MOST_SECONDS = 2 * 60 * 60
FIRST_SECONDS = 30 * 60
DAY_SECONDS = 24 * 60 * 60
PATIENCE_SECONDS = 10


def git(*arguments: str) -> str:
    """Return what git says; nothing where it fails, as it does for a setting that is not there."""
    done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace").rstrip("\n") if done.returncode == 0 else ""


def log_commit() -> str:
    """Log the time of the commit that was just made, and return what to say of it."""
    project = git("config", "hoursmith.project")
    # What is amended, picked or rebased was worked on, and logged, before.
    done = git("log", "--walk-reflogs", "-1", "--format=%gs").partition(":")[0]
    if not project or done not in ("commit", "commit (initial)", "commit (merge)"):
        return ""
    form = "--format=%H%x00%ae%x00%at%x00%ad%x00%s"
    commit, author, at, day, subject = git("log", "-1", "--date=short", form).split("\0")
    seconds = worked_seconds(commit, author, int(at), day)
    if seconds == 0:
        return ""
    return log_time(project, seconds, day, subject, key=commit)


def worked_seconds(commit: str, author: str, at_seconds: int, day: str) -> int:
    """Return the time since the author's previous commit of that day, on whatever branch."""
    own = ("--fixed-strings", f"--author=<{author}>", f"--since={at_seconds - DAY_SECONDS}")
    form = ("--date=short", "--format=%H %at %ad")
    others = [line.split() for line in git("log", "--branches", "HEAD", *own, *form).splitlines()]
    earlier = [
        int(then)
        for other, then, its_day in others
        if other != commit and its_day == day and int(then) <= at_seconds
    ]
    return min(at_seconds - max(earlier), MOST_SECONDS) if earlier else FIRST_SECONDS


def log_time(project: str, seconds: int, day: str, note: str, key: str) -> str:
    """Log time under a key, once however often it is told, and return what to say of it."""
    # -P: what the repository holds may have the names of packages, and is not to be imported.
    command = [sys.executable, "-P", "-m", "hoursmith_mcp", "call", "log_time", "--json"]
    given = (f"project={project}", f"duration={seconds}s", f"date={day}", f"note={note}")
    try:
        done = subprocess.run(
            [*command, "--key", key, *given],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"time not logged: no answer within {PATIENCE_SECONDS} s"
    if done.returncode != 0:
        return f"time not logged: {done.stderr.strip().partition(chr(10))[0]}"
    entry = json.loads(done.stdout)
    return f"logged {entry['duration']} to {entry['project']}, {entry['weekday']} {day}"


def install() -> None:
    """Make this the hook of the repository, unless it has one."""
    place = git("rev-parse", "--git-path", "hooks/post-commit")
    if not place:
        sys.exit("This is no git repository.")
    line = shlex.join([Path(sys.executable).as_posix(), Path(__file__).absolute().as_posix()])
    if Path(place).exists():
        sys.exit(f"{place} is there already; add this line to it:\n{line}")
    Path(place).parent.mkdir(exist_ok=True)
    Path(place).write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    Path(place).chmod(0o755)
    print(f"Commits are logged by {place}.")


if __name__ == "__main__":
    if sys.argv[1:] == ["install"]:
        install()
    else:
        try:
            said = log_commit()
        except Exception as fault:  # A commit is no place for a traceback.
            said = f"time not logged: {fault}"
        if said:
            print(f"hoursmith: {said}", file=sys.stderr)
