"""Limits that all processes on one database hold together, each within a second of the others.

What was counted is written once a second, after the answers: no request waits for it, and none
fails for it. Each process writes how many it counted itself, so that writing again changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence

from hoursmith_mcp.access.actor import Actor
from hoursmith_mcp.access.counting import forget, share
from hoursmith_mcp.adapters.limits import Limits, Standing, Window
from hoursmith_mcp.runtime import Runtime

EVERY_SECONDS = 1
FORGOTTEN_EVERY_SECONDS = 60
"""How often each process deletes the rows of windows that are over."""

logger = logging.getLogger("hoursmith_mcp")


def limits_of(runtime: Runtime) -> Limits:
    """Return the limits of a house: shared where several processes can be expected to serve it."""
    if runtime.database_url.startswith("postgresql"):
        return SharedLimits(runtime)
    return Limits(runtime.settings, lambda: runtime.clock() / 1_000_000)


class SharedLimits(Limits):
    """The windows of every caller; of the longest ones, what other processes counted as well."""

    def __init__(self, runtime: Runtime) -> None:
        """Take the runtime, whose database the others share."""
        super().__init__(runtime.settings, lambda: runtime.clock() / 1_000_000)
        self._runtime = runtime
        self._process_id = secrets.token_hex(8)
        self._sharing: asyncio.Future[None] | None = None
        self._forgets_at = 0.0

    def take(self, actor: Actor) -> Standing | None:
        """Count a request, unless it is one too many; None where nothing is limited."""
        standing = super().take(actor)
        if self._sharing is None and standing is not None:
            self._sharing = asyncio.ensure_future(self._share())
        return standing

    async def close(self) -> None:
        """Share no more; what was not told is over in a minute."""
        if self._sharing is not None:
            self._sharing.cancel()
            await asyncio.wait([self._sharing])

    async def _share(self) -> None:
        """Tell and hear once a second, until there is nothing new to tell."""
        try:
            while windows := self._untold():
                try:
                    await self._tell(windows)
                    await self._forget_what_is_over()
                except Exception as error:
                    # Each process goes on counting by itself; what is not told now is told later.
                    logger.debug("limits could not be shared: %s", type(error).__name__)
                await asyncio.sleep(EVERY_SECONDS)
        finally:
            self._sharing = None

    def _untold(self) -> list[Window]:
        return [
            one
            for one in self.live_windows()
            if one.organization_id is not None and one.here > one.told
        ]

    async def _tell(self, windows: Sequence[Window]) -> None:
        """Write how often was asked here, and learn how often elsewhere."""
        counted = [
            (
                one.caller_id,
                one.seconds,
                one.ends_at * 1_000_000,
                one.organization_id or "",
                one.here,
            )
            for one in windows
        ]
        elsewhere = await share(await self._runtime.database(), self._process_id, counted)
        for window, (*_, here), others in zip(windows, counted, elsewhere, strict=True):
            window.told, window.elsewhere = here, others

    async def _forget_what_is_over(self) -> None:
        """Delete what any process wrote of windows that are over."""
        now = self._now()
        if now >= self._forgets_at:
            self._forgets_at = now + FORGOTTEN_EVERY_SECONDS
            await forget(await self._runtime.database(), before_us=int(now * 1_000_000))
