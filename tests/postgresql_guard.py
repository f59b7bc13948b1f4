"""Ends the PostgreSQL of the tests with them, also where they are killed and clean nothing up."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE_SECONDS = 10


@contextmanager
def guarded(folder: Path) -> Generator[None]:
    """Start a process that ends the server in a folder, and removes it, once this one is gone.

    It reads from a pipe that nobody writes to: whatever becomes of this process, the pipe ends.
    """
    with subprocess.Popen(
        [sys.executable, __file__, str(folder)],
        stdin=subprocess.PIPE,
        start_new_session=True,  # What interrupts the tests is not meant for it.
    ):
        yield


def end(folder: Path) -> None:
    """Stop the server that runs in a folder, where there still is one, and remove the folder."""
    lock = folder / "data" / "postmaster.pid"
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int(lock.read_text("utf-8").splitlines()[0]), signal.SIGQUIT)
        until = time.monotonic() + PATIENCE_SECONDS
        while lock.exists() and time.monotonic() < until:
            time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.stdin.read()
    end(Path(sys.argv[1]))
