"""Servers that take calls and send messages, killed amid both: none is lost, none made up."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from billing_scenes import confirmed
from houses import InProcess, open_house
from rows import events, everything
from serving import PATIENCE
from sinks import SETTINGS, Sink, sink
from workers import Crew, Worker, crew

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork and no SIGKILL"),
]

KINDS = ("sqlite", "postgresql")
CALLERS = 4
MOST_ANSWERS = 30
WANTED = "time_entry.*"


@dataclass
class Site:
    """A house with a project, workers of it, and who calls them."""

    runtime: Runtime
    door: InProcess
    workers: Crew
    token: str

    async def tell(self, *sinks: Sink) -> None:
        """Let sinks be told of time from now on."""
        for one in sinks:
            await confirmed(self.door, "create_webhook", url=one.url, events=[WANTED])

    async def told(self) -> set[str]:
        """Return the ids of the events that were committed and are to be told."""
        return {row["id"] for row in await events(self.runtime) if row["subject_id"][:2] == "te"}

    async def deliveries(self) -> list[dict[str, Any]]:
        """Return the deliveries."""
        return (await everything(self.runtime))["delivery"]

    async def log(self, client: httpx2.AsyncClient, worker: Worker) -> None:
        """Log time on a worker, which must do it. Raises TransportError where it dies of it."""
        answer = await self._post(client, worker, "1s")
        assert answer.status_code == 201, answer.text

    async def is_refused(self, client: httpx2.AsyncClient, worker: Worker) -> None:
        """Log more time than a day has, of which nobody may be told."""
        answer = await self._post(client, worker, "25h")
        assert answer.status_code == 422, answer.text
        assert "duration" in answer.text

    async def _post(
        self, client: httpx2.AsyncClient, worker: Worker, duration: str
    ) -> httpx2.Response:
        return await client.post(
            f"http://127.0.0.1:{worker.port}/api/v1/time-entries",
            json={"projectId": "Site", "duration": duration},
            headers={"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid4().hex},
        )

    async def settled(self, sinks: int) -> None:
        """Wait until all was told, as time passes for whatever still has to be waited for."""
        wanted = len(await self.told()) * sinks
        async with asyncio.timeout(PATIENCE):
            while True:
                states = [row["state"] for row in await self.deliveries()]
                if len(states) == wanted and set(states) == {"delivered"}:
                    return
                self.workers.pass_time(60)
                await asyncio.sleep(0.5)


@asynccontextmanager
async def open_site(database_url: str, folder: Path) -> AsyncGenerator[Site]:
    async with open_house(database_url, **SETTINGS) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Site")
        token = (await issue_token(runtime, name="script")).token
        async with crew(database_url, folder, **SETTINGS) as workers:
            yield Site(runtime, door, workers, token)


@pytest.mark.parametrize(
    ("database_url", "kills"),
    [
        *(pytest.param(kind, 10, marks=pytest.mark.ci) for kind in KINDS),
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
