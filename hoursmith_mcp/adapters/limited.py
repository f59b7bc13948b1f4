"""The limits before every HTTP door: whoever asks too often is told how long to wait."""

from __future__ import annotations

import math
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hoursmith_mcp.adapters.bearer import ACTOR, Refuse, address_of
from hoursmith_mcp.adapters.guessing import network_of
from hoursmith_mcp.adapters.limits import Limits, Standing
from hoursmith_mcp.adapters.requests import request_id
from hoursmith_mcp.adapters.rest.problems import Problem, answer
from hoursmith_mcp.errors import HoursmithError, Unauthenticated


class Limited:
    """Lets a caller through while their limits hold; it stands behind the gate."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        """Take what is limited, and by what."""
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request; tell in its answer where the caller stands."""
        standing = self._limits.take(scope[ACTOR]) if scope["type"] == "http" else None
        await _held_to(standing, self._app)(scope, receive, send)


def limited_refusals(refuse: Refuse, limits: Limits) -> Refuse:
    """Return what a gate refuses with, limited by the address of whom it does not let in."""

    def refuse_limited(error: HoursmithError, headers: Mapping[str, str], scope: Scope) -> ASGIApp:
        refusal = refuse(error, headers, scope)
        if not isinstance(error, Unauthenticated):
            return refusal
        return _held_to(limits.take_unknown(network_of(address_of(scope))), refusal)

    return refuse_limited


def _held_to(standing: Standing | None, app: ASGIApp) -> ASGIApp:
    """Return what answers a request of somebody who stands so."""
    if standing is None:
        return app

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_headers(standing))
            await send(message)

        if standing.wait_seconds > 0:
            await answer(_too_many(standing), request_id(scope))(scope, receive, telling)
        else:
            await app(scope, receive, telling)

    return limited


def _headers(standing: Standing) -> Mapping[str, str]:
    return {
        "X-RateLimit-Limit": str(standing.limit),
        "X-RateLimit-Remaining": str(standing.remaining),
        "X-RateLimit-Reset": str(standing.resets_at),
    }


def _too_many(standing: Standing) -> Problem:
    seconds = max(1, math.ceil(standing.wait_seconds))
    return Problem(
        429,
        "rate_limited",
        f"Too many requests: wait {seconds} s, as Retry-After says.",
        headers={"Retry-After": str(seconds)},
    )
