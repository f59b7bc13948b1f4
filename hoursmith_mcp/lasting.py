"""Work that goes on to its end, though whoever asked for it gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hoursmith_mcp.errors import Unavailable

Result = TypeVar("Result")

CLOSED = "This program is ending and begins nothing more; nothing was stored. Start it again."


async def to_its_end(run: Coroutine[Any, Any, Result]) -> Result:
    """Run something whole, whether or not its caller gives up.

    How it ended after its caller gave up is nobody's to hear, and stands in no log.
    """
    return await asyncio.shield(_begun(run))


class Running:
    """What a database is running, until it is closed: then nothing more begins.

    What began later would open a connection that nobody closes.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._tasks: set[asyncio.Future[Any]] = set()
        self._is_closed = False

    async def to_its_end(self, run: Coroutine[Any, Any, Result]) -> Result:
        """Run something whole, whether or not its caller gives up; raises Unavailable if closed."""
        try:
            self.refuse_closed()
        except Unavailable:
            run.close()
            raise
        task = _begun(run)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def rest(self) -> None:
        """Wait for what is running now."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def close(self) -> None:
        """Let nothing more begin."""
        self._is_closed = True

    def refuse_closed(self) -> None:
        """Raise Unavailable where nothing more may begin."""
        if self._is_closed:
            raise Unavailable(CLOSED)


def _begun(run: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    task = asyncio.ensure_future(run)
    task.add_done_callback(_heard)
    return task


def _heard(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()
