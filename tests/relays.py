"""The relay in tests, a client before it, and a house behind it, served over HTTP on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import anyio
import httpx2
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from starlette.types import ASGIApp

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.adapters.bearer import BearerGate
from hoursmith_mcp.adapters.mcp.address import Address
from hoursmith_mcp.adapters.mcp.http import endpoint, session_manager
from hoursmith_mcp.adapters.mcp.relay import relay
from hoursmith_mcp.runtime import Runtime

Mode = Literal["auto", "legacy"]


@asynccontextmanager
async def relayed(runtime: Runtime, caller: Caller, mode: Mode = "auto") -> AsyncGenerator[Client]:
    """Yield a client of a relay to a running house."""
    token = await token_of(runtime, caller)
    async with (
        served_here(runtime) as url,
        client_of_relay(url, token=token, mode=mode) as client,
    ):
        yield client


@asynccontextmanager
async def client_over_http(
    runtime: Runtime, caller: Caller, mode: Mode = "auto"
) -> AsyncGenerator[Client]:
    """Yield a client of a running house that is served over HTTP on loopback."""
    bearer = {"Authorization": f"Bearer {await token_of(runtime, caller)}"}
    async with (
        served_here(runtime) as url,
        httpx2.AsyncClient(headers=bearer, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client


async def token_of(runtime: Runtime, caller: Caller) -> str:
    """Return a token of a caller: over HTTP all need one, as soon as there is any."""
    return caller.token or (await issue_token(runtime, name="over HTTP")).token


@asynccontextmanager
async def client_of_relay(
    url: str, *, token: str = "", mode: Mode = "auto", answer_seconds: float = 60.0, **more: Any
) -> AsyncGenerator[Client]:
    """Yield a client whose messages a relay passes on to the server at an address."""
    before = before_relay(Address(url, token), answer_seconds)
    async with Client(before, mode=mode, **more) as client:
        yield client


@asynccontextmanager
async def before_relay(address: Address, answer_seconds: float = 60.0) -> AsyncGenerator[Any]:
    """Yield the two streams of a client whose messages are passed on."""
    to_relay, from_client = anyio.create_memory_object_stream[SessionMessage | Exception]()
    to_client, from_relay = anyio.create_memory_object_stream[SessionMessage | Exception]()

    async def pass_on() -> None:
        async with from_client, to_client:
            await relay(from_client, to_client, address, answer_seconds=answer_seconds)

    async with anyio.create_task_group() as tasks, to_relay, from_relay:
        tasks.start_soon(pass_on)
        yield from_relay, to_relay
        await to_relay.aclose()


@asynccontextmanager
async def served_here(runtime: Runtime, port: int = 0) -> AsyncGenerator[str]:
    """Serve a running house in this event loop, so that it goes by the clock of its test."""
    manager = session_manager(runtime, "127.0.0.1", port)
    gate = BearerGate(endpoint(manager), runtime)
    async with manager.run(), serving(gate, port) as url:
        yield url


@asynccontextmanager
async def serving(application: ASGIApp, port: int = 0, **more: Any) -> AsyncGenerator[str]:
    """Serve an application in this event loop, and break off what is still open at the end."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()
        config = uvicorn.Config(
            application, lifespan="off", log_level="critical", timeout_graceful_shutdown=0, **more
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            await running


@dataclass
class InBackground:
    """A server in a task of its own, so that it can end whenever it has to."""

    url: str
    _finished: asyncio.Event
    _task: asyncio.Task[None]

    @classmethod
    async def open(cls, context: AbstractAsyncContextManager[str]) -> InBackground:
        """Start it."""
        opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        finished = asyncio.Event()

        async def hold() -> None:
            async with context as url:
                opened.set_result(url)
                await finished.wait()

        task = asyncio.create_task(hold())
        return cls(await opened, finished, task)

    async def close(self) -> None:
        """End it, and wait until it has."""
        self._finished.set()
        await self._task


def port_of(url: str) -> int:
    """Return the port in an address on loopback."""
    return int(url.split(":")[2].partition("/")[0])
