"""A process that is asked to end finishes what it is sending, or leaves it to the next at once."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import httpx2
import pytest
from rows import everything
from serving import PATIENCE
from sinks import sink
from webhook_sites import open_site

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.ci,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork and no SIGTERM"),
]


async def test_what_hangs_is_left_to_the_next_process_at_once(
    database_url: str, tmp_path: Path
) -> None:
    held = asyncio.Event()

    async def hang_first(_: str) -> int:
        if not held.is_set():
            held.set()
            await asyncio.Event().wait()
        return 204

    async with open_site(database_url, tmp_path) as site, sink(hang_first) as one:
        await site.tell(one)
        ending, next_one = site.workers.worker(), site.workers.worker()
        await ending.start()
        async with asyncio.timeout(PATIENCE), httpx2.AsyncClient() as client:
            await site.log(client, ending)
            await held.wait()
        await ending.end()
        await next_one.start()
        await site.settled(sinks=1, seconds=0)
        rows = await everything(site.runtime)
    [delivery], [attempt] = rows["delivery"], rows["delivery_attempt"]
    # What was broken off is none of the ten that a receiver has; a lease that ended would be one.
    assert (delivery["attempts"], delivery["tries"]) == (2, 1)
    assert (attempt["number"], attempt["status"]) == (2, 204)


async def test_what_ends_soon_is_finished_first(database_url: str, tmp_path: Path) -> None:
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold(_: str) -> int:
        held.set()
        await let_go.wait()
        return 204

    async with open_site(database_url, tmp_path) as site, sink(hold) as one:
        await site.tell(one)
        worker = site.workers.worker()
        await worker.start()
        async with asyncio.timeout(PATIENCE), httpx2.AsyncClient() as client:
            await site.log(client, worker)
            await held.wait()
            ending = asyncio.ensure_future(worker.end())
            await asyncio.sleep(0.5)  # It has heard of it by then, and waits.
            let_go.set()
            await ending
        assert one.came == dict.fromkeys(await site.told(), 1)
        assert [row["state"] for row in await site.deliveries()] == ["delivered"]
