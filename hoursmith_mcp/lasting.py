"""Work that goes on to its end, though whoever asked for it gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


async def to_its_end(
    run: Coroutine[Any, Any, Result], running: set[asyncio.Future[Any]] | None = None
) -> Result:
    """Run something whole; while it runs it is in the set, if one is given.

    How it ended after its caller gave up is nobody's to hear, and stands in no log.
    """
    task = asyncio.ensure_future(run)
    task.add_done_callback(_heard)
    if running is not None:
        running.add(task)
        task.add_done_callback(running.discard)
    return await asyncio.shield(task)


def _heard(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()
