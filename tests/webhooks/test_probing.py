"""A receiver that only fails is asked by one message at a time whether it is back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest
from dispatching import SETTINGS, add_endpoint, deliveries, dispatching, endpoint, round
from houses import Clock, InProcess, open_house
from receivers import Answering, receiving, saying
from rows import add_member, change_role, events

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.core.instants import SECOND_US
from hoursmith_mcp.core.receivers import TRIPPED_AFTER
from hoursmith_mcp.runtime import Runtime

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

OK, BROKEN = saying("204 No Content"), saying("500 Oops")
House = tuple[Runtime, Caller]


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house that may send to this machine."""
    async with open_house(database_url, clock=clock, **SETTINGS) as opened:
        yield opened


def answering(said: list[bytes]) -> Answering:
    """Return what says the last of these that is there at the time."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said[-1])

    return answer


async def test_one_message_at_a_time_asks_and_then_all_of_them_go(
    house: House, clock: Clock
) -> None:
    runtime, caller = house
    said = [BROKEN]
    tripped = {"failures": TRIPPED_AFTER, "failing_since": clock.now_us}
    async with receiving(answering(said)) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url(), "client.created", **tripped)
        for number in range(6):
            await InProcess(runtime, caller).call("create_client", name=f"Client {number}")
        for probes in (1, 2, 3):
            for _ in range(3):
                await round(dispatcher)
            assert len(receiver.requests) == probes
            clock.advance(hours=2)
        said.append(OK)
        for _ in range(3):
            await round(dispatcher)
    assert {row["state"] for row in await deliveries(runtime)} == {"delivered"}
    assert len(receiver.requests) == 3 + 6
    told = [row["type"] for row in await events(runtime) if row["type"].startswith("webhook.")]
    assert told == ["webhook.recovered"]
    assert (await endpoint(runtime))["failures"] == 0


async def test_what_may_not_be_sent_any_more_is_no_question_to_the_receiver(
    house: House, clock: Clock
) -> None:
    runtime, caller = house
    door, ann = InProcess(runtime, caller), await add_member(runtime, "Ann", role="ADMIN")
    await door.call("create_client", name="Acme")
    await door.call("create_project", client="Acme", name="Website")
    await door.call("add_project_member", project="Website", member="Ann")
    tripped = {"failures": TRIPPED_AFTER, "failing_since": clock.now_us}
    tripped["probed_at"] = clock.now_us + SECOND_US
    async with receiving(BROKEN) as receiver, dispatching(runtime) as dispatcher:
        wanted = "client.* time_entry.*"
        await add_endpoint(runtime, ann, receiver.url(), wanted, **tripped)
        for phone in "123":
            await door.call("update_client", client="Acme", phone=phone)
        entry = await InProcess(runtime, ann).call("log_time", project="Website", duration="1h")
        await dispatcher.look()  # It is queued as long as she sees it all.
        await change_role(runtime, "Ann", "MEMBER")
        clock.advance(seconds=1)
        for _ in range(3):
            await round(dispatcher)
    [request] = receiver.requests
    assert json.loads(request.body)["data"]["timeEntry"]["id"] == entry["id"]
    states = [row["state"] for row in await deliveries(runtime)]
    assert states == ["withheld"] * 3 + ["pending"]
