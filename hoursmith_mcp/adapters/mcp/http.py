"""MCP over streamable HTTP, at `/mcp`."""

from __future__ import annotations

from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.bearer import CALLER, read_public_url
from hoursmith_mcp.adapters.mcp.context import Context, client_name, run_name
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.runtime import Runtime

LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
MOST_BODY_BYTES = 1024 * 1024


def session_manager(runtime: Runtime, host: str, port: int) -> StreamableHTTPSessionManager:
    """Return what serves MCP requests; its `run()` belongs around the application's life."""
    return StreamableHTTPSessionManager(
        build_server(runtime, _caller),
        security_settings=_allowed(host, port, runtime.settings.public_url),
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


def _allowed(host: str, port: int, public_url: str) -> TransportSecuritySettings:
    """Allow this machine's own names, the address that is served, and the public one."""
    hosts = [f"{name}:*" for name in LOCAL_HOSTS] + [f"{host}:{port}"]
    origins = [f"http://{name}:*" for name in LOCAL_HOSTS] + [f"http://{host}:{port}"]
    public = read_public_url(public_url)
    if public is not None:
        hosts += [public.hostname or "", public.netloc.lower()]
        origins.append(f"{public.scheme}://{public.netloc.lower()}")
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)
