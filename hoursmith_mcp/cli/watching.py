"""A bar that shows how far the copying is, for people at a terminal and for nobody else."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hoursmith_mcp.store.copies.progress import UNWATCHED, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


@contextmanager
def watched() -> Generator[Progress]:
    """Yield what is to be told; on a terminal it is shown on stderr, and gone afterwards."""
    if not sys.stderr.isatty():
        yield UNWATCHED
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    with Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bars:
        yield _Bar(bars)


class _Bar:
    """One bar at a time, for the part of the work that is being done."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def begin(self, doing: str, total: int | None = None) -> None:
        """Take away the bar of the part before, and show another."""
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(doing, total=total)

    def advance(self, rows: int) -> None:
        """Move the bar on."""
        if self._task is not None:
            self._bars.advance(self._task, rows)
