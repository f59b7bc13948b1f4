"""What a receiver says about its messages is done, and others are told how it is doing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest
from dispatching import SETTINGS, add_endpoint, attempts, deliveries, dispatching, round
from houses import Clock, InProcess, open_house
from receivers import Receiver, receiving, saying
from rows import everything

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.webhooks.dispatcher import Dispatcher

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

OK, BROKEN = saying("204 No Content"), saying("500 Oops")
House = tuple[Runtime, Caller]


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house that may send to this machine."""
    async with open_house(database_url, clock=clock, **SETTINGS) as opened:
        yield opened


@pytest.mark.parametrize(
    ("answer", "message", "webhook"),
    [
        (saying("500 No", "webhook-delivery: abort-message"), "abandoned", "active"),
        (saying("200 OK", "webhook-delivery: disable"), "delivered", "disabled"),
        (saying("500 No", "webhook-delivery: disable"), "pending", "disabled"),
        (saying("302 Found", "Location: http://127.0.0.1:1/"), "pending", "active"),
    ],
)
async def test_a_receiver_may_refuse_one_message_or_all(
    house: House, answer: bytes, message: str, webhook: str
) -> None:
    runtime, caller = house
    async with receiving(answer) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        await InProcess(runtime, caller).call("create_client", name="Acme")
        await round(dispatcher)
        await round(dispatcher)
    rows = await everything(runtime)
    assert len(receiver.requests) == 1
    assert [row["state"] for row in rows["delivery"]] == [message]
    assert [row["state"] for row in rows["webhook_endpoint"]] == [webhook]


async def test_of_one_that_fails_others_are_told_until_it_is_back(
    house: House, clock: Clock
) -> None:
    runtime, caller = house
    said = [BROKEN]

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said[-1])

    async with (
        receiving(answer) as failing,
        receiving(OK) as watching,
        dispatching(runtime) as dispatcher,
    ):
        await add_endpoint(runtime, caller, failing.url(), "client.created")
        watcher = await add_endpoint(runtime, caller, watching.url(), "webhook.*")
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme")
        await _until_exhausted(runtime, dispatcher, clock)
        said.append(OK)
        await door.call("create_client", name="Borg")
        clock.advance(hours=2)
        await round(dispatcher)
        await round(dispatcher)
    assert _types(watching) == ["webhook.failing", "webhook.exhausted", "webhook.recovered"]
    subjects = {json.loads(one.body)["data"]["webhook"]["id"] for one in watching.requests}
    assert watcher not in subjects
    assert [row["number"] for row in await attempts(runtime) if row["status"] == 500] == [
        *range(1, 11)
    ]


async def _until_exhausted(runtime: Runtime, dispatcher: Dispatcher, clock: Clock) -> None:
    """Let the first message be tried until there is no attempt left."""
    for _ in range(15):
        await round(dispatcher)
        [first, *_] = [row for row in await deliveries(runtime) if row["type"] == "client.created"]
        if first["state"] == "exhausted":
            return
        clock.now_us = max(clock.now_us, first["due_at"])
    raise AssertionError("it is tried without end")


def _types(receiver: Receiver) -> list[str]:
    return [json.loads(one.body)["type"] for one in receiver.requests]
