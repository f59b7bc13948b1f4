"""Servers that kill themselves at a chosen point of what they say to their database.

Run as a script, it loads all that a server needs once, and then makes one server for each order (a
line of JSON) by a fork, so that hundreds take little time; it answers with the server's exit code.
A point is the moment before a statement, before a COMMIT or after one. Every point that is reached
becomes a line of a file, and at the one of the order's number the server ends by SIGKILL.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from hoursmith_mcp.__main__ import main
from hoursmith_mcp.catalogue import load

BEFORE_COMMIT = "before COMMIT"
AFTER_COMMIT = "after COMMIT"
LONGEST_LABEL = 100

# What is loaded late otherwise, by a server or a library: once for all of them.
PRELOADED = (
    "aiosqlite",
    "anyio._backends._asyncio",
    "asyncpg",
    "hoursmith_mcp.adapters.mcp.stdio",
    "hoursmith_mcp.local",
    "hoursmith_mcp.store.opening",
    "hoursmith_mcp.store.postgresql",
    "hoursmith_mcp.store.reach",
    "hoursmith_mcp.store.sqlite",
)


class Points:
    """The points that were reached, and the number of the one to die at; 0 is none."""

    def __init__(self, file: Path, last: int) -> None:
        """Begin a file; its lines are there even when the process is not."""
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._last = last
        self._reached = 0

    def reach(self, label: str) -> None:
        """Note a point, and die where it is the last one."""
        self._reached += 1
        os.write(self._file, label.encode() + b"\n")
        if self._reached == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def watch(points: Points) -> None:
    """Reach a point before every statement of every engine, and around every COMMIT."""

    def before_statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        points.reach(" ".join(statement.split())[:LONGEST_LABEL])

    event.listen(Engine, "before_cursor_execute", before_statement)
    commit: Callable[[Any, Any], None] = DefaultDialect.do_commit

    def do_commit(dialect: Any, connection: Any) -> None:
        points.reach(BEFORE_COMMIT)
        commit(dialect, connection)
        points.reach(AFTER_COMMIT)

    # There is no event after a COMMIT.
    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def plant_a_commit(after: str) -> None:
    """Commit after a statement in the middle of a unit on SQLite, as no unit of ours does."""

    def after_statement(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(after):
            cursor.connection.commit()
            cursor.connection.cursor().execute("BEGIN IMMEDIATE")

    event.listen(Engine, "after_cursor_execute", after_statement)


def load_everything() -> None:
    """Import what a server imports until its first answer."""
    for name in PRELOADED:
        importlib.import_module(name)
    load()


def serve(order: dict[str, Any]) -> None:
    """Be the server of an order: on pipes, in an environment, and watched."""
    os.dup2(os.open(order["stdin"], os.O_RDONLY), 0)
    os.dup2(os.open(order["stdout"], os.O_WRONLY), 1)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv[1:] = []
    watch(Points(Path(order["points"]), order["die_at"]))
    if order["planted"]:
        plant_a_commit(order["planted"])
    main()


def keep_making_servers() -> None:
    """Make servers, one after another, until there are no more orders."""
    load_everything()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            serve(json.loads(line))
            # Tearing down all that was loaded takes longer than the call.
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    keep_making_servers()
