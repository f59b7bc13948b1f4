"""What surrounds a process that sends messages fails: it waits, and then goes on where it was."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import httpx2
import pytest
from databases_away import wire_to
from serving import PATIENCE
from sinks import sink
from webhook_sites import open_site

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.ci,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork"),
]


async def test_a_database_that_goes_away_amid_a_message(
    postgresql_url: str, tmp_path: Path
) -> None:
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold_the_first(_: str) -> int:
        held.set()
        await let_go.wait()
        return 204

    async with (
        wire_to(postgresql_url) as wire,
        open_site(postgresql_url, tmp_path) as site,
        sink(hold_the_first) as one,
    ):
        await wire.mend()
        await site.tell(one)
        worker = site.workers.worker(wire.url)
        await worker.start()
        async with asyncio.timeout(PATIENCE), httpx2.AsyncClient() as client:
            await site.log(client, worker)
            await held.wait()
            await wire.cut()
            let_go.set()
            await site.door.call("log_time", project="Site", duration="2s")
            await wire.mend()
            await site.settled(sinks=1)
        assert one.taken == await site.told()
        assert len(one.taken) == 2
