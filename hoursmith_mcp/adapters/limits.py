"""How often a caller may ask over HTTP: per token and per organisation, in short and in long.

Each process counts by itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hoursmith_mcp.access.actor import Actor
from hoursmith_mcp.adapters.bearer import ACTOR
from hoursmith_mcp.adapters.requests import request_id
from hoursmith_mcp.adapters.rest.problems import Problem, answer
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.settings import Settings

OFF = "off"
MOST_WINDOWS = 10_000
"""How many windows are kept before those that are over are forgotten."""

_RATE = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,5})")


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int


@dataclass
class _Window:
    ends_at: float
    used: int = 0


@dataclass(frozen=True)
class Standing:
    """Where a caller stands: what is left of the longest window of theirs, and when it ends."""

    limit: int
    remaining: int
    resets_in_seconds: float
    wait_seconds: float = 0
    """How long to wait; zero where the request is let through."""


class Limits:
    """The windows of every caller of this process."""

    def __init__(self, settings: Settings, now_seconds: Callable[[], float]) -> None:
        """Take the settings and a clock; raises InvalidInput where a limit cannot be read."""
        self._of_token = read_rates(settings.rate_limits, "HOURSMITH_RATE_LIMITS")
        self._of_organization = read_rates(
            settings.organization_rate_limits, "HOURSMITH_ORGANIZATION_RATE_LIMITS"
        )
        self._now = now_seconds
        self._windows: dict[tuple[str, int], _Window] = {}

    def take(self, actor: Actor) -> Standing | None:
        """Count a request, unless it is one too many; None where nothing is limited."""
        now = self._now()
        own = [(actor.token_id or actor.member_id, rate) for rate in self._of_token]
        shared = [(actor.organization_id, rate) for rate in self._of_organization]
        places = [(self._window(key, rate, now), rate) for key, rate in (*own, *shared)]
        if not places:
            return None
        waits = [window.ends_at - now for window, rate in places if window.used >= rate.requests]
        if not waits:
            for window, _ in places:
                window.used += 1
        window, rate = max(places[: len(own)] or places, key=lambda one: one[1].seconds)
        return Standing(
            limit=rate.requests,
            remaining=max(0, rate.requests - window.used),
            resets_in_seconds=window.ends_at - now,
            wait_seconds=max(waits, default=0),
        )

    def _window(self, key: str, rate: Rate, now: float) -> _Window:
        place = (key, rate.seconds)
        window = self._windows.get(place)
        if window is None or window.ends_at <= now:
            if len(self._windows) >= MOST_WINDOWS:
                self._forget(now)
            window = self._windows[place] = _Window(now + rate.seconds)
        return window

    def _forget(self, now: float) -> None:
        left = {place: one for place, one in self._windows.items() if one.ends_at > now}
        self._windows = left


class Limited:
    """Lets a caller through while their limits hold; it stands behind the gate."""

    def __init__(self, app: ASGIApp, limits: Limits, now_unix_seconds: Callable[[], float]) -> None:
        """Take what is limited, by what, and the clock of the answers."""
        self._app = app
        self._limits = limits
        self._now = now_unix_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request; tell in its answer where the caller stands."""
        standing = self._limits.take(scope[ACTOR]) if scope["type"] == "http" else None
        if standing is None:
            await self._app(scope, receive, send)
            return
        headers = self._headers(standing)

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        if standing.wait_seconds > 0:
            await answer(_too_many(standing), request_id(scope))(scope, receive, telling)
        else:
            await self._app(scope, receive, telling)

    def _headers(self, standing: Standing) -> Mapping[str, str]:
        return {
            "X-RateLimit-Limit": str(standing.limit),
            "X-RateLimit-Remaining": str(standing.remaining),
            "X-RateLimit-Reset": str(math.ceil(self._now() + standing.resets_in_seconds)),
        }


def read_rates(text: str, name: str) -> tuple[Rate, ...]:
    """Read a setting such as `100/10,1200/60`; raises InvalidInput that names it."""
    if text.strip().casefold() == OFF:
        return ()
    found = [_RATE.fullmatch(part.strip()) for part in text.split(",")]
    rates = tuple(Rate(int(one[1]), int(one[2])) for one in found if one is not None)
    if len(rates) < len(found):
        raise InvalidInput(
            f"{name} must be requests/seconds, comma-separated, like 100/10,1200/60, or off."
        )
    return rates


def _too_many(standing: Standing) -> Problem:
    seconds = max(1, math.ceil(standing.wait_seconds))
    return Problem(
        429,
        "rate_limited",
        f"Too many requests: wait {seconds} s, as Retry-After says.",
        headers={"Retry-After": str(seconds)},
    )
