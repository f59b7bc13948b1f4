"""A server that uses what ours does not yet, to see that a relay passes it on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mcp import types
from mcp.server import Server, ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.subscriptions import ResourceUpdated
from relays import serving

Context = ServerRequestContext[Any, Any]
ADDRESS = "toy://thing"


@dataclass
class Toy:
    """What the server was asked, and what it tells."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    given_up: asyncio.Event = field(default_factory=asyncio.Event)
    subscribed: list[str] = field(default_factory=list[str])
    levels: list[str] = field(default_factory=list[str])
    bus: InMemorySubscriptionBus = field(default_factory=InMemorySubscriptionBus)
    sessions: list[Any] = field(default_factory=list[Any])

    async def tell_of_a_change(self) -> None:
        """Tell subscribers of both eras that the thing has changed."""
        await self.bus.publish(ResourceUpdated(uri=ADDRESS))
        for session in self.sessions:
            await session.send_resource_updated(ADDRESS)

    async def list_tools(self, _: Context, __: types.PaginatedRequestParams | None) -> Any:
        """List what there is."""
        names = ("count", "wait", "ask", "say")
        schema: dict[str, Any] = {"type": "object"}
        return types.ListToolsResult(
            tools=[types.Tool(name=name, input_schema=schema) for name in names]
        )

    async def call_tool(self, context: Context, params: types.CallToolRequestParams) -> Any:
        """Count aloud, wait until nobody wants the answer, ask back, or say something."""
        text = "done"
        if params.name == "count":
            for number in (1, 2, 3):
                await context.session.report_progress(number, 3, f"number {number}")
        elif params.name == "wait":
            self.begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.given_up.set()
        elif params.name == "ask":
            schema: Any = {"type": "object", "properties": {"yes": {"type": "boolean"}}}
            if context.protocol_version == "2026-07-28":
                form = types.ElicitRequestFormParams(message="Really?", requested_schema=schema)
                asked: dict[str, Any] = {"really": types.ElicitRequest(params=form)}
                given = (params.input_responses or {}).get("really")
                if given is None:
                    return types.InputRequiredResult(input_requests=asked, request_state="asked")
                text = f"{params.request_state}: {getattr(given, 'content', given)}"
            else:
                answer = await context.session.elicit_form("Really?", schema, context.request_id)
                text = f"asked: {answer.content}"
        else:
            text = str((params.arguments or {}).get("text"))
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)])

    async def subscribe(self, context: Context, params: types.SubscribeRequestParams) -> Any:
        """Take a subscription of the older era."""
        self.subscribed.append(str(params.uri))
        self.sessions.append(context.session)
        return types.EmptyResult()

    async def set_level(self, _: Context, params: types.SetLevelRequestParams) -> Any:
        """Remember a level."""
        self.levels.append(params.level)
        return types.EmptyResult()

    @asynccontextmanager
    async def served(self, port: int = 0) -> AsyncGenerator[str]:
        """Serve it on loopback; yields where MCP is."""
        server: Server[Any] = Server(
            "toy",
            version="7",
            instructions="Play.",
            on_list_tools=self.list_tools,
            on_call_tool=self.call_tool,
            on_subscribe_resource=self.subscribe,
            on_subscriptions_listen=ListenHandler(self.bus),
        )
        server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, self.set_level)
        manager = StreamableHTTPSessionManager(server)
        async with manager.run(), serving(StreamableHTTPASGIApp(manager), port) as url:
            yield url
