"""Processes as they are started: they send webhooks, and cost nothing while there are none."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from houses import SECRET_KEY
from serving import PATIENCE, ServerProcess, served

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

SETTINGS = {"HOURSMITH_WEBHOOK_ALLOW": "127.0.0.0/8", "HOURSMITH_SECRET_KEY": SECRET_KEY}
SERVE = f"""
import os
os.environ.update({SETTINGS!r}, HOURSMITH_TOOLSETS="all")
from hoursmith_mcp.__main__ import main
main()
"""
TOLD_ALONE = f"""
from hoursmith_mcp.webhooks import dispatcher
dispatcher.LOOKS_EVERY_SECONDS = 3_600
{SERVE}"""
IDLE_SECONDS = 12
MOST_OF_A_CORE = 0.01
MOST_OF_A_LOOK_SECONDS = 0.02


async def test_a_server_on_stdio_sends_what_happens_through_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(line for line in head.lower().split(b"\r\n") if b"content-length" in line)
        arrived.put_nowait(await reader.readexactly(int(size.split(b":")[1])))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    receiver = await asyncio.start_server(receive, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{receiver.sockets[0].getsockname()[1]}/in"
    async with served(sqlite_url, tmp_path, command=("-c", TOLD_ALONE)) as server:
        given = {"url": url, "events": ["client.created"]}
        asked = await server.call("create_webhook", **given)
        await server.call("create_webhook", **given, confirm=asked["confirm"])
        made = await server.call("create_client", name="Acme")
        body = json.loads(await asyncio.wait_for(arrived.get(), PATIENCE))
        assert body["data"]["client"]["id"] == made["id"]
        # It is told of each commit; by itself it would not look before an hour is over.
        await server.call("create_client", name="Borg")
        await asyncio.wait_for(arrived.get(), PATIENCE)
    receiver.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
async def test_five_idle_servers_on_one_file_cost_nothing_and_lock_nothing(
    sqlite_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "servers"
    folder.mkdir()
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(served(sqlite_url, folder, command=("-c", SERVE)))
            for _ in range(5)
        ]
        for server in servers:
            await server.call("overview")
        given = {"url": "https://hooks.example.com/in", "events": ["client.created"]}
        asked = await servers[0].call("create_webhook", **given)
        await servers[0].call("create_webhook", **given, confirm=asked["confirm"])
        await at_rest(servers)
        before = [cpu_seconds(server.process.pid) for server in servers]
        refused = 0
        for _ in range(IDLE_SECONDS * 10):
            refused += not can_write(sqlite_url)
            await asyncio.sleep(0.1)
        used = [cpu_seconds(one.process.pid) - b for one, b in zip(servers, before, strict=True)]
    assert refused == 0
    assert max(used) < MOST_OF_A_CORE * IDLE_SECONDS


async def at_rest(servers: list[ServerProcess]) -> None:
    """Wait until each has looked for the first time, however long that takes here."""
    async with asyncio.timeout(PATIENCE):
        for server in servers:
            used, before = cpu_seconds(server.process.pid), 0.0
            while used - before > MOST_OF_A_LOOK_SECONDS:
                await asyncio.sleep(1)
                used, before = cpu_seconds(server.process.pid), used


def can_write(url: str) -> bool:
    """Say whether the file can be locked for writing right now."""
    connection = sqlite3.connect(url.partition("///")[2], timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def cpu_seconds(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
