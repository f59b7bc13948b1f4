"""The command line as a process of its own, on a house in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-m", "hoursmith_mcp"]


def environment(folder: Path) -> dict[str, str]:
    """Return the variables of a process that works on the house in a folder."""
    url = f"sqlite+aiosqlite:///{(folder / 'house.db').as_posix()}"
    return {**os.environ, "HOURSMITH_DATABASE_URL": url, "COLUMNS": "120"}


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env={**environment(folder), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
