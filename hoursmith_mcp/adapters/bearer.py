"""The gate before every HTTP door: a bearer token, or this machine's own loopback."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from hoursmith_mcp.access.actor import Actor, Caller, Trust
from hoursmith_mcp.access.authentication import refuse_nobody
from hoursmith_mcp.adapters.challenges import refusal_headers, refusal_response
from hoursmith_mcp.adapters.guessing import Guesses
from hoursmith_mcp.errors import HoursmithError, InvalidInput, Unauthenticated
from hoursmith_mcp.runtime import Runtime

if TYPE_CHECKING:
    from hoursmith_mcp.adapters.authority import Authority

OURS = "hsk_"
"""How tokens of our own begin."""

LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")

CALLER = "hoursmith.caller"
"""Where the gate leaves the caller in the ASGI scope."""

ACTOR = "hoursmith.actor"
"""Where it leaves who that was when the request came."""

Identify = Callable[[Caller], Awaitable[Actor]]
Refuse = Callable[[HoursmithError, Mapping[str, str], Scope], ASGIApp]


class BearerGate:
    """Lets a request through once its caller is known, and answers with why not otherwise."""

    def __init__(
        self,
        app: ASGIApp,
        runtime: Runtime,
        guesses: Guesses | None = None,
        authority: Authority | None = None,
        *,
        identify: Identify | None = None,
        refuse: Refuse | None = None,
    ) -> None:
        """Take what is behind the gate, what gates may share, and what they may do otherwise.

        Shared are the memory of bad tokens, and the authorization server that is trusted, if one
        is; a door may have its own way to find who calls, and to say that it lets nobody in.
        """
        self._authority = authority
        self._app = app
        self._runtime = runtime
        self._guesses = guesses if guesses is not None else Guesses(runtime.clock)
        self._identify = identify or runtime.identify
        self._refuse = refuse or refuse_plainly

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the caller; what is behind the gate asks again, inside its own transaction."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            caller, actor = await self._admit(scope)
        except HoursmithError as error:
            headers = refusal_headers(
                error, has_token=has_token(scope), metadata_url=self._metadata_url
            )
            await self._refuse(error, headers, scope)(scope, receive, send)
            return
        scope[CALLER] = caller
        scope[ACTOR] = actor
        scope["user"] = _user(caller, actor)
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope) -> tuple[Caller, Actor]:
        """Return who that is; raises an error of the one tree."""
        caller, address = self._caller(scope), address_of(scope)
        token = caller.token
        if not token:
            refuse_nobody(caller)
            return caller, await self._identify(caller)
        self._guesses.check(address, token)
        try:
            if self._authority is not None and not token.startswith(OURS):
                caller = replace(caller, token="", identity=await self._authority.read(token))
            actor = await self._identify(caller)
        except Unauthenticated as error:
            self._guesses.failed(address, token, error.message)
            raise
        self._guesses.passed(token)
        return caller, actor

    @property
    def _metadata_url(self) -> str | None:
        return self._authority.metadata_url if self._authority is not None else None

    def _caller(self, scope: Scope) -> Caller:
        header = _authorization(scope)
        scheme, _, token = header.partition(" ")
        if len(Headers(scope=scope).getlist("authorization")) > 1:
            raise Unauthenticated("Send one Authorization header: which of several counts is open.")
        if header and (scheme.lower() != "bearer" or not token.strip()):
            raise Unauthenticated("Send the token as `Authorization: Bearer hsk_…`.")
        settings = self._runtime.settings
        on_sqlite = self._runtime.database_url.startswith("sqlite")
        # A proxy that publishes the house knocks from this machine, too.
        local = on_sqlite and _is_loopback(scope) and not is_published(settings.public_url)
        # Where an authorization server lets people in, nobody comes in without it.
        local = local and self._authority is None
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


def address_of(scope: Scope) -> str:
    """Return where a request comes from, as the server that took it knows."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _is_loopback(scope: Scope) -> bool:
    try:
        return ipaddress.ip_address(address_of(scope)).is_loopback
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


def has_token(scope: Scope) -> bool:
    """Tell whether a request came with any token at all, good or bad."""
    return bool(_authorization(scope))


def refuse_plainly(error: HoursmithError, headers: Mapping[str, str], _: Scope) -> ASGIApp:
    """Return the response to a caller who is not let in, where a door has none of its own."""
    return refusal_response(error, headers)
