"""Signals that end a command, which clears away before what it was making."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere there are no such signals")

WORKING = """
import asyncio, os, signal, sys
from hoursmith_mcp.cli.stopping import stopped_in_order

async def work():
    try:
        for _ in range(2):
            os.kill(os.getpid(), signal.{how})
        await asyncio.sleep(0)
        print("went on", flush=True)
    finally:
        print("cleared away", flush=True)

signal.signal(signal.{ignored}, signal.SIG_IGN)
with stopped_in_order():
    asyncio.run(work())
"""


@pytest.mark.parametrize(
    ("how", "ignored", "status", "said"),
    [
        ("SIGTERM", "SIGUSR1", -signal.SIGTERM, "cleared away\n"),
        ("SIGHUP", "SIGINT", -signal.SIGHUP, "cleared away\n"),  # In a script's background.
        ("SIGHUP", "SIGHUP", 0, "went on\ncleared away\n"),  # As `nohup` starts it.
    ],
)
def test_the_first_signal_clears_away_and_then_ends_the_process(
    how: str, ignored: str, status: int, said: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WORKING.format(how=how, ignored=ignored)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (status, said)
