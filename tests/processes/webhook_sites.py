"""Houses whose workers tell sinks of time that was logged on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from billing_scenes import confirmed
from houses import InProcess, open_house
from rows import events, everything
from serving import PATIENCE
from sinks import SETTINGS, Sink
from workers import Crew, Worker, crew

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.runtime import Runtime

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

    async def settled(self, sinks: int, *, seconds: int = 60) -> None:
        """Wait until all was told; clocks jump meanwhile, for what still has to be waited for."""
        wanted = len(await self.told()) * sinks
        async with asyncio.timeout(PATIENCE):
            while True:
                states = [row["state"] for row in await self.deliveries()]
                if len(states) == wanted and set(states) == {"delivered"}:
                    return
                self.workers.pass_time(seconds)
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
