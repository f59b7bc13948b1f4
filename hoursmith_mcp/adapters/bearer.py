"""The gate before every HTTP door: a bearer token, or this machine's own loopback."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from hoursmith_mcp.access.actor import Caller, Trust
from hoursmith_mcp.access.authentication import authenticate
from hoursmith_mcp.errors import HoursmithError, Unauthenticated
from hoursmith_mcp.runtime import Runtime

if TYPE_CHECKING:
    from hoursmith_mcp.access.actor import Actor
    from hoursmith_mcp.store.session import Session

CALLER = "hoursmith.caller"
"""Where the gate leaves the caller in the ASGI scope."""


class BearerGate:
    """Lets a request through once its caller is known, and answers 401 otherwise."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        """Take what is behind the gate."""
        self._app = app
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the caller; what is behind the gate asks again, inside its own transaction."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            caller = self._caller(scope)
            actor = await self._known(caller)
        except HoursmithError as error:
            await _refusal(error)(scope, receive, send)
            return
        scope[CALLER] = caller
        scope["user"] = _user(caller, actor)
        await self._app(scope, receive, send)

    def _caller(self, scope: Scope) -> Caller:
        header = Headers(scope=scope).get("authorization", "")
        scheme, _, token = header.partition(" ")
        if header and (scheme.lower() != "bearer" or not token.strip()):
            raise Unauthenticated("Send the token as `Authorization: Bearer hsk_…`.")
        on_sqlite = self._runtime.database_url.startswith("sqlite")
        local = on_sqlite and _is_loopback(scope)
        return Caller(
            door="http",
            token=token.strip(),
            trust=Trust.LOOPBACK if local else Trust.NOBODY,
            organization_id=self._runtime.settings.organization,
        )

    async def _known(self, caller: Caller) -> Actor:
        async def unit(session: Session) -> Actor:
            return (await authenticate(session, caller, writing=False))[0]

        return await (await self._runtime.database()).read(unit)


def _is_loopback(scope: Scope) -> bool:
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _user(caller: Caller, actor: Actor) -> object:
    """Say who owns an MCP session, so that no other token can go on with it."""
    from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
    from mcp.server.auth.provider import AccessToken

    owner = actor.token_id or actor.member_id
    return AuthenticatedUser(
        AccessToken(token=caller.token, client_id=owner, scopes=[], subject=actor.member_id)
    )


def _refusal(error: HoursmithError) -> JSONResponse:
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="hoursmith", error="invalid_token"'
    return JSONResponse({"error": error.document()}, status_code=error.status, headers=headers)
