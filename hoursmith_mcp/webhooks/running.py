"""The dispatcher beside whatever a process serves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from hoursmith_mcp.errors import HoursmithError

if TYPE_CHECKING:
    from hoursmith_mcp.runtime import Runtime

STARTS_AFTER_SECONDS = 2.0
"""A client that starts us is not kept waiting, nor is a database opened before it is needed."""

GRACE_SECONDS = 5.0
"""So long an attempt that is under way may take, when the process is to end.

Well under the ten seconds after which Docker kills whoever was asked to end.
"""

GIVING_BACK_SECONDS = 2.0
"""So long a database may take to be told of what was broken off."""

logger = logging.getLogger("hoursmith_mcp")


@asynccontextmanager
async def dispatching(
    runtime: Runtime, *, grace_seconds: float = GRACE_SECONDS
) -> AsyncGenerator[asyncio.Task[None] | None]:
    """Dispatch webhooks meanwhile; a process that only reads sends none.

    Yields what dispatches, which goes on until the end of the block.
    """
    if runtime.settings.read_only:
        yield None
        return
    ended = asyncio.Event()
    task = asyncio.ensure_future(_dispatch(runtime, ended, grace_seconds))
    try:
        yield task
    finally:
        ended.set()
        # What is cut off here is left to the end of its lease.
        _, late = await asyncio.wait([task], timeout=grace_seconds + GIVING_BACK_SECONDS)
        for one in late:
            one.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _dispatch(runtime: Runtime, ended: asyncio.Event, grace_seconds: float) -> None:
    while not runtime.is_open and not ended.is_set():
        try:
            await asyncio.wait_for(ended.wait(), STARTS_AFTER_SECONDS)
        except TimeoutError:
            pass
    if ended.is_set():
        return
    # Loaded only now: it brings SQLAlchemy along.
    from hoursmith_mcp.webhooks.dispatcher import Dispatcher

    try:
        dispatcher = Dispatcher(runtime)
    except HoursmithError as error:
        logger.error("no webhook is sent: %s", error.message)
        return
    ending = asyncio.ensure_future(ended.wait())
    ending.add_done_callback(lambda _: dispatcher.end())
    try:
        await dispatcher.run(grace_seconds=grace_seconds)
    finally:
        ending.cancel()
