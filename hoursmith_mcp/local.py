"""The local MCP server: one client on stdin and stdout, acting for whoever owns the database."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.adapters.mcp.context import Context, client_name, run_name
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schedules.running import running_schedules
from hoursmith_mcp.settings import read_settings
from hoursmith_mcp.webhooks.running import dispatching

if TYPE_CHECKING:
    from mcp.server import Server

    from hoursmith_mcp.access.actor import Caller

GRACE_SECONDS = 1.0
"""The client is gone, and kills us if we take long; somebody else goes on with what is left."""


async def local_server(
    environment: Mapping[str, str], serve: Callable[[Server[Any]], Awaitable[None]]
) -> None:
    """Build the server from the environment's settings and serve it until the client is gone."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    runtime = Runtime(read_settings(environment))

    def caller_of(context: Context) -> Caller:
        return runtime.local_caller("mcp-stdio", client=client_name(context), run=run_name(context))

    try:
        async with (
            dispatching(runtime, grace_seconds=GRACE_SECONDS),
            running_schedules(runtime, grace_seconds=GRACE_SECONDS),
        ):
            await serve(build_server(runtime, caller_of))
    finally:
        await runtime.close()
