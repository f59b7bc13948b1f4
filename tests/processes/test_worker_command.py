"""The worker, as a process: it sends what others commit, and ends as it is told to."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from houses import SECRET_KEY
from serving import PATIENCE, environment
from sinks import Sink, sink

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

SETTINGS = {"HOURSMITH_WEBHOOK_ALLOW": "127.0.0.0/8", "HOURSMITH_SECRET_KEY": SECRET_KEY}


@pytest.mark.parametrize(
    ("database_url", "told"),
    [("sqlite", signal.SIGTERM), ("postgresql", signal.SIGINT)],
    indirect=["database_url"],
)
async def test_a_worker_sends_what_others_commit_until_it_is_stopped(
    database_url: str, told: signal.Signals
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(_: str) -> int:
        begun.set()
        await go_on.wait()
        return 204

    async with sink(slowly) as receiver, worker(database_url) as process:
        assert process.stderr is not None
        assert (await process.stderr.readline()).startswith(b"Sending webhooks")
        await in_house(database_url, "webhook", "create", receiver.url, "--event", "member.*")
        await in_house(database_url, "member", "invite", "ben@example.com", "--name", "Ben")
        await asyncio.wait_for(begun.wait(), PATIENCE)
        process.send_signal(told)
        process.send_signal(told)
        # What is under way is finished, and written down.
        go_on.set()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
        assert await process.stderr.read() == b"Stopped.\n"
        assert types(receiver) == ["member.invited"]
        logged = await in_house(database_url, "webhook", "deliveries")
        assert "  delivered  204  " in logged


def types(receiver: Sink) -> list[str]:
    return [body["type"] for body in receiver.bodies.values()]


@asynccontextmanager
async def worker(database_url: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await command(database_url, "worker")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def in_house(database_url: str, *arguments: str) -> str:
    """Run a command that must do it, and return what it says."""
    process = await command(database_url, *arguments)
    said, errors = await process.communicate()
    assert process.returncode == 0, errors
    return said.decode()


async def command(database_url: str, *arguments: str) -> asyncio.subprocess.Process:
    """Start a command."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "hoursmith_mcp", *arguments),
        env={**environment(database_url), **SETTINGS},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
