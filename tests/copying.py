"""What tests of copies share: the content of a database, and the commands as real processes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from hoursmith_mcp.store.copies.rows import content_of
from hoursmith_mcp.store.session import core_table
from hoursmith_mcp.store.snapshot import in_snapshot
from hoursmith_mcp.store.tables import Organization

Result = TypeVar("Result")

EPOCH: Callable[[], int] = lambda: 1_795_167_000_000_000  # noqa: E731  # A clock that stands still.


async def copying(work: Callable[..., Result], *given: Any, **named: Any) -> Result:
    """Run work that may begin an event loop of its own."""
    return await asyncio.to_thread(work, *given, **named)


async def contents(database_url: str) -> dict[str, str]:
    """Return the content hash of each organisation of a database."""

    def read(connection: Connection) -> dict[str, str]:
        ids = connection.execute(select(core_table(Organization).c.id)).scalars().all()
        return {one: content_of(connection, one) for one in ids}

    return await copying(in_snapshot, database_url, read)


def files(folder: Path) -> set[str]:
    """Return the names of what is in a folder."""
    return {path.name for path in folder.iterdir()}


def command(
    database_url: str, *words: str, before: str = "", **settings: str
) -> subprocess.Popen[str]:
    """Start a command as a process; Python code may run in it before."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("HOURSMITH_")}
    run = "from hoursmith_mcp.__main__ import main\nmain()\n"
    return subprocess.Popen(
        [sys.executable, "-c", before + run, *words],
        env={**own, "HOURSMITH_DATABASE_URL": database_url, "COLUMNS": "120", **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], seconds: int = 120) -> tuple[int, str, str]:
    """Wait for a command; returns its status and what it printed on stdout and stderr."""
    printed, told = process.communicate(timeout=seconds)
    return process.returncode, printed, told
