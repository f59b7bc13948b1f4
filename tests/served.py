"""A house served over HTTP, as `hoursmith-mcp serve` does it, by a real server."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from hoursmith_mcp.adapters.application import build_application
from hoursmith_mcp.adapters.http_server import server_config
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings


@contextmanager
def served(database_url: str, **settings: Any) -> Generator[str]:
    """Serve a house on a free port of this machine; yields where MCP is."""
    # The protocol is named, as asyncio switches Nagle's delay off for such sockets only.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        # It listens before the server runs: whoever comes early waits, and nobody has to poll.
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port: int = listening.getsockname()[1]
        runtime = Runtime(Settings(database_url=database_url, **settings))
        application = build_application(runtime, host="127.0.0.1", port=port)
        server = uvicorn.Server(server_config(application))

        async def serve() -> None:
            try:
                await server.serve(sockets=[listening])
            finally:
                await runtime.close()

        thread = threading.Thread(target=asyncio.run, args=[serve()])
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            server.should_exit = True
            thread.join()


@asynccontextmanager
async def living(application: ASGIApp) -> AsyncGenerator[None]:
    """Begin an application and end it as a server does, in this event loop."""
    told: asyncio.Queue[Any] = asyncio.Queue()
    answers: asyncio.Queue[Any] = asyncio.Queue()
    life = asyncio.ensure_future(application({"type": "lifespan"}, told.get, answers.put))
    await told.put({"type": "lifespan.startup"})
    assert (await answers.get())["type"] == "lifespan.startup.complete"
    try:
        yield
    finally:
        await told.put({"type": "lifespan.shutdown"})
        await life
