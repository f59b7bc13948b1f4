"""Receivers on this machine, well-behaved and not: real servers, in the test's own loop."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from hoursmith_mcp.core.network_addresses import AddressRule, read_networks
from hoursmith_mcp.core.webhook_urls import WebhookUrl, read_webhook_url

THIS_MACHINE = AddressRule(read_networks("127.0.0.0/8"))

Answering: TypeAlias = "Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]"


@dataclass
class Received:
    """One request as it came over the wire."""

    head: str
    body: bytes

    @property
    def headers_as_sent(self) -> dict[str, str]:
        """The headers, by name as it was written."""
        lines = self.head.split("\r\n")[1:]
        parts = (line.partition(":") for line in lines if line)
        return {name: value.strip() for name, _, value in parts}

    @property
    def headers(self) -> dict[str, str]:
        """The headers, by name in lower case."""
        return {name.lower(): value for name, value in self.headers_as_sent.items()}


@dataclass
class Receiver:
    """A server that answers every request in one way, and remembers what it was sent."""

    port: int = 0
    connections: int = 0
    requests: list[Received] = field(default_factory=list[Received])
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def url(
        self, *, scheme: str = "http", host: str = "127.0.0.1", path: str = "/in"
    ) -> WebhookUrl:
        """Return where it is to be found."""
        return read_webhook_url(f"{scheme}://{host}:{self.port}{path}", THIS_MACHINE)


async def read_request(reader: asyncio.StreamReader) -> Received | None:
    """Read one whole request; None where no more come."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request = Received(head, b"")
        length = int(request.headers.get("content-length", "0"))
        request.body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None  # Also where who sent it was stopped in the middle of it.
    return request


def saying(status: str, *headers: str, body: bytes = b"") -> bytes:
    """Return an answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@asynccontextmanager
async def receiving(
    answer: bytes | Answering, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncGenerator[Receiver]:
    """Run a receiver that says these bytes to each request, or does as it likes with it."""
    receiver = Receiver()
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver.connections += 1
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            while (request := await read_request(reader)) is not None:
                receiver.requests.append(request)
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                else:
                    await answer(reader, writer)
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            receiver.finished.set()

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
