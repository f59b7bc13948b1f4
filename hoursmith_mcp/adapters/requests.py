"""Every request: an id of its own, headers that every answer carries, one line in the log."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from http import HTTPMethod
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hoursmith_mcp.access.actor import Actor
from hoursmith_mcp.adapters.bearer import ACTOR

MOST_BODY_BYTES = 1024 * 1024
"""The largest body that any door takes."""
HEADER = "Request-Id"
ID = "hoursmith.request_id"
"""Where the id of a request is in the ASGI scope."""

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
"""The id of the request that is being answered, for the lines of the log."""

OTHER = "other"
"""What the log has instead of a path where nothing is, or of a method that is none."""

_CLIENTS_OWN = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_METHODS = frozenset(HTTPMethod)
access_log = logging.getLogger("hoursmith_mcp.access")


def request_id(scope: Scope) -> str:
    """Return the id of a request."""
    found: str = scope.get(ID, "")
    return found


class Requests:
    """The outermost layer: what must hold of every request, whoever answers it."""

    def __init__(self, app: ASGIApp, shown_path: Callable[[Scope], str | None]) -> None:
        """Take what answers, and what says of a path all that may be written down."""
        self._app = app
        self._shown_path = shown_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and write its line when the answer has been sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        own = f"req_{secrets.token_hex(12)}"
        scope[ID] = own
        begun = time.perf_counter()
        status = 0

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = own
            await send(message)

        token = current_request_id.set(own)
        try:
            await self._app(scope, receive, answering)
        finally:
            self._write(scope, status, time.perf_counter() - begun)
            current_request_id.reset(token)

    def _write(self, scope: Scope, status: int, seconds: float) -> None:
        """Write the line of a request: never its query, its body, its token or a name."""
        if not access_log.isEnabledFor(logging.INFO):
            return
        headers = Headers(scope=scope)
        theirs = headers.get("x-request-id") or headers.get(HEADER) or ""
        actor: Actor | None = scope.get(ACTOR)
        method = scope["method"] if scope["method"] in _METHODS else OTHER
        path = self._shown_path(scope) or OTHER
        facts: dict[str, Any] = {
            "request_id": request_id(scope),
            "client_request_id": theirs if _CLIENTS_OWN.fullmatch(theirs) else None,
            "method": method,
            "path": path,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
            "organization_id": actor.organization_id if actor is not None else None,
            "token_id": actor.token_id if actor is not None else None,
        }
        known = {name: fact for name, fact in facts.items() if fact is not None}
        access_log.info("%s %s %d", method, path, status, extra={"facts": known})
