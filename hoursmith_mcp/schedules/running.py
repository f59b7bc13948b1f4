"""The runner of schedules beside whatever a process serves."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from hoursmith_mcp.background import Work, in_background

if TYPE_CHECKING:
    from hoursmith_mcp.runtime import Runtime

GRACE_SECONDS = 5.0
"""So long a run that is under way may take, when the process is to end; it is one transaction."""


def running_schedules(
    runtime: Runtime, *, grace_seconds: float = GRACE_SECONDS
) -> AbstractAsyncContextManager[None]:
    """Run meanwhile what is due."""
    return in_background(runtime, _runner, grace_seconds=grace_seconds)


def _runner(runtime: Runtime) -> Work:
    from hoursmith_mcp.schedules.runner import Runner

    return Runner(runtime)
