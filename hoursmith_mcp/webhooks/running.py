"""The dispatcher beside whatever a process serves."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from hoursmith_mcp.background import Work, in_background

if TYPE_CHECKING:
    from hoursmith_mcp.runtime import Runtime

GRACE_SECONDS = 10.0
"""So long an attempt that is under way may take, when the process is to end."""


def dispatching(
    runtime: Runtime, *, grace_seconds: float = GRACE_SECONDS
) -> AbstractAsyncContextManager[None]:
    """Dispatch webhooks meanwhile; what is cut off at the end is left to the end of its lease."""
    return in_background(runtime, _dispatcher, grace_seconds=grace_seconds)


def _dispatcher(runtime: Runtime) -> Work:
    # Loaded only now: it brings SQLAlchemy along.
    from hoursmith_mcp.webhooks.dispatcher import Dispatcher

    return Dispatcher(runtime)
