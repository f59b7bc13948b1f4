"""A sink for messages of webhooks: it keeps what it is sent, and sees what overlaps."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from houses import SECRET_KEY

SETTINGS: dict[str, Any] = {"webhook_allow": "127.0.0.0/8", "secret_key": SECRET_KEY}

Answer: TypeAlias = "Callable[[str], Awaitable[int]]"
"""Takes the id of a message and returns the status to answer."""


async def take(_: str) -> int:
    """Take every message at once."""
    return 204


@dataclass
class Sink:
    """What came, by the ids of messages."""

    answer: Answer = take
    port: int = 0
    came: Counter[str] = field(default_factory=Counter[str])
    taken: set[str] = field(default_factory=set[str])
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    overlaps: int = 0
    _open: set[str] = field(default_factory=set[str])

    @property
    def url(self) -> str:
        """Where it is to be found."""
        return f"http://127.0.0.1:{self.port}/in"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes over one connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").casefold()
                lines = (line.partition(": ") for line in head.split("\r\n"))
                headers = {name: value for name, _, value in lines}
                body = json.loads(await reader.readexactly(int(headers["content-length"])))
                status = await self._receive(body["id"], body)
                writer.write(f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _receive(self, message: str, body: dict[str, Any]) -> int:
        assert self.bodies.setdefault(message, body) == body, "each attempt says the same"
        self.came[message] += 1
        self.overlaps += message in self._open
        self._open.add(message)
        status = await self.answer(message)
        self._open.discard(message)
        if status < 300:
            self.taken.add(message)
        return status


@asynccontextmanager
async def sink(answer: Answer = take) -> AsyncGenerator[Sink]:
    """Run a sink on this machine."""
    opened = Sink(answer)
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await opened.serve(reader, writer)
        except asyncio.CancelledError:
            pass

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    opened.port = server.sockets[0].getsockname()[1]
    try:
        yield opened
    finally:
        server.close()
        for task in running:
            task.cancel()
        outcomes = await asyncio.gather(*running, return_exceptions=True)
    assert not [one for one in outcomes if one is not None], outcomes
