"""Servers that have nothing to do: they cost next to nothing, and keep nobody out."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from houses import InProcess, open_house
from serving import served
from sinks import SETTINGS

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.ci,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="read from /proc"),
]

SERVERS = 5
SECONDS = 12
"""Longer than two looks for what is to be sent."""

MOST_OF_A_CPU = 0.01


def cpu_seconds(process: int) -> float:
    """Return how long a process has used a CPU so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_idle_servers_hold_no_lock_and_use_no_cpu(sqlite_url: str, tmp_path: Path) -> None:
    async with open_house(sqlite_url, **SETTINGS) as (runtime, caller):
        given = {"url": "http://127.0.0.1:9/in", "events": ["*"]}
        door = InProcess(runtime, caller)
        asked = await door.call("create_webhook", **given)
        await door.call("create_webhook", **given, confirm=asked["confirm"])
    sqlite: Any = importlib.import_module("sqlite3")
    file = Path(sqlite_url.partition("///")[2])
    async with AsyncExitStack() as stack:
        servers = await asyncio.gather(
            *(
                stack.enter_async_context(served(sqlite_url, folder))
                for folder in (tmp_path / str(number) for number in range(SERVERS))
                if not folder.mkdir()
            )
        )
        for server in servers:
            await server.call("overview")
        writer = sqlite.connect(file, timeout=0, isolation_level=None)
        await asyncio.sleep(3)  # They have begun to look by then, and what was open is settled.
        before = [cpu_seconds(server.process.pid) for server in servers]
        [version] = writer.execute("PRAGMA data_version").fetchone()
        for _ in range(SECONDS * 20):
            writer.execute("BEGIN IMMEDIATE")  # Raises at once where anybody writes.
            writer.execute("ROLLBACK")
            await asyncio.sleep(0.05)
        used = [
            cpu_seconds(server.process.pid) - then
            for server, then in zip(servers, before, strict=True)
        ]
        assert writer.execute("PRAGMA data_version").fetchone() == (version,), "somebody wrote"
        writer.close()
    assert max(used) < SECONDS * MOST_OF_A_CPU, used
