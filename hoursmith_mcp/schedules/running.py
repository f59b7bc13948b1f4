"""The runner of schedules beside whatever a process serves."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from hoursmith_mcp.background import Work, in_background

if TYPE_CHECKING:
    from hoursmith_mcp.runtime import Runtime

GRACE_SECONDS = 2.0
"""So long a run that is under way may take, when the process is to end.

It is one transaction: what is cut off is not stored, and the next process runs it. With what the
dispatcher takes after it, it stays under the ten seconds after which Docker kills.
"""


def running_schedules(
    runtime: Runtime, *, grace_seconds: float = GRACE_SECONDS
) -> AbstractAsyncContextManager[asyncio.Task[None] | None]:
    """Run meanwhile what is due."""
    return in_background(runtime, _runner, ends_within_seconds=grace_seconds)


def _runner(runtime: Runtime) -> Work:
    # Loaded only now: it brings the queries along.
    from hoursmith_mcp.schedules.runner import Runner

    runner = Runner(runtime)
    return Work(runner.run, runner.end)
