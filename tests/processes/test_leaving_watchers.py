"""A server that is asked to stop lets go of who only waits for news, at once and without a word."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client
from serving import environment

PATIENCE_SECONDS = 30
GRACE_SECONDS = 4  # Less than the server would wait for a call that is under way.

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.ci,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM to send"),
]


async def test_a_server_with_a_listening_client_stops_at_once(
    sqlite_url: str, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "hoursmith_mcp", "serve", "--port", str(port)]
    server = subprocess.Popen(
        command, env=environment(sqlite_url), stderr=subprocess.PIPE, text=True
    )
    assert server.stderr is not None
    try:
        said = await asyncio.to_thread(server.stderr.readline)
        assert str(port) in said
        await stopped_while_listening(server, f"http://127.0.0.1:{port}/mcp")
        lines = server.stderr.read().splitlines()
        assert [one for one in lines if not one.startswith("INFO hoursmith_mcp.access: ")] == []
    finally:
        server.kill()
        server.wait()
        server.stderr.close()


async def stopped_while_listening(server: subprocess.Popen[str], url: str) -> None:
    async with Client(url) as client:
        async with client.listen(resource_subscriptions=["hoursmith://overview"]) as events:
            server.send_signal(signal.SIGTERM)
            with anyio.fail_after(PATIENCE_SECONDS):
                assert [event async for event in events] == []  # It ended in an orderly way.
            await asyncio.to_thread(server.wait, GRACE_SECONDS)
