"""The gate before every HTTP door: a bearer token, or this machine's own loopback."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from hoursmith_mcp.access.actor import Actor, Caller, Trust
from hoursmith_mcp.errors import HoursmithError, InvalidInput, Unauthenticated
from hoursmith_mcp.runtime import Runtime

LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")

CALLER = "hoursmith.caller"
"""Where the gate leaves the caller in the ASGI scope."""

ACTOR = "hoursmith.actor"
"""Where it leaves who that was when the request came."""

Identify = Callable[[Caller], Awaitable[Actor]]
Refuse = Callable[[HoursmithError, Scope], ASGIApp]


class BearerGate:
    """Lets a request through once its caller is known, and answers with why not otherwise."""

    def __init__(
        self,
        app: ASGIApp,
        runtime: Runtime,
        *,
        identify: Identify | None = None,
        refuse: Refuse | None = None,
    ) -> None:
        """Take what is behind the gate, how a caller is identified, and how one is refused."""
        self._app = app
        self._runtime = runtime
        self._identify = identify or runtime.identify
        self._refuse = refuse or _refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the caller; what is behind the gate asks again, inside its own transaction."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            caller = self._caller(scope)
            actor = await self._identify(caller)
        except HoursmithError as error:
            await self._refuse(error, scope)(scope, receive, send)
            return
        scope[CALLER] = caller
        scope[ACTOR] = actor
        scope["user"] = _user(caller, actor)
        await self._app(scope, receive, send)

    def _caller(self, scope: Scope) -> Caller:
        header = _authorization(scope)
        scheme, _, token = header.partition(" ")
        if header and (scheme.lower() != "bearer" or not token.strip()):
            raise Unauthenticated("Send the token as `Authorization: Bearer hsk_…`.")
        settings = self._runtime.settings
        on_sqlite = self._runtime.database_url.startswith("sqlite")
        # A proxy that publishes the house knocks from this machine, too.
        local = on_sqlite and _is_loopback(scope) and not is_published(settings.public_url)
        return Caller(
            door="http",
            token=token.strip(),
            trust=Trust.LOOPBACK if local else Trust.NOBODY,
            organization_id=settings.organization,
        )


def read_public_url(text: str) -> SplitResult | None:
    """Read the address that clients use, if one is set; raises InvalidInput where it is none."""
    if not text:
        return None
    try:
        address = urlsplit(text)
        if address.scheme in ("http", "https") and address.hostname and address.port != 0:
            return address
    except ValueError:
        pass  # A bracket too many, or a port that is no number.
    raise InvalidInput(
        "HOURSMITH_PUBLIC_URL is no address: write it whole, as https://hours.example."
    )


def is_published(public_url: str) -> bool:
    """Tell whether the address that clients use leads here from other machines."""
    address = read_public_url(public_url)
    return address is not None and address.hostname not in LOCAL_NAMES


def _authorization(scope: Scope) -> str:
    return Headers(scope=scope).get("authorization", "")


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


def challenge(error: HoursmithError, scope: Scope) -> dict[str, str]:
    """Return the headers that tell who is not known how to become so."""
    if not isinstance(error, Unauthenticated):
        return {}
    # RFC 6750: who sent no token is told no more than that one is needed.
    reason = ', error="invalid_token"' if _authorization(scope) else ""
    return {"WWW-Authenticate": f'Bearer realm="hoursmith"{reason}'}


def _refusal(error: HoursmithError, scope: Scope) -> JSONResponse:
    return JSONResponse(
        {"error": error.document()}, status_code=error.status, headers=challenge(error, scope)
    )
