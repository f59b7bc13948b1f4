"""Several processes send the messages of one house: each once, and one at a time."""

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
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork and no SIGSTOP"),
]

EACH = 40


async def test_workers_never_send_one_message_twice(database_url: str, tmp_path: Path) -> None:
    async def take_a_while(_: str) -> int:
        await asyncio.sleep(0.02)  # So that two would meet.
        return 204

    async with open_site(database_url, tmp_path) as site, sink(take_a_while) as one:
        await site.tell(one)
        both = (site.workers.worker(), site.workers.worker())
        for worker in both:
            await worker.start()

        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            for _ in range(EACH):
                await asyncio.gather(*(site.log(client, worker) for worker in both))
        # Time may not jump here: whose lease ends is sent again, and may be.
        await site.settled(sinks=1, seconds=0)
        told = await site.told()
    assert len(told) == 2 * EACH
    assert one.overlaps == 0
    assert one.came == dict.fromkeys(told, 1)


async def test_who_stood_still_beyond_the_lease_says_nothing_of_what_another_did(
    database_url: str, tmp_path: Path
) -> None:
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold_the_first(_: str) -> int:
        if held.is_set():
            return 204
        held.set()
        await let_go.wait()
        return 410

    async with open_site(database_url, tmp_path) as site, sink(hold_the_first) as one:
        await site.tell(one)
        slow, quick = site.workers.worker(), site.workers.worker()
        await slow.start()
        async with asyncio.timeout(PATIENCE), httpx2.AsyncClient() as client:
            await site.log(client, slow)
            await held.wait()
            await slow.stop()
            site.workers.pass_time(60)
            await quick.start()
            await site.settled(sinks=1, seconds=0)
            let_go.set()
            await slow.go_on()
            await site.log(client, slow)
            await site.settled(sinks=1, seconds=0)
            # It finishes what it began, and ends.
            await slow.end()
        rows = await everything(site.runtime)
    first, second = sorted(rows["delivery"], key=lambda row: int(row["sequence"]))
    assert (first["state"], first["attempts"]) == ("delivered", 2)
    assert second["state"] == "delivered"
    tried = [
        (row["number"], row["status"])
        for row in rows["delivery_attempt"]
        if row["delivery_id"] == first["id"]
    ]
    assert tried == [(2, 204)]
    [endpoint] = rows["webhook_endpoint"]
    assert (endpoint["state"], endpoint["failures"]) == ("active", 0)
