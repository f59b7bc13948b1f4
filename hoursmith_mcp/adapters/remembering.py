"""Who a caller was a moment ago: enough to count requests by, never enough to let one act."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from hoursmith_mcp.access.actor import Actor, Caller

KEPT_SECONDS = 30
MOST_KEPT = 1_000


class Remembering:
    """Identifies callers, the same one again only after a while.

    Every call finds out anew, in its own transaction, who is calling and what they may do; so what
    is remembered here decides about nothing but limits and lines of the log.
    """

    def __init__(
        self, identify: Callable[[Caller], Awaitable[Actor]], now_seconds: Callable[[], float]
    ) -> None:
        """Take what asks the database, and a clock."""
        self._identify = identify
        self._now = now_seconds
        self._known: dict[Caller, tuple[Actor, float]] = {}

    async def __call__(self, caller: Caller) -> Actor:
        """Return who is calling; raises an error of the one tree."""
        now = self._now()
        # Nothing keeps a token: one of them is enough to be its owner.
        known_as = replace(caller, token=hashlib.sha256(caller.token.encode()).hexdigest())
        known = self._known.get(known_as)
        if known is not None and known[1] > now:
            return known[0]
        actor = await self._identify(caller)
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        self._known[known_as] = (actor, now + KEPT_SECONDS)
        return actor
