"""Clients that watch resources, in either era, and a house for them to watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp import Client
from mcp.types import ResourceUpdatedNotification

OVERVIEW = "hoursmith://overview"
PROJECT = "hoursmith://projects/acme redesign"
PATIENCE_SECONDS = 10


async def subscribe(client: Any, uri: str) -> None:
    """Watch a resource as clients of 2025 do; the SDK deprecates it for all."""
    await client.subscribe_resource(uri)


async def unsubscribe(client: Any, uri: str) -> None:
    """Watch a resource no more."""
    await client.unsubscribe_resource(uri)


class Watcher:
    """A client that watches, in whichever way its era knows."""

    def __init__(self) -> None:
        """Begin with nothing told."""
        self.told: asyncio.Queue[str] = asyncio.Queue()

    async def hear(self, message: Any) -> None:
        """Take a message of the older era."""
        if isinstance(message, ResourceUpdatedNotification) and message.params.meta is None:
            self.told.put_nowait(str(message.params.uri))

    @asynccontextmanager
    async def watching(self, client: Client, *uris: str) -> AsyncGenerator[list[str]]:
        """Watch resources; yields those that the server agreed to."""
        if client.protocol_version != "2026-07-28":
            for uri in uris:
                await subscribe(client, uri)
            yield list(uris)
            return
        async with client.listen(resource_subscriptions=list(uris)) as events:
            async with anyio.create_task_group() as group:

                async def collect() -> None:
                    async for event in events:
                        self.told.put_nowait(getattr(event, "uri", "a list"))

                group.start_soon(collect)
                yield list(events.honored.resource_subscriptions or ())
                group.cancel_scope.cancel()

    async def next(self) -> str:
        """Return the next address that is told of."""
        with anyio.fail_after(PATIENCE_SECONDS):
            return await self.told.get()

    async def until(self, uri: str) -> None:
        """Wait until an address is told of."""
        while await self.next() != uri:
            pass


async def set_the_scene(client: Client) -> None:
    await call(client, "set_up", time_zone="UTC")
    await call(client, "create_client", name="Acme", currency="EUR")
    await call(client, "create_client", name="Globex", currency="EUR")
    await call(client, "create_project", client="Acme", name="Website redesign", hourly_rate="90")


async def call(client: Client, tool: str, /, **given: Any) -> Any:
    result = await client.call_tool(tool, given)
    assert not result.is_error, result.content
    return result.structured_content


async def log(client: Client, duration: str) -> None:
    await call(client, "log_time", project="redesign", duration=duration, allow_duplicate=True)
