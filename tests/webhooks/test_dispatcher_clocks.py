"""Clocks that jump: nothing is sent twice for it, and nothing waits for a time that was never."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from functools import partial

import pytest
from dispatching import (
    SETTINGS,
    add_endpoint,
    attempts,
    deliveries,
    dispatching,
    endpoint,
    round,
)
from houses import Clock, InProcess, open_house
from receivers import Receiver, receiving, saying

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.webhooks.work import Place, claim_due, queue_events

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

OK = saying("204 No Content")
House = tuple[Runtime, Caller]


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house that may send to this machine."""
    async with open_house(database_url, clock=clock, **SETTINGS) as opened:
        yield opened


def names(receiver: Receiver) -> list[str]:
    """Return the names of the clients that a receiver was told of, in their order."""
    return [json.loads(request.body)["data"]["client"]["name"] for request in receiver.requests]


async def test_a_clock_that_jumps_ahead_has_nothing_sent_twice(house: House, clock: Clock) -> None:
    runtime, caller = house
    held, go_on = asyncio.Event(), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.set()
        await go_on.wait()
        writer.write(OK)

    async with receiving(answer) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        door = InProcess(runtime, caller)
        for number in range(10):
            await door.call("create_client", name=f"Client {number}")
        await dispatcher.look()
        await held.wait()
        clock.advance(hours=1)
        await dispatcher.look()
        go_on.set()
        for _ in range(3):
            await round(dispatcher)
    assert sorted(names(receiver)) == [f"Client {number}" for number in range(10)]
    assert {row["state"] for row in await deliveries(runtime)} == {"delivered"}


async def test_a_clock_that_jumps_back_keeps_nothing_waiting(house: House, clock: Clock) -> None:
    """News go at once, and what failed waits as long as it was to, not for the old time."""
    runtime, caller = house
    answers = [saying("500 Oops"), *[OK] * 9]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers.pop(0))

    async with receiving(answer) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url(), "client.created", per_minute=60)
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Before")
        await round(dispatcher)
        clock.advance(hours=-24)
        await door.call("create_client", name="After")
        await round(dispatcher)
        assert names(receiver) == ["Before", "After"]
        clock.advance(seconds=10)
        await round(dispatcher)
    assert names(receiver) == ["Before", "After", "Before"]
    assert {row["state"] for row in await deliveries(runtime)} == {"delivered"}


async def test_a_process_that_starts_heeds_a_jump_that_was_before_it(
    house: House, clock: Clock
) -> None:
    """What was queued is sent at once; what a killed process held, when its lease would end."""
    runtime, caller = house
    door, database = InProcess(runtime, caller), await runtime.database()
    async with receiving(OK) as receiver, dispatching(runtime) as later:
        endpoint_id = await add_endpoint(runtime, caller, receiver.url(), "client.created")
        place = Place((await door.call("overview"))["organization_id"], endpoint_id)
        queue = partial(queue_events, place=place, entropy=runtime.entropy)
        await door.call("create_client", name="Claimed")
        await database.write(queue)
        claim = partial(claim_due, place=place, under_way=[], attempt_us=40_000_000)
        assert len(await database.write(claim)) == 1
        await door.call("create_client", name="Queued")
        await database.write(queue)
        clock.advance(hours=-24)
        await round(later)
        assert names(receiver) == ["Queued"]
        clock.advance(minutes=1)
        await round(later)
    assert names(receiver) == ["Queued", "Claimed"]


async def test_a_clock_that_jumps_back_lets_a_probe_wait_no_longer(
    house: House, clock: Clock
) -> None:
    runtime, caller = house
    day_us = 24 * 3_600 * 1_000_000
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(
            runtime,
            caller,
            receiver.url(),
            "client.created",
            failures=10,
            failing_since=clock.now_us,
            probed_at=clock.now_us + day_us,
        )
        await InProcess(runtime, caller).call("create_client", name="Acme")
        await round(dispatcher)
    assert names(receiver) == ["Acme"]
    assert (await endpoint(runtime))["failures"] == 0
    assert [row["status"] for row in await attempts(runtime)] == [204]
