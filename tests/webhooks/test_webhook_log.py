"""What was sent to webhooks is found by what it was, repeated by when it was, and kept a month."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from crowding import crowd
from dispatching import SETTINGS, add_endpoint, deliveries, dispatching, round
from houses import Clock, InProcess, open_house
from receivers import receiving, saying
from units_watched import watched

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.queries.dispatching import MOST_PRUNED
from hoursmith_mcp.webhooks.dispatcher import Dispatcher

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

OK, BROKEN = saying("204 No Content"), saying("503 Busy", body=b"x" * 10_000)
House = tuple[Runtime, Caller]


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house that may send to this machine."""
    async with open_house(database_url, clock=clock, **SETTINGS) as opened:
        yield opened


async def found(door: InProcess, **given: Any) -> list[tuple[str, str]]:
    """Return the types and states of what the log lists, the newest first, page by page."""
    shown: list[tuple[str, str]] = []
    page: dict[str, Any] = {"limit": 2}
    while page:
        listed = await door.call("list_deliveries", **given, **page)
        shown += [(one["type"], one["status"]) for one in listed["deliveries"]]
        page = {"limit": 2, "cursor": listed["next_cursor"]} if "next_cursor" in listed else {}
    return shown


async def test_it_is_found_by_webhook_type_state_and_time(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with (
        receiving(OK) as good,
        receiving(BROKEN) as bad,
        dispatching(runtime) as dispatcher,
    ):
        well = await add_endpoint(runtime, caller, good.url(), "client.* project.*")
        ill = await add_endpoint(runtime, caller, bad.url(), "client.created")
        await door.call("create_client", name="Acme")
        await door.call("create_project", client="Acme", name="Website")
        await round(dispatcher)
        clock.advance(hours=24)
        await door.call("update_client", client="Acme", phone="1")
        await round(dispatcher)
    assert sorted(await found(door, webhook=well)) == [
        ("client.created", "delivered"),
        ("client.updated", "delivered"),
        ("project.created", "delivered"),
    ]
    assert await found(door, webhook=ill) == [("client.created", "pending")]
    assert await found(door, type="project.created") == [("project.created", "delivered")]
    assert await found(door, type="client.created", status="pending") == [
        ("client.created", "pending")
    ]
    assert len(await found(door, status="delivered")) == 3
    assert await found(door, period="today") == [("client.updated", "delivered")]
    assert len(await found(door, period="yesterday", webhook=well)) == 2
    [listed] = (await door.call("list_deliveries", webhook=ill))["deliveries"]
    assert {len(attempt["response"]) for attempt in listed["attempts"]} == {200}
    [one] = (await door.call("list_deliveries", delivery=listed["id"]))["deliveries"]
    for number, attempt in enumerate(one["attempts"], start=1):
        assert (attempt["number"], attempt["status"]) == (number, 503)
        assert attempt["milliseconds"] >= 0
        assert set(attempt["response"]) == {"x"}
        assert len(attempt["response"]) == 4_096


async def test_a_range_is_sent_again_and_nothing_beside_it(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        webhook = await add_endpoint(runtime, caller, receiver.url(), "client.created")
        for name in ("Acme", "Borg", "Cord"):
            await door.call("create_client", name=name)
            await round(dispatcher)
            clock.advance(hours=24)
        receiver.requests.clear()
        again = {"webhook": webhook, "period": "2 days ago"}
        assert (await door.call("replay_deliveries", **again))["replayed"] == 1
        await round(dispatcher)
        assert [_name(one.body) for one in receiver.requests] == ["Borg"]
        assert (await door.call("replay_deliveries", webhook=webhook))["replayed"] == 3
        # What is over a month old is told to nobody any more.
        await round(dispatcher)
        clock.advance(hours=24 * 28 + 1)
        assert (await door.call("replay_deliveries", webhook=webhook))["replayed"] == 1
        await round(dispatcher)
    assert _name(receiver.requests[-1].body) == "Cord"


def _name(body: bytes) -> str:
    return str(json.loads(body)["data"]["client"]["name"])


async def test_it_is_forgotten_by_parts_so_that_writers_come_between(
    house: House, clock: Clock
) -> None:
    runtime, caller = house
    dead = await add_endpoint(runtime, caller, "https://dead.example/in", "client.created")
    await crowd(runtime, dead, 3 * MOST_PRUNED, state="delivered")
    clock.advance(hours=24 * 31)
    await crowd(runtime, dead, 7, mark="y", state="delivered")
    dispatcher = Dispatcher(runtime)
    with watched() as units:
        running = asyncio.ensure_future(dispatcher.run())
        async with asyncio.timeout(30):
            while len(await deliveries(runtime)) > 7:
                await asyncio.sleep(0.01)
        dispatcher.end()
        await running
    assert len([tables for tables in units if "delivery" in tables]) == 3
    assert len(await deliveries(runtime)) == 7
