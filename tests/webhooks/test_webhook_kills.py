"""Workers that are killed at any moment lose no message and make none up."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from dispatching import SETTINGS, add_endpoint
from houses import InProcess, Refused, open_house
from receivers import Receiver, receiving, saying
from rows import events, everything

from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.webhooks.dispatcher import Dispatcher
from hoursmith_mcp.webhooks.sender import Patience, Sender

pytestmark = pytest.mark.anyio

WORKER = Path(__file__).with_name("dispatching_worker.py")
OK = saying("204 No Content")
KINDS = ("sqlite", "postgresql")


@asynccontextmanager
async def worker(database_url: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run a worker; it is killed in the end if nobody has done so before."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("HOURSMITH_")}
    settings = {f"HOURSMITH_{name.upper()}": text for name, text in SETTINGS.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(WORKER),
        stdout=asyncio.subprocess.PIPE,
        env={**own, **settings, "HOURSMITH_DATABASE_URL": database_url},
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


@pytest.mark.ci
@pytest.mark.parametrize(
    ("database_url", "kills"),
    [
        ("sqlite", 12),
        ("postgresql", 8),
        *(pytest.param(kind, 100, marks=pytest.mark.long) for kind in KINDS),
    ],
    indirect=["database_url"],
)
async def test_killed_workers_lose_nothing_and_make_nothing_up(
    database_url: str, kills: int
) -> None:
    chance = random.Random(kills)
    async with (
        open_house(database_url, **SETTINGS) as (runtime, caller),
        receiving(OK) as receiver,
    ):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Website")
        await add_endpoint(runtime, caller, receiver.url(), "time_entry.*")
        before = len(await events(runtime))
        for turn in range(kills):
            async with worker(database_url):
                killed_at = len(receiver.requests) + chance.randrange(12)
                for number in range(12):
                    note = f"{turn}.{number}"
                    await door.call("log_time", project="Website", duration="1s", note=note)
                    with pytest.raises(Refused):
                        await door.call("log_time", project="Website", duration="25h")
                    if len(receiver.requests) >= killed_at:
                        break
        wanted = {row["id"] for row in (await events(runtime))[before:]}
        await _drain(runtime, receiver, wanted)
        sent = [request.headers["webhook-id"] for request in receiver.requests]
        assert set(sent) == wanted
        rows = await everything(runtime)
    assert len(rows["delivery"]) == len(wanted)
    assert sorted(int(row["sequence"]) for row in rows["delivery"]) == list(
        range(1, len(wanted) + 1)
    )


async def _drain(runtime: Runtime, receiver: Receiver, wanted: set[str]) -> None:
    """Dispatch what is left, once the leases of the killed have ended."""
    sender = Sender(runtime.outbound.rule, patience=Patience(0.3, 0.3, 0.3, 0.3))
    dispatcher = Dispatcher(runtime, sender)
    running = asyncio.ensure_future(dispatcher.run())
    async with asyncio.timeout(60):
        while {one["state"] for one in (await everything(runtime))["delivery"]} != {
            "delivered"
        } or len((await everything(runtime))["delivery"]) < len(wanted):
            await asyncio.sleep(0.2)
    dispatcher.end()
    await running
