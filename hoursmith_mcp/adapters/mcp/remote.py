"""A client of another server, for programs: its tools, called as if they were here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import Implementation

from hoursmith_mcp import __version__
from hoursmith_mcp.adapters.mcp.address import Address
from hoursmith_mcp.adapters.mcp.upstream import ANSWER_SECONDS, connect
from hoursmith_mcp.errors import HoursmithError, Unavailable, error_of
from hoursmith_mcp.schemas.json_values import is_object


@dataclass(frozen=True)
class Remote:
    """The tools of a server, for whoever its token belongs to."""

    tools: Mapping[str, dict[str, Any]]
    """Their definitions, by name."""
    _client: Client

    async def call(
        self, name: str, arguments: Mapping[str, Any], *, key: str | None = None, run: str = ""
    ) -> dict[str, Any]:
        """Call a tool and return its answer; raises an error of the one tree."""
        named = {"hoursmith/key": key, "hoursmith/run": run or None}
        meta: Any = {label: text for label, text in named.items() if text is not None}
        try:
            result = await self._client.call_tool(name, dict(arguments), meta=meta or None)
        except MCPError as error:
            raise _ours(error) from None
        data = result.structured_content
        if not is_object(data):
            raise Unavailable(f"The server's answer to {name} is none of ours: is it another one?")
        if result.is_error:
            raise error_of(data)
        return data


@asynccontextmanager
async def open_remote(
    address: Address, *, door: str, answer_seconds: float = ANSWER_SECONDS
) -> AsyncGenerator[Remote]:
    """Connect to a server and ask for its tools; raises an error of the one tree."""
    info = Implementation(name=f"hoursmith-mcp {door}", version=__version__)
    client = Client(connect(address, answer_seconds=answer_seconds), client_info=info, cache=None)
    connected: asyncio.Future[Remote] = asyncio.get_running_loop().create_future()
    finished = asyncio.Event()

    # Held apart, as the SDK's client would wrap whatever is raised while it is open.
    holding = asyncio.create_task(_hold(client, connected, finished))
    try:
        yield await connected
    finally:
        finished.set()
        await holding


async def _hold(client: Client, connected: asyncio.Future[Remote], finished: asyncio.Event) -> None:
    try:
        async with client:
            listed = await client.list_tools()
            tools = {
                tool.name: tool.model_dump(mode="json", by_alias=True, exclude_none=True)
                for tool in listed.tools
            }
            if not connected.done():
                connected.set_result(Remote(tools, client))
            await finished.wait()
    except* MCPError as group:
        if not connected.done():
            connected.set_exception(_ours(_first(group)))


def _ours(error: MCPError) -> HoursmithError:
    data = error.error.data
    document = data.get("error") if is_object(data) else None
    return error_of(document if is_object(document) else {"message": error.error.message})


def _first(group: BaseExceptionGroup[MCPError]) -> MCPError:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
