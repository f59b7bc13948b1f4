"""MCP over streamable HTTP, at `/mcp`."""

from __future__ import annotations

from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.bearer import CALLER
from hoursmith_mcp.adapters.hosts import Allowed
from hoursmith_mcp.adapters.mcp.context import Context, client_name, run_name
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.runtime import Runtime

MOST_BODY_BYTES = 1024 * 1024


def session_manager(runtime: Runtime, allowed: Allowed) -> StreamableHTTPSessionManager:
    """Return what serves MCP requests; its `run()` belongs around the application's life."""
    return StreamableHTTPSessionManager(
        build_server(runtime, _caller),
        security_settings=_security(allowed),
        max_request_body_size=MOST_BODY_BYTES,
    )


def endpoint(manager: StreamableHTTPSessionManager) -> StreamableHTTPASGIApp:
    """Return the ASGI application behind `/mcp`."""
    return StreamableHTTPASGIApp(manager)


def _caller(context: Context) -> Caller:
    request: Any = context.request
    caller: Caller = request.scope[CALLER]
    return Caller(
        door="mcp-http",
        token=caller.token,
        trust=caller.trust,
        organization_id=caller.organization_id,
        client=client_name(context),
        run=run_name(context),
    )


def _security(allowed: Allowed) -> TransportSecuritySettings:
    return TransportSecuritySettings(
        allowed_hosts=list(allowed.hosts), allowed_origins=list(allowed.origins)
    )
