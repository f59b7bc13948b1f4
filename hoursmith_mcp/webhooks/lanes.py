"""Lanes: each endpoint has its own, so that one that hangs keeps nobody else waiting."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hoursmith_mcp.core.pacing import MOST_AT_ONCE
from hoursmith_mcp.store.queries.dispatching_rows import DeliveryRow, Rules
from hoursmith_mcp.webhooks.envelope import Message

WIDTH = 4
"""How many attempts one endpoint is sent at once by one process."""

QUEUED = MOST_AT_ONCE
"""How many deliveries are claimed for it at a time while all is well."""


@dataclass(frozen=True)
class Claimed:
    """A delivery that this process alone may attempt; without a message it may not be seen."""

    organization_id: str
    delivery: DeliveryRow
    url: str
    secrets: tuple[str, ...]
    """Encrypted, the newest first."""
    message: Message | None
    begins_by_us: int
    """Until when an attempt may begin that is to end within the lease."""
    rules: Rules
    """What the endpoint and its owner were when the message was looked at."""


@dataclass
class Lane:
    """The attempts of one endpoint in this process, some under way and some still waiting."""

    waiting: deque[Claimed] = field(default_factory=deque[Claimed])
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, asyncio.Task[None]])

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do in it."""
        return not self.waiting and not self.running

    @property
    def ids(self) -> list[str]:
        """The deliveries in it."""
        return [*self.running, *(one.delivery.id for one in self.waiting)]

    def outdated(self, rules: Rules | None) -> list[Claimed]:
        """Take out, and return, what waits under other rules than those of now."""
        found = [one for one in self.waiting if one.rules != rules]
        for one in found:
            self.waiting.remove(one)
        return found

    def start(self, attempt: Callable[[Claimed], Awaitable[None]]) -> None:
        """Begin as many attempts as the lane is wide; each that ends makes room for the next."""
        while self.waiting and len(self.running) < WIDTH:
            claimed = self.waiting.popleft()
            task = asyncio.ensure_future(self._run(claimed, attempt))
            self.running[claimed.delivery.id] = task

    async def _run(self, claimed: Claimed, attempt: Callable[[Claimed], Awaitable[None]]) -> None:
        try:
            await attempt(claimed)
        finally:
            del self.running[claimed.delivery.id]
            self.start(attempt)
