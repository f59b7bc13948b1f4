"""The relay in tests: a client before it, and a house behind it, served over HTTP on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal

import anyio
import uvicorn
from mcp import Client
from mcp.shared.message import SessionMessage
from starlette.types import Receive, Scope, Send

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.bearer import CALLER
from hoursmith_mcp.adapters.mcp.address import Address
from hoursmith_mcp.adapters.mcp.http import endpoint, session_manager
from hoursmith_mcp.adapters.mcp.relay import relay
from hoursmith_mcp.runtime import Runtime

Mode = Literal["auto", "legacy"]


@asynccontextmanager
async def relayed(runtime: Runtime, caller: Caller, mode: Mode = "auto") -> AsyncGenerator[Client]:
    """Yield a client of a relay to a running house, for a caller who is known already."""
    async with served_here(runtime, caller) as url, client_of_relay(url, mode=mode) as client:
        yield client


@asynccontextmanager
async def client_of_relay(
    url: str, *, token: str = "", mode: Mode = "auto", **more: Any
) -> AsyncGenerator[Client]:
    """Yield a client whose messages a relay passes on to the server at an address."""
    async with Client(_before_relay(Address(url, token), more), mode=mode) as client:
        yield client


@asynccontextmanager
async def _before_relay(address: Address, more: dict[str, Any]) -> AsyncGenerator[Any]:
    to_relay, from_client = anyio.create_memory_object_stream[SessionMessage | Exception]()
    to_client, from_relay = anyio.create_memory_object_stream[SessionMessage | Exception]()

    async def pass_on() -> None:
        async with from_client, to_client:
            await relay(from_client, to_client, address, **more)

    async with anyio.create_task_group() as tasks, to_relay, from_relay:
        tasks.start_soon(pass_on)
        yield from_relay, to_relay
        await to_relay.aclose()


@asynccontextmanager
async def served_here(runtime: Runtime, caller: Caller) -> AsyncGenerator[str]:
    """Serve a running house in this event loop; the gate is left out, as the caller is known."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port: int = listening.getsockname()[1]
        manager = session_manager(runtime, "127.0.0.1", port)
        behind = endpoint(manager)

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            scope[CALLER] = caller
            await behind(scope, receive, send)

        config = uvicorn.Config(
            application, lifespan="off", log_level="error", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        async with manager.run():
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            try:
                yield f"http://127.0.0.1:{port}/mcp"
            finally:
                server.should_exit = True
                await serving
