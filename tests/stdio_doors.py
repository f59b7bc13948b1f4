"""A door over stdio: a server in a process of its own, on the test's database and by its clock."""

from __future__ import annotations

import atexit
import json
import mmap
import os
import subprocess
import sys
import tempfile
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from mcp import StdioServerParameters

from hoursmith_mcp.settings import PREFIX, Settings

BYTES = 8
HERE = Path(__file__).parent

KNOCK = """
import socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect(sys.argv[1])
    socket.send_fds(line, [sys.argv[2].encode()], [0, 1, 2])
    sys.exit(int(line.recv(1) or b"1"))
"""
"""What stands in for the server before its client: it ends as the server does."""


def time_in(file: Path) -> memoryview:
    """Return the number in a file that several processes share, as a row of one."""
    if not file.exists():
        file.write_bytes(bytes(BYTES))
    with file.open("r+b") as opened:
        return memoryview(mmap.mmap(opened.fileno(), BYTES)).cast("q")


def server_process(settings: Settings, clock: Path) -> StdioServerParameters:
    """Return how a server is started that has these settings, and reads its clock in a file."""
    written = {
        PREFIX + one.name.upper(): _text(getattr(settings, one.name)) for one in fields(settings)
    }
    order = json.dumps({"settings": written, "clock": str(clock)})
    return StdioServerParameters(
        command=sys.executable, args=["-I", "-S", "-c", KNOCK, _nursery(), order]
    )


def _text(setting: Any) -> str:
    return setting if isinstance(setting, str) else str(int(setting))


@cache
def _nursery() -> str:
    """Start what servers are forked from, once, and return the address of its socket."""
    folder = tempfile.TemporaryDirectory(prefix="stdio")
    address = str(Path(folder.name) / "knock")
    process = subprocess.Popen(
        [sys.executable, str(HERE / "processes" / "forked_servers.py"), address],
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    def end() -> None:
        process.communicate()
        folder.cleanup()

    atexit.register(end)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return address
