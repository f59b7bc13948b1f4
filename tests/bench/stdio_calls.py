"""What a call over stdio costs."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from mcp import Client
from measure import Row, interleaved, percentile
from servers import BareSdk, Served

WARM, CALLS = 100, 600


def rows(subject: Served) -> list[Row]:
    """Return the rows of this group."""
    return [
        Row(
            name="log-time",
            what="log_time over stdio, p50, to a no-op tool of the bare SDK",
            unit="ms",
            bar=3.5,
            goal=2.0,
            round=interleaved(lambda: _p50(BareSdk()), lambda: _p50(subject)),
        )
    ]


async def _p50(served: Served) -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with Client(served.process(Path(folder))) as client:
            await served.prepare(client)
            for number in range(WARM):
                await served.call(client, number)
            taken: list[float] = []
            for number in range(WARM, WARM + CALLS):
                begun = time.perf_counter()
                await served.call(client, number)
                taken.append(time.perf_counter() - begun)
    return percentile(taken, 50) * 1000
