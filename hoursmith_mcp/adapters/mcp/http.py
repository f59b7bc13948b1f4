"""MCP over streamable HTTP, at `/mcp`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.authentication import permit
from hoursmith_mcp.adapters.bearer import ACTOR, CALLER
from hoursmith_mcp.adapters.challenges import refusal_headers, refusal_response
from hoursmith_mcp.adapters.hosts import Allowed
from hoursmith_mcp.adapters.mcp.context import Context, client_name, run_name
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.adapters.requests import MOST_BODY_BYTES
from hoursmith_mcp.errors import Forbidden
from hoursmith_mcp.runtime import Runtime


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
    return replace(caller, door="mcp-http", client=client_name(context), run=run_name(context))


class StepUp:
    """Tells clients of an authorization server which scope to ask it for, before they call.

    A token of our own cannot be given more: there the model is told by the call itself.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime, metadata_url: str) -> None:
        """Take what is behind it, and where clients learn of the authorization server."""
        self._app = app
        self._runtime = runtime
        self._metadata_url = metadata_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call that lacks a scope with 403 and its name, where the header tells of it."""
        headers = Headers(scope=scope)
        one = self._runtime.catalogue.operations.get(headers.get("mcp-name", ""))
        if one is not None and one.mcp and headers.get("mcp-method") == "tools/call":
            try:
                if scope[CALLER].identity is not None:
                    permit(scope[ACTOR], one)
            except Forbidden as error:
                if error.scope is not None:
                    found = refusal_headers(error, has_token=True, metadata_url=self._metadata_url)
                    await refusal_response(error, found)(scope, receive, send)
                    return
        await self._app(scope, receive, send)


def _security(allowed: Allowed) -> TransportSecuritySettings:
    return TransportSecuritySettings(
        allowed_hosts=list(allowed.hosts), allowed_origins=list(allowed.origins)
    )
