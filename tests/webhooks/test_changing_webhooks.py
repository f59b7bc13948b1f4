"""A webhook that is changed: more is confirmed first, less drops what waits, and all is noted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from dispatching import SETTINGS, dispatching, round
from houses import Clock, Door, InProcess, Refused, daily, open_door, open_house
from receivers import Receiver, receiving, saying
from rows import activities, events
from webhook_calls import URL, confirmed, made

from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.webhooks.dispatcher import Dispatcher
from hoursmith_mcp.webhooks.running import dispatching as beside

pytestmark = pytest.mark.anyio

MCP_DOORS = ("in-process", "mcp-2025", "mcp-2026")
BUSY, OK = saying("503 Busy"), saying("204 No Content")
PATIENCE_SECONDS = 60


@dataclass
class Scene:
    """A house with two projects, and a receiver that is busy until it is told otherwise."""

    runtime: Runtime
    door: InProcess
    receiver: Receiver
    dispatcher: Dispatcher
    answers: dict[str, bytes]

    async def states(self) -> dict[str, str]:
        """Return how deliveries stand, by their types."""
        listed = (await self.door.call("list_deliveries"))["deliveries"]
        return {one["type"]: one["status"] for one in listed}

    @property
    def told(self) -> list[Any]:
        """The messages that came."""
        return [json.loads(one.body) for one in self.receiver.requests]


@asynccontextmanager
async def scene(url: str, clock: Clock) -> AsyncGenerator[Scene]:
    answers = {"now": BUSY}

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers["now"])

    async with (
        open_house(url, clock=clock, **SETTINGS) as (runtime, owner),
        receiving(answer) as receiver,
        dispatching(runtime) as dispatcher,
    ):
        door = InProcess(runtime, owner)
        await door.call("create_client", name="Acme")
        for name in ("Website", "Logo"):
            await door.call("create_project", client="Acme", name=name)
        yield Scene(runtime, door, receiver, dispatcher, answers)


@pytest.mark.parametrize(
    "door_name", daily("in-process", among=("in-process", "mcp-2025", "mcp-2026"))
)
async def test_whatever_tells_more_is_said_before_it_is_done(
    sqlite_url: str, clock: Clock, door_name: str
) -> None:
    async with (
        open_house(sqlite_url, clock=clock, **SETTINGS) as (runtime, owner),
        open_door(door_name, runtime, owner) as door,
    ):
        await door.call("create_client", name="Acme")
        await door.call("create_project", client="Acme", name="Website")
        one = await made(door, URL, "task.*", "client.*", projects=["Website"], thin=True)
        webhook: dict[str, Any] = {"webhook": one["id"]}
        wider: list[dict[str, Any]] = [
            {"url": "https://elsewhere.example/"},
            {"events": ["*"]},
            {"projects": []},
            {"thin": False},
        ]
        asked: dict[str, Any] = {}
        for more in wider:
            before = (await door.call("list_webhooks"))["webhooks"]
            asked = await door.call("update_webhook", **webhook, **more)
            assert asked.keys() == {"would", "confirm"}
            assert (await door.call("list_webhooks"))["webhooks"] == before
        told = f"client.*, task.* of Website alone to {URL},"
        assert asked["would"] == (
            f"From now on, send {told} with all that you may see of it: what still waits, "
            f"too. So far it is {told} with ids alone."
        )
        done = await door.call("update_webhook", **webhook, thin=False, confirm=asked["confirm"])
        assert "thin" not in done
        narrower: list[dict[str, Any]] = [
            {"events": ["task.*"]},
            {"events": ["task.created"], "thin": True},
            {"paused": True},
            {"paused": False, "description": "for n8n"},
        ]
        for less in narrower:
            assert (await door.call("update_webhook", **webhook, **less))["id"] == one["id"]


@pytest.mark.ci
@pytest.mark.parametrize("door_name", ["mcp-2026", "rest"])
async def test_how_many_a_minute_it_takes_is_said_and_taken_back(
    sqlite_url: str, clock: Clock, door_name: str
) -> None:
    async with (
        open_house(sqlite_url, clock=clock, **SETTINGS) as (runtime, owner),
        open_door(door_name, runtime, owner) as door,
    ):
        one = await made(door, URL, "client.*", per_minute=30)
        webhook: dict[str, Any] = {"webhook": one["id"]}
        assert one["per_minute"] == 30
        changed = await door.call("update_webhook", **webhook, per_minute=0)
        assert "per_minute" not in changed
        assert "per_minute" not in await door.call("get_webhook", **webhook)
        told = (await events(runtime))[-1]
        assert told["type"] == "webhook.updated"
        assert "per_minute" not in told["data"]
        again = await door.call("update_webhook", **webhook, per_minute=6)
        assert again["per_minute"] == 6
        with pytest.raises(Refused, match=r"per_?[mM]inute"):
            await door.call("update_webhook", **webhook, per_minute=-1)


async def test_what_is_not_wanted_any_more_is_dropped_though_it_waited(
    database_url: str, clock: Clock
) -> None:
    async with scene(database_url, clock) as on:
        one = await made(on.door, on.receiver.url(), "client.created", "task.*", "time_entry.*")
        webhook: dict[str, Any] = {"webhook": one["id"]}
        await on.door.call("create_client", name="Borg")
        await on.door.call("create_task", project="Website", name="Design")
        await on.door.call("log_time", project="Logo", duration="1h")
        test = await on.door.call("send_test_event", **webhook, event="invoice.paid")
        await round(on.dispatcher)
        on.receiver.requests.clear()
        await on.door.call("update_webhook", **webhook, projects=["Website"])
        assert await on.states() == {
            "client.created": "dropped",
            "task.created": "pending",
            "time_entry.created": "dropped",
            "invoice.paid": "pending",
        }
        await on.door.call("update_webhook", **webhook, events=["time_entry.*"])
        assert (await on.states())["task.created"] == "dropped"
        clock.advance(hours=1)
        on.answers["now"] = OK
        await round(on.dispatcher)
        assert [one["id"] for one in on.told] == [test["id"]]
        # It is there to be sent again once it is wanted again, and not before.
        [dropped] = (await on.door.call("list_deliveries", type="time_entry.*"))["deliveries"]
        with pytest.raises(Refused, match="not told of that any more"):
            await on.door.call("replay_deliveries", delivery=dropped["id"])
        assert (await on.door.call("replay_deliveries", **webhook))["replayed"] == 0
        await confirmed(on.door, "update_webhook", **webhook, projects=[])
        assert (await on.door.call("replay_deliveries", **webhook))["replayed"] == 1
        await round(on.dispatcher)
        assert [one["type"] for one in on.told] == ["invoice.paid", "time_entry.created"]


async def test_an_attempt_under_way_is_noted_though_its_message_was_dropped(
    database_url: str, clock: Clock
) -> None:
    async with scene(database_url, clock) as on:
        one = await made(on.door, on.receiver.url(), "client.created")
        await on.door.call("create_client", name="Borg")

        async def delete_and_refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await on.door.call("delete_webhook", webhook=one["id"])
            writer.write(BUSY)

        async with receiving(delete_and_refuse) as receiver:
            await confirmed(on.door, "update_webhook", webhook=one["id"], url=str(receiver.url()))
            await round(on.dispatcher)
        [logged] = (await on.door.call("list_deliveries"))["deliveries"]
        assert logged["status"] == "dropped"
        assert [attempt["status"] for attempt in logged["attempts"]] == [503]
        assert "next_attempt_at" not in logged
        with pytest.raises(Refused, match="Its webhook was deleted"):
            await on.door.call("replay_deliveries", delivery=logged["id"])


async def test_tests_and_replays_leave_a_line_and_no_event(sqlite_url: str, clock: Clock) -> None:
    async with scene(sqlite_url, clock) as on:
        one = await made(on.door, on.receiver.url(), "client.created")
        before = await events(on.runtime)
        clock.advance(minutes=1)
        on.answers["now"] = OK
        sent = await on.door.call("send_test_event", webhook=one["id"])
        assert sent["type"] == "client.created"
        await round(on.dispatcher)
        clock.advance(minutes=1)
        await on.door.call("replay_deliveries", delivery=sent["id"])
        assert await events(on.runtime) == before
        lines = (await activities(on.runtime))[-2:]
        assert [line["operation"] for line in lines] == ["send_test_event", "replay_deliveries"]
        assert {line["subject_id"] for line in lines} == {one["id"]}
        await on.door.call("create_client", name="Next")
        assert [row["sequence"] for row in await events(on.runtime)][-1] == len(before) + 1


async def test_a_test_and_a_replay_are_sent_at_once(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who is told of nothing does not look by itself for as long as this takes.
    monkeypatch.setattr("hoursmith_mcp.webhooks.dispatcher.LOOKS_EVERY_SECONDS", 3_600)
    arrived: asyncio.Queue[bool] = asyncio.Queue()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        arrived.put_nowait(True)

    async with (
        open_house(sqlite_url, **SETTINGS) as (runtime, owner),
        receiving(answer) as receiver,
    ):
        door = InProcess(runtime, owner)
        one = await made(door, receiver.url(), "client.created")
        async with beside(runtime):
            sent = await door.call("send_test_event", webhook=one["id"])
            await asyncio.wait_for(arrived.get(), PATIENCE_SECONDS)
            while (await status(door, sent["id"])) != "delivered":
                await asyncio.sleep(0.01)
            await door.call("replay_deliveries", delivery=sent["id"])
            await asyncio.wait_for(arrived.get(), PATIENCE_SECONDS)


async def status(door: Door, delivery_id: str) -> str:
    [one] = (await door.call("list_deliveries", delivery=delivery_id))["deliveries"]
    return str(one["status"])
