"""Every event reaches whom it is for, in one envelope, signed, and as its owner sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from dispatching import (
    SECRET,
    SETTINGS,
    add_endpoint,
    attempts,
    deliveries,
    dispatching,
    endpoint,
    round,
    work,
)
from houses import FRIDAY_MORNING_US, POSTGRESQL_IN_CI, Clock, InProcess, open_house
from receivers import receiving, saying
from rows import add_member, change_role, events
from standardwebhooks import Webhook

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio

OK = saying("204 No Content")
PATIENCE_SECONDS = 60
House = tuple[Runtime, Caller]


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house that may send to this machine."""
    async with open_house(database_url, clock=clock, **SETTINGS) as opened:
        yield opened


async def test_events_arrive_in_order_signed_and_once(house: House, clock: Clock) -> None:
    runtime, caller = house
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        await work(runtime, caller, clock)  # Nobody is told of what was before them.
        await add_endpoint(runtime, caller, receiver.url(), "client.* time_entry.created")
        door = InProcess(runtime, caller)
        await door.call("update_client", client="Acme", phone="1")
        entry = await door.call("log_time", project="Website", duration="1h", note="Größe")
        await door.call("update_project", project="Website", hourly_rate="120")
        await round(dispatcher)
        await round(dispatcher)
    bodies = [json.loads(request.body) for request in receiver.requests]
    assert [(one["type"], one["seq"]) for one in bodies] == [
        ("client.updated", 1),
        ("time_entry.created", 2),
    ]
    assert bodies[1]["data"]["timeEntry"]["id"] == entry["id"]
    assert bodies[1]["created"] == FRIDAY_MORNING_US // 1_000_000
    for request, body in zip(receiver.requests, bodies, strict=True):
        assert request.headers["webhook-id"] == body["id"]
        assert request.headers["webhook-timestamp"] == str(clock.now_us // 1_000_000)
        headers = {**request.headers, "webhook-timestamp": request.headers["webhook-timestamp"]}
        assert signed_by(SECRET, request.body, headers)
    assert {row["state"] for row in await deliveries(runtime)} == {"delivered"}
    assert [row["status"] for row in await attempts(runtime)] == [204, 204]


def signed_by(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    """Compare with what the official library would have signed."""
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    wanted = Webhook(secret).sign(headers["webhook-id"], at, body.decode())
    return wanted == headers["webhook-signature"]


@POSTGRESQL_IN_CI
async def test_what_fails_is_tried_again_with_the_same_id(house: House, clock: Clock) -> None:
    runtime, caller = house
    answers = [saying("503 Busy", "Retry-After: 600", body=b"later"), OK]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers.pop(0))

    async with receiving(answer) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        await InProcess(runtime, caller).call("create_client", name="Acme")
        await round(dispatcher)
        clock.advance(minutes=9)
        await round(dispatcher)
        assert len(receiver.requests) == 1
        clock.advance(minutes=2)
        await round(dispatcher)
    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    told = [(row["number"], row["status"], row["beginning"]) for row in await attempts(runtime)]
    assert told == [(1, 503, "later"), (2, 204, "")]
    assert (await endpoint(runtime))["failures"] == 0


@POSTGRESQL_IN_CI
async def test_ten_attempts_are_made_and_no_more(house: House, clock: Clock) -> None:
    runtime, caller = house
    async with receiving(saying("500 Oops")) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        await InProcess(runtime, caller).call("create_client", name="Acme")
        for _ in range(12):
            await round(dispatcher)
            [row] = await deliveries(runtime)
            clock.now_us = max(clock.now_us, row["due_at"])
    assert len(receiver.requests) == 10
    [row] = await deliveries(runtime)
    assert (row["state"], row["attempts"]) == ("exhausted", 10)


@POSTGRESQL_IN_CI
async def test_who_is_gone_is_sent_nothing_more(house: House, clock: Clock) -> None:
    runtime, caller = house
    async with receiving(saying("410 Gone")) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        door = InProcess(runtime, caller)
        for name in ("Acme", "Borg"):
            await door.call("create_client", name=name)
            await round(dispatcher)
    assert len(receiver.requests) == 1
    assert (await endpoint(runtime))["state"] == "disabled"


@POSTGRESQL_IN_CI
async def test_who_only_fails_is_given_up_and_that_is_told(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    warned: dict[str, None] = {}
    to_do: list[dict[str, Any]] = []
    async with receiving(saying("500 Oops")) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url())
        for day in range(8):
            await door.call("create_client", name=f"Client {day}")
            for _ in range(4):
                await round(dispatcher)
                clock.advance(hours=6)
            shown = (await door.call("overview"))["to_do"]
            to_do = [one for one in shown if "webhook" in one["what"]]
            warned |= {one["what"].split()[4]: None for one in to_do}
        resumed = len(receiver.requests)
        clock.advance(hours=48)
        await round(dispatcher)
        assert len(receiver.requests) == resumed
    told = [row["type"] for row in await events(runtime) if row["type"].startswith("webhook.")]
    assert told == ["webhook.failing", "webhook.disabled_soon", "webhook.disabled"]
    assert list(warned) == ["failed", "only", "is"]
    assert (await endpoint(runtime))["state"] == "disabled"
    (last,) = to_do
    assert last["next_call"]["tool"] == "update_webhook"
    await door.call("update_webhook", **last["next_call"]["arguments"])
    assert (await endpoint(runtime))["state"] == "active"


@POSTGRESQL_IN_CI
async def test_what_is_past_keeping_is_forgotten(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url())
        await door.call("create_client", name="Acme")
        await round(dispatcher)
        clock.advance(hours=24 * 31)
        await door.call("create_client", name="Borg")
        await round(dispatcher)
        running = asyncio.ensure_future(dispatcher.run())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(await deliveries(runtime)) > 1:
                await asyncio.sleep(0)
        dispatcher.end()
        await running
    [kept] = await deliveries(runtime)
    assert kept["sequence"] == 2
    assert [one["delivery_id"] for one in await attempts(runtime)] == [kept["id"]]


async def test_two_dispatchers_never_send_one_delivery_twice(house: House, clock: Clock) -> None:
    runtime, caller = house
    async with (
        receiving(OK) as receiver,
        dispatching(runtime) as one,
        dispatching(runtime) as other,
    ):
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        door = InProcess(runtime, caller)
        for number in range(20):
            await door.call("create_client", name=f"Client {number}")
        for _ in range(4):
            await asyncio.gather(round(one), round(other))
    ids = [request.headers["webhook-id"] for request in receiver.requests]
    assert len(ids) == len(set(ids)) == 20


async def test_a_late_result_changes_nothing(house: House, clock: Clock) -> None:
    """Who took longer than the lease finds that somebody else has tried since."""
    runtime, caller = house
    held, go_on = asyncio.Event(), asyncio.Event()
    answers = [OK, saying("500 Oops")]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = answers.pop(0)
        if answers:
            held.set()
            await go_on.wait()
        writer.write(said)

    async with (
        receiving(answer) as receiver,
        dispatching(runtime) as slow,
        dispatching(runtime) as quick,
    ):
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        await InProcess(runtime, caller).call("create_client", name="Acme")
        await slow.look()
        await held.wait()
        clock.advance(hours=1)
        await round(quick)
        go_on.set()
        await slow.settle()
    [row] = await deliveries(runtime)
    assert (row["state"], row["attempts"]) == ("pending", 2)
    assert [one["status"] for one in await attempts(runtime)] == [500]
    assert (await endpoint(runtime))["failures"] == 1


@POSTGRESQL_IN_CI
async def test_a_receiver_that_hangs_keeps_no_other_waiting(house: House, clock: Clock) -> None:
    runtime, caller = house
    go_on = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()

    async with (
        receiving(hang) as hanging,
        receiving(OK) as good,
        dispatching(runtime) as dispatcher,
    ):
        await add_endpoint(runtime, caller, hanging.url())
        await add_endpoint(runtime, caller, good.url(), "client.created")
        door = InProcess(runtime, caller)
        for number in range(6):
            await door.call("create_client", name=f"Client {number}")
        for _ in range(4):
            await dispatcher.look()
            while len(good.requests) < 6 and not good.finished.is_set():
                await asyncio.sleep(0)
        assert len(good.requests) == 6
        assert len(hanging.requests) == 4
        go_on.set()
        await dispatcher.settle()


@POSTGRESQL_IN_CI
async def test_whoever_lost_their_eyes_for_money_is_sent_none(house: House, clock: Clock) -> None:
    """Also of what happened while they still had them."""
    runtime, caller = house
    ann = await add_member(runtime, "Ann", role="ADMIN")
    door = InProcess(runtime, caller)
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, ann, receiver.url())
        await door.call("create_client", name="Acme", currency="EUR", default_rate="4711")
        await door.call("create_project", client="Acme", name="Website", hourly_rate="4711")
        await door.call("add_project_member", project="Website", member="Ann")
        mine = InProcess(runtime, ann)
        entry = await mine.call("log_time", project="Website", duration="1h")
        await door.call("log_time", project="Website", duration="2h")
        await change_role(runtime, "Ann", "MEMBER")
        await round(dispatcher)
    sent = b"".join(request.body for request in receiver.requests)
    assert b"4711" not in sent
    assert b"Rate" not in sent
    told = [json.loads(request.body) for request in receiver.requests]
    entries = [one["data"]["timeEntry"]["id"] for one in told if "timeEntry" in one["data"]]
    assert entries == [entry["id"]]
    assert {one["type"].partition(".")[0] for one in told} == {"project", "time_entry"}


@POSTGRESQL_IN_CI
async def test_what_was_queued_before_is_looked_at_again(house: House, clock: Clock) -> None:
    runtime, caller = house
    ann = await add_member(runtime, "Ann", role="ADMIN")
    async with receiving(saying("500 Oops")) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, ann, receiver.url(), "client.*")
        await InProcess(runtime, caller).call("create_client", name="Acme")
        await round(dispatcher)
        await change_role(runtime, "Ann", "MEMBER")
        clock.advance(minutes=1)
        await round(dispatcher)
    assert len(receiver.requests) == 1
    [row] = await deliveries(runtime)
    assert row["state"] == "withheld"


@POSTGRESQL_IN_CI
async def test_it_is_told_at_once_and_finishes_what_it_began(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who is told of nothing does not look by itself for as long as this takes.
    monkeypatch.setattr("hoursmith_mcp.webhooks.dispatcher.LOOKS_EVERY_SECONDS", 3_600)
    runtime, caller = house
    arrived: asyncio.Queue[bool] = asyncio.Queue()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.put_nowait(True)
        writer.write(OK)

    async with receiving(answer) as receiver, dispatching(runtime) as dispatcher:
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        running = asyncio.ensure_future(dispatcher.run())
        await asyncio.sleep(0)
        for name in ("Acme", "Borg"):
            await InProcess(runtime, caller).call("create_client", name=name)
            await asyncio.wait_for(arrived.get(), PATIENCE_SECONDS)
            if name == "Acme":
                await all_delivered(runtime)
        dispatcher.end()
        await running
    assert [row["state"] for row in await deliveries(runtime)] == ["delivered"] * 2


async def all_delivered(runtime: Runtime) -> None:
    """Wait until nothing is under way any more."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while {row["state"] for row in await deliveries(runtime)} != {"delivered"}:
            await asyncio.sleep(0.01)
