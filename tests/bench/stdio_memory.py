"""What a server over stdio keeps in memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from mcp import Client
from measure import Pair, Row
from servers import Served

FEW, MANY = 1_000, 10_000


def rows(subject: Served) -> list[Row]:
    """Return the rows of this group."""
    return [
        Row(
            name="memory",
            what="resident memory after 10,000 calls over stdio, to after 1,000",
            unit="MiB",
            bar=1.1,
            round=lambda _: _growth(subject),
        )
    ]


async def _growth(served: Served) -> Pair:
    me = psutil.Process()
    before = set(me.children())
    with tempfile.TemporaryDirectory() as folder:
        async with Client(served.process(Path(folder))) as client:
            (server,) = set(me.children()) - before
            await served.prepare(client)
            resident: dict[int, float] = {}
            for number in range(MANY):
                await served.call(client, number)
                if number + 1 in (FEW, MANY):
                    resident[number + 1] = float(server.memory_info().rss) / 2**20
    return Pair(resident[FEW], resident[MANY])
