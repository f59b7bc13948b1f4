"""Whatever a receiver does, the log says so in words that mean one thing, and others are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from crowding import crowd
from dispatching import (
    BRIEF,
    SETTINGS,
    add_endpoint,
    attempts,
    deliveries,
    dispatching,
    endpoint,
    round,
)
from houses import Clock, InProcess, open_house
from raw_sql import count, run_raw
from receivers import Answering, Receiver, receiving, saying
from rows import events, everything

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.webhooks.dispatcher import Dispatcher
from hoursmith_mcp.webhooks.sender import MOST_KEPT_BYTES, MOST_READ_BYTES
from hoursmith_mcp.webhooks.work import prune

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

OK = saying("204 No Content")
HUNDRED_MEGABYTES = 100 * 1024 * 1024
MOST_POURED_BYTES = 25 * 1024 * 1024
"""What the buffers of both sides hold of it, and some."""

House = tuple[Runtime, Caller]


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house that may send to this machine."""
    async with open_house(database_url, clock=clock, **SETTINGS) as opened:
        yield opened


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def dripping(head: bytes, drop: bytes) -> Answering:
    """Return what says its head at once, and then a drop at a time, for ever."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.02)

    return drip


@dataclass
class Pouring:
    """What sends a hundred megabytes, and counts what was taken of them."""

    taken_bytes: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a request."""
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n" % HUNDRED_MEGABYTES)
        while self.taken_bytes < HUNDRED_MEGABYTES:
            writer.write(b"x" * MOST_READ_BYTES)
            await writer.drain()
            self.taken_bytes += MOST_READ_BYTES


async def test_the_log_names_whatever_receivers_do_and_others_are_told(
    house: House, clock: Clock
) -> None:
    runtime, caller = house
    pouring = Pouring()
    minute_us, day_us = 60_000_000, 86_400_000_000
    elsewhere: list[str] = []
    unruly: dict[str, tuple[Any, tuple[int | None, str | None, str]]] = {
        "hangs": (hang, (None, "timeout_head", "pending")),
        "drips its head": (
            dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
            (None, "timeout_head", "pending"),
        ),
        "drips its body": (
            dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"."),
            (200, "timeout_body", "delivered"),
        ),
        "pours": (pouring, (500, None, "pending")),
        "resets": (reset, (None, "broken_off", "pending")),
        "is no server of the web": (b"SSH-2.0-OpenSSH\r\n\r\n", (None, "no_http", "pending")),
        "is gone": (saying("410 Gone"), (410, None, "pending")),
        "is busy": (saying("503 Busy", "Retry-After: 600"), (503, None, "pending")),
        "is away": (saying("429 Away", "Retry-After: 999999999"), (429, None, "pending")),
        "is well": (OK, (204, None, "delivered")),
    }
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        other: Receiver = await enter(receiving(OK))
        moved = saying("302 Found", f"Location: {other.url()}")
        unruly["has moved"] = (moved, (302, None, "pending"))
        named: dict[str, str] = {}
        for what, (answer, _) in unruly.items():
            receiver = await enter(receiving(answer))
            named[await add_endpoint(runtime, caller, receiver.url(), "client.created")] = what
        await InProcess(runtime, caller).call("create_client", name="Acme")
        await round(await enter(dispatching(runtime, BRIEF)))
        elsewhere += [request.head for request in other.requests]

    rows = {named[row["endpoint_id"]]: row for row in await deliveries(runtime)}
    tried = {row["delivery_id"]: row for row in await attempts(runtime)}
    logged = {what: tried[row["id"]] for what, row in rows.items()}
    assert {
        what: (one["status"], one["fault"], rows[what]["state"]) for what, one in logged.items()
    } == {what: wanted for what, (_, wanted) in unruly.items()}
    assert elsewhere == []
    waits = {what: row["due_at"] - clock.now_us for what, row in rows.items()}
    assert waits["is busy"] == 10 * minute_us
    assert waits["is away"] == day_us
    assert minute_us == waits["hangs"] > waits["resets"]
    states = {named[row["id"]]: row["state"] for row in (await everything(runtime))[ENDPOINT]}
    assert {what for what, state in states.items() if state == "disabled"} == {"is gone"}
    assert len(logged["pours"]["beginning"]) == MOST_KEPT_BYTES
    assert pouring.taken_bytes < MOST_POURED_BYTES


ENDPOINT = "webhook_endpoint"


async def test_a_rate_is_kept_and_everything_arrives(house: House, clock: Clock) -> None:
    runtime, caller = house
    came: list[int] = []
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url(), "client.created", per_minute=30)
        for number in range(6):
            await InProcess(runtime, caller).call("create_client", name=f"Client {number}")
        for _ in range(12):
            await round(dispatcher)
            came.append(len(receiver.requests))
            clock.advance(seconds=1)
    assert came == [1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6]  # A second's worth may be early.
    assert {row["state"] for row in await deliveries(runtime)} == {"delivered"}


async def test_only_probes_ask_whether_a_receiver_is_back(house: House, clock: Clock) -> None:
    runtime, caller = house
    is_back = False

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK if is_back else saying("500 Oops"))

    async def came_in(dispatcher: Dispatcher) -> int:
        before = len(receiver.requests)
        await dispatcher.look()
        await dispatcher.settle()
        return len(receiver.requests) - before

    async with receiving(answer) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        door = InProcess(runtime, caller)
        for number in range(12):
            await door.call("create_client", name=f"Client {number:02}")
        assert await came_in(dispatcher) == 12
        # Nothing is sent while it is left alone, neither what is due again nor what is new.
        await door.call("create_client", name="News")
        clock.advance(seconds=30)
        assert [await came_in(dispatcher) for _ in range(3)] == [0, 0, 0]
        clock.advance(minutes=6)
        assert [await came_in(dispatcher) for _ in range(3)] == [1, 0, 0]
        assert (await endpoint(runtime))["failures"] == 13
        is_back = True
        clock.advance(minutes=20)
        assert await came_in(dispatcher) == 1
        assert (await endpoint(runtime))["failures"] == 0
        clock.advance(minutes=40)
        assert await came_in(dispatcher) == 12
    assert {row["state"] for row in await deliveries(runtime)} == {"delivered"}
    told = [row["type"] for row in await events(runtime) if row["type"].startswith("webhook.")]
    assert told == ["webhook.failing", "webhook.recovered"]


async def test_what_is_past_keeping_goes_some_at_a_time_with_its_attempts(
    house: House, database_url: str, clock: Clock
) -> None:
    runtime, caller = house
    door, database = InProcess(runtime, caller), await runtime.database()
    organization_id = (await door.call("overview"))["organization_id"]
    endpoint_id = await add_endpoint(runtime, caller, "https://hooks.example.com/")
    await crowd(runtime, endpoint_id, 1_200, state="delivered")
    await run_raw(
        database_url,
        "INSERT INTO delivery_attempt (delivery_id, number, organization_id, at, milliseconds, "
        "status, beginning) SELECT id, 1, organization_id, due_at, 1, 204, '' FROM delivery",
    )
    clock.advance(hours=24 * 30, seconds=1)
    await crowd(runtime, endpoint_id, 3, mark="y")
    left: list[int] = []
    more = True
    while more:
        more = await database.write(lambda session: prune(session, organization_id))
        left.append(await count(database_url, "delivery"))
        await door.call("create_client", name=f"Client {len(left)}")  # Who writes comes between.
    assert left == [703, 203, 3]
    assert await count(database_url, "delivery_attempt") == 0
