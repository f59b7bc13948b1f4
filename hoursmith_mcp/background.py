"""What a process does by itself beside whatever it serves, once its database is open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from hoursmith_mcp.errors import HoursmithError

if TYPE_CHECKING:
    from hoursmith_mcp.runtime import Runtime

STARTS_AFTER_SECONDS = 2.0
"""A client that starts us is not kept waiting, nor is a database opened before it is needed."""

logger = logging.getLogger("hoursmith_mcp")


class Work(NamedTuple):
    """Something that looks for what is to be done, and does it, until it is told to end."""

    run: Callable[[], Coroutine[None, None, None]]
    """Go on until `end` is called, then finish what is under way, or break it off in time."""

    end: Callable[[], None]
    """Begin nothing more."""


@asynccontextmanager
async def in_background(
    runtime: Runtime, begin: Callable[[Runtime], Work], *, ends_within_seconds: float
) -> AsyncGenerator[asyncio.Task[None] | None]:
    """Do some work meanwhile; a process that only reads does none.

    Yields what does it, which goes on until the end of the block, and is cut off where it takes
    longer than so many seconds to end. `begin` may load what it likes, and raise HoursmithError.
    """
    if runtime.settings.read_only:
        yield None
        return
    ended = asyncio.Event()
    task = asyncio.ensure_future(_work(runtime, begin, ended))
    try:
        yield task
    finally:
        ended.set()
        _, late = await asyncio.wait([task], timeout=ends_within_seconds)
        for one in late:
            one.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _work(runtime: Runtime, begin: Callable[[Runtime], Work], ended: asyncio.Event) -> None:
    while not runtime.is_open and not ended.is_set():
        try:
            await asyncio.wait_for(ended.wait(), STARTS_AFTER_SECONDS)
        except TimeoutError:
            pass
    if ended.is_set():
        return
    try:
        work = begin(runtime)
    except HoursmithError as error:
        logger.error("nothing is done in the background: %s", error.message)
        return
    ending = asyncio.ensure_future(ended.wait())
    ending.add_done_callback(lambda _: work.end())
    try:
        await work.run()
    finally:
        ending.cancel()
