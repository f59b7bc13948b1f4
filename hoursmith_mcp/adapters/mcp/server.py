"""The MCP server: the catalogue in, the protocol out, in both of its eras.

It is built on the SDK's low-level server, so that schemas, strictness, errors and lists are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server import Server
from mcp.server.caching import CacheHint
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CompleteRequestParams,
    DiscoverResult,
    EmptyResult,
    GetPromptRequestParams,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    RequestParams,
    SetLevelRequestParams,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from hoursmith_mcp import __version__
from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp.completions import complete
from hoursmith_mcp.adapters.mcp.context import Context
from hoursmith_mcp.adapters.mcp.prompts import get_prompt, list_prompts
from hoursmith_mcp.adapters.mcp.resources import list_resources, list_templates, read_resource
from hoursmith_mcp.adapters.mcp.showing import may_use
from hoursmith_mcp.adapters.mcp.subscriptions import Subscribers, subscribers_of
from hoursmith_mcp.adapters.mcp.tools import call_tool, list_tools
from hoursmith_mcp.runtime import Runtime

CallerOf = Callable[[Context], Caller]
"""How a transport tells who sent a request."""

HOUR_MS = 3_600_000


def build_server(runtime: Runtime, caller_of: CallerOf) -> Server[Any]:
    """Return the server for a transport; raises InvalidInput for a toolset that does not exist."""
    runtime.catalogue.tools(runtime.settings.toolsets)

    async def on_list_tools(context: Context, params: PaginatedRequestParams | None) -> Any:
        _whole(params)
        return await list_tools(runtime, caller_of(context), context)

    async def on_call_tool(context: Context, params: CallToolRequestParams) -> Any:
        return await call_tool(runtime, caller_of(context), context, params)

    async def on_list_resources(context: Context, params: PaginatedRequestParams | None) -> Any:
        _whole(params)
        may = await may_use(runtime, caller_of(context), context)
        return list_resources(runtime.catalogue, may)

    async def on_list_templates(context: Context, params: PaginatedRequestParams | None) -> Any:
        _whole(params)
        may = await may_use(runtime, caller_of(context), context)
        return list_templates(runtime.catalogue, may)

    async def on_read_resource(context: Context, params: ReadResourceRequestParams) -> Any:
        return await read_resource(runtime, caller_of(context), context, str(params.uri))

    async def on_completion(context: Context, params: CompleteRequestParams) -> Any:
        return await complete(runtime, caller_of(context), params)

    async def on_list_prompts(context: Context, params: PaginatedRequestParams | None) -> Any:
        _whole(params)
        may = await may_use(runtime, caller_of(context), context)
        return list_prompts(runtime.catalogue, may)

    async def on_get_prompt(context: Context, params: GetPromptRequestParams) -> Any:
        given = params.arguments or {}
        return await get_prompt(runtime, caller_of(context), context, params.name, given)

    async def on_subscribe(context: Context, params: SubscribeRequestParams) -> EmptyResult:
        await _subscribers(context).subscribe(context, caller_of(context), params.uri)
        return EmptyResult()

    async def on_unsubscribe(context: Context, params: UnsubscribeRequestParams) -> EmptyResult:
        _subscribers(context).unsubscribe(context, caller_of(context), params.uri)
        return EmptyResult()

    async def on_listen(
        context: Context, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        wanted = params.notifications
        return await _subscribers(context).listen(context, caller_of(context), wanted)

    hint = CacheHint(ttl_ms=HOUR_MS, scope="private")

    def get_input_schema(name: str) -> dict[str, Any] | None:
        # Asked by the SDK before each call over HTTP, which else runs tools/list to find it.
        one = runtime.catalogue.operations.get(name)
        return one.arguments.schema if one is not None and one.mcp else None

    server: Server[Any] = Server(
        "hoursmith",
        title="Hoursmith",
        version=__version__,
        instructions=runtime.catalogue.instructions,
        cache_hints={
            "server/discover": hint,
            "tools/list": hint,
            "prompts/list": hint,
            "resources/list": hint,
            "resources/templates/list": hint,
            "resources/read": CacheHint(ttl_ms=0, scope="private"),
        },
        lifespan=subscribers_of(runtime),
        get_tool_input_schema=get_input_schema,
        on_list_tools=on_list_tools,
        on_call_tool=on_call_tool,
        on_list_resources=on_list_resources,
        on_list_resource_templates=on_list_templates,
        on_read_resource=on_read_resource,
        on_subscribe_resource=on_subscribe,
        on_unsubscribe_resource=on_unsubscribe,
        on_subscriptions_listen=on_listen,
        on_completion=on_completion,
        on_list_prompts=on_list_prompts,
        on_get_prompt=on_get_prompt,
    )
    # Clients of 2025 may set a log level; we log to stderr whatever it is.
    server.add_request_handler("logging/setLevel", SetLevelRequestParams, _set_level)
    _say_that_lists_stay(server)
    return server


def _subscribers(context: Context) -> Subscribers:
    subscribers: Subscribers = context.lifespan_context
    return subscribers


def _say_that_lists_stay(server: Server[Any]) -> None:
    """Let `server/discover` say that no list changes: the SDK takes it that whoever tells of one
    kind of change tells of all."""
    entry = server.get_request_handler("server/discover")
    assert entry is not None, "the SDK answers it by itself"

    async def discover(context: Context, params: RequestParams) -> DiscoverResult:
        result: Any = await entry.handler(context, params)
        found: DiscoverResult = result
        same = {"list_changed": False}
        parts = {
            name: part.model_copy(update=same)
            for name in ("tools", "prompts", "resources")
            if (part := getattr(found.capabilities, name)) is not None
        }
        return found.model_copy(
            update={"capabilities": found.capabilities.model_copy(update=parts)}
        )

    server.add_request_handler("server/discover", RequestParams, discover)


def _whole(params: PaginatedRequestParams | None) -> None:
    """Refuse a cursor: no list has a second page."""
    if params is not None and params.cursor is not None:
        raise MCPError(code=INVALID_PARAMS, message="That is no cursor of this list.")


async def _set_level(_: Context, __: SetLevelRequestParams) -> EmptyResult:
    return EmptyResult()
