"""Servers that answer by hand: wrongly, slowly, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

HTML = "HTTP/1.1 {} X\nContent-Type: text/html\nContent-Length: 6\n\n<html>"
"""An answer of something else that speaks HTTP; its status is left open."""

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(answer: Answering, **more: Any) -> AsyncGenerator[int]:
    """Answer each connection on a port of this machine by hand; yields the port."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0, **more)
    async with server:
        yield server.sockets[0].getsockname()[1]


def always(text: str) -> Answering:
    """Answer every request with the same bytes, and hang up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text.replace("\n", "\r\n").encode())
        await writer.drain()

    return answer
