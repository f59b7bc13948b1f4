"""What starting over stdio costs."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from mcp import Client
from measure import Row, interleaved
from servers import BareSdk, Served

STARTS = 5


def rows(subject: Served) -> list[Row]:
    """Return the rows of this group."""
    return [
        Row(
            name="start",
            what="stdio start to the first tools/list, to the bare SDK's with one tool",
            unit="ms",
            bar=1.25,
            round=interleaved(lambda: _start(BareSdk()), lambda: _start(subject)),
        )
    ]


async def _start(served: Served) -> float:
    with tempfile.TemporaryDirectory() as folder:
        await _once(served, Path(folder))  # Makes the database, and fills the disk's cache.
        return statistics.median([await _once(served, Path(folder)) for _ in range(STARTS)]) * 1000


async def _once(served: Served, folder: Path) -> float:
    begun = time.perf_counter()
    async with Client(served.process(folder)) as client:
        await client.list_tools()
        return time.perf_counter() - begun
