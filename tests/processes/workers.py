"""Processes of `serve` that are started, stopped and killed, on one database and by one clock."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from serving import PATIENCE, environment
from stdio_doors import time_in

SCRIPT = Path(__file__).with_name("forked_workers.py")
HERE = Path(__file__).parent.parent


@dataclass
class Worker:
    """One process: it serves REST, and sends messages."""

    crew: Crew
    port: int
    database_url: str = ""
    process: int = 0

    async def start(self) -> None:
        """Start it, and return when it listens."""
        self.process = await self.crew.start(self.port, self.database_url)
        async with asyncio.timeout(PATIENCE), httpx2.AsyncClient() as client:
            while True:
                try:
                    await client.get(f"http://127.0.0.1:{self.port}/readyz")
                    return
                except httpx2.TransportError:
                    await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """Kill it, at once and without a word."""
        await self._send(signal.SIGKILL)

    async def stop(self) -> None:
        """Let it stand still, as a machine does that is short of memory."""
        await self._send(signal.SIGSTOP)

    async def go_on(self) -> None:
        """Let it go on as if nothing had been."""
        await self._send(signal.SIGCONT)

    async def end(self) -> None:
        """Let it finish what it began, and wait for its end."""
        await self._send(signal.SIGTERM)

    async def _send(self, wanted: signal.Signals) -> None:
        await self.crew.order(process=self.process, signal=int(wanted))


@dataclass(frozen=True)
class Crew:
    """What workers are started by, and the clock that they live by."""

    process: asyncio.subprocess.Process
    environment: Mapping[str, str]
    folder: Path
    _ordering: asyncio.Lock = field(default_factory=asyncio.Lock)

    def worker(self, database_url: str = "") -> Worker:
        """Return a worker on a port of its own; it is not started yet.

        It reaches the database by another URL where one is given.
        """
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return Worker(self, free.getsockname()[1], database_url)

    def pass_time(self, seconds: int) -> None:
        """Let the clocks of all of them jump."""
        time_in(self._clock)[0] += seconds * 1_000_000

    async def start(self, port: int, database_url: str) -> int:
        """Start a process and return its number."""
        other = {"HOURSMITH_DATABASE_URL": database_url} if database_url else {}
        return await self.order(
            arguments=["serve", f"--port={port}"],
            environment={**self.environment, **other},
            errors=str(self.folder / "stderr"),
            clock=str(self._clock),
        )

    async def order(self, **order: Any) -> int:
        """Give an order and return the number of the process that it was about."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        async with self._ordering, asyncio.timeout(PATIENCE):
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            await self.process.stdin.drain()
            return int(await self.process.stdout.readline())

    @property
    def _clock(self) -> Path:
        return self.folder / "clock"


@asynccontextmanager
async def crew(database_url: str, folder: Path, **settings: str) -> AsyncGenerator[Crew]:
    """Start what workers are started by; they end with it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(HERE)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    own = {f"HOURSMITH_{name.upper()}": text for name, text in settings.items()}
    limits = {"HOURSMITH_RATE_LIMITS": "off", "HOURSMITH_ORGANIZATION_RATE_LIMITS": "off"}
    try:
        async with asyncio.timeout(PATIENCE):
            assert await process.stdout.readline() == b"ready\n"
        time_in(folder / "clock")
        yield Crew(process, {**environment(database_url), **limits, **own}, folder)
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
