"""The dispatcher beside whatever a process serves."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING

from hoursmith_mcp.background import Work, in_background

if TYPE_CHECKING:
    from hoursmith_mcp.runtime import Runtime

GRACE_SECONDS = 5.0
"""So long an attempt that is under way may take, when the process is to end.

Well under the ten seconds after which Docker kills whoever was asked to end.
"""

GIVING_BACK_SECONDS = 2.0
"""So long a database may take to be told of what was broken off."""


def dispatching(
    runtime: Runtime, *, grace_seconds: float = GRACE_SECONDS
) -> AbstractAsyncContextManager[asyncio.Task[None] | None]:
    """Dispatch webhooks meanwhile; what is cut off at the end is left to the end of its lease."""
    return in_background(
        runtime,
        partial(_dispatcher, grace_seconds=grace_seconds),
        ends_within_seconds=grace_seconds + GIVING_BACK_SECONDS,
    )


def _dispatcher(runtime: Runtime, *, grace_seconds: float) -> Work:
    # Loaded only now: it brings SQLAlchemy along.
    from hoursmith_mcp.webhooks.dispatcher import Dispatcher

    dispatcher = Dispatcher(runtime)
    return Work(partial(dispatcher.run, grace_seconds=grace_seconds), dispatcher.end)
