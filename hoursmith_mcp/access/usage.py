"""When a token was last used: noted beside the calls, never in their way.

What is noted waits until the call was answered, several tokens are written at once, and nobody
waits for it: a database that is busy, read-only or away only means that it is not known so exactly.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hoursmith_mcp.access.actor import Actor
    from hoursmith_mcp.store.database import Database
    from hoursmith_mcp.store.session import Session

EVERY_US = 5 * 60 * 1_000_000
"""How often the use of one token is written at most, in microseconds."""

MOST_REMEMBERED = 10_000

logger = logging.getLogger("hoursmith_mcp")


class TokenUses:
    """The uses of tokens in one process that are still to be written."""

    def __init__(self, database: Callable[[], Awaitable[Database]]) -> None:
        """Take what opens the database."""
        self._database = database
        self._waiting: dict[tuple[str, str], int] = {}
        self._tried: dict[str, int] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, actor: Actor, now_us: int) -> None:
        """Note that a token is being used; called within a unit of work, from whatever thread."""
        token_id, last = actor.token_id, actor.last_used_at
        if token_id is None or (last is not None and now_us - last < EVERY_US):
            return
        tried = self._tried.get(token_id)
        if tried is not None and now_us - tried < EVERY_US:
            return
        if len(self._tried) >= MOST_REMEMBERED:
            self._tried.clear()
        self._tried[token_id] = now_us
        self._waiting[actor.organization_id, token_id] = now_us

    def write_soon(self) -> None:
        """Write what was noted once the caller has gone on; called when a call is over."""
        if self._waiting and self._writing is None:
            self._writing = asyncio.ensure_future(self._write())

    async def settled(self) -> None:
        """Wait until what was noted is written, or was tried."""
        self.write_soon()
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write(self) -> None:
        try:
            while self._waiting:
                noted, self._waiting = self._waiting, {}
                await (await self._database()).write_in_passing(_Uses(noted).write)
        except Exception as error:
            # The next use is noted again; a call never fails for it, nor does anybody wait.
            logger.debug("when tokens were used could not be noted: %s", type(error).__name__)
        finally:
            self._writing = None


class _Uses:
    """Some uses of tokens, by organisation and token."""

    def __init__(self, noted: dict[tuple[str, str], int]) -> None:
        self._noted = noted

    async def write(self, session: Session) -> None:
        from hoursmith_mcp.store.queries.tokens import Tokens
        from hoursmith_mcp.store.revision import require_revision

        await require_revision(session)
        for (organization_id, token_id), at_us in sorted(self._noted.items()):
            session.organization_id = organization_id
            before_us = at_us - EVERY_US
            await Tokens(session).note_use(token_id, at_us, unless_after_us=before_us)
