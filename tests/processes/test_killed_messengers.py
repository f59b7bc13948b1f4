"""Servers that take calls and send messages, killed amid both: none is lost, none made up."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

import httpx2
import pytest
from serving import PATIENCE
from sinks import sink
from webhook_sites import Site, open_site
from workers import Worker

from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork and no SIGKILL"),
]

KINDS = ("sqlite", "postgresql")
CALLERS = 4
MOST_ANSWERS = 30


@pytest.mark.parametrize(
    ("database_url", "kills"),
    [
        *(pytest.param(kind, 20, marks=pytest.mark.ci) for kind in KINDS),
        *(pytest.param(kind, 100, marks=pytest.mark.long) for kind in KINDS),
    ],
    indirect=["database_url"],
)
async def test_no_message_is_lost_or_made_up_though_servers_are_killed(
    database_url: str, tmp_path: Path, kills: int
) -> None:
    chance = random.Random(kills)
    failed: set[str] = set()

    async def take_each_fourth_later(message: str) -> int:
        if message[-1] not in "01234567" or message in failed:
            return 204
        failed.add(message)
        return 503

    async with (
        open_site(database_url, tmp_path) as site,
        sink() as good,
        sink(take_each_fourth_later) as moody,
    ):
        await site.tell(good, moody)
        both = (site.workers.worker(), site.workers.worker())
        for worker in both:
            await worker.start()
        for _ in range(kills):
            doomed, other = chance.sample(both, 2)
            await _kill_amid_calls(site, doomed, other, chance.randrange(1, MOST_ANSWERS))
            assert await diagnose(database_url) == []
            await doomed.start()
        await site.settled(sinks=2)
        told = await site.told()
        assert len(told) > kills * 2
        rows = await site.deliveries()
    for one in (good, moody):
        assert one.taken == told == set(one.came)
        sequences = sorted(body["seq"] for body in one.bodies.values())
        assert sequences == list(range(1, len(told) + 1))
        # What was under way when a process was killed comes again; four are at the most.
        assert sum(one.came.values()) <= len(told) + len(failed) + kills * 4
    assert len(rows) == 2 * len(told)


async def _kill_amid_calls(site: Site, doomed: Worker, other: Worker, answers: int) -> None:
    """Let callers log time on two workers, and kill one after so many answers."""
    left = answers

    async def work(client: httpx2.AsyncClient, worker: Worker) -> None:
        nonlocal left
        while left > 0:
            try:
                await site.log(client, worker)
                await site.is_refused(client, worker)
            except httpx2.TransportError:
                assert worker is doomed
                return
            left -= 1
            if left == 0:
                await doomed.kill()

    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        await asyncio.gather(
            *(work(client, worker) for worker in (doomed, other) for _ in range(CALLERS // 2))
        )
