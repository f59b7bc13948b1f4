"""What is claimed, or being sent, while somebody changes what it is sent by."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from dispatching import SETTINGS, add_endpoint, deliveries, dispatching, round
from houses import POSTGRESQL_IN_CI, Clock, InProcess, open_house
from receivers import Answering, Receiver, receiving, saying
from rows import add_member, events
from sqlalchemy import text
from webhook_calls import confirmed, made

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.webhooks.dispatcher import Dispatcher
from hoursmith_mcp.webhooks.lanes import WIDTH

pytestmark = pytest.mark.anyio

OK, GONE = saying("204 No Content"), saying("410 Gone")
House = tuple[Runtime, Caller]
Change = Callable[[InProcess, str], Coroutine[Any, Any, None]]
MESSAGES = WIDTH + 4


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house that may send to this machine."""
    async with open_house(database_url, clock=clock, **SETTINGS) as opened:
        yield opened


@dataclass
class Door:
    """Holds back the answers to requests until it is opened."""

    said: bytes
    full: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0

    def answering(self) -> Answering:
        """Return what answers so."""

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.waiting += 1
            if self.waiting == WIDTH:
                self.full.set()
            await self.open.wait()
            writer.write(self.said)

        return answer


@asynccontextmanager
async def under_way(
    runtime: Runtime, owner: InProcess, said: bytes
) -> AsyncGenerator[tuple[str, Door, Receiver, Dispatcher]]:
    """Yield a webhook to which as much is sent as goes at once, and for which more is claimed."""
    door = Door(said)
    async with receiving(door.answering()) as receiver, dispatching(runtime) as dispatcher:
        one = await made(owner, receiver.url(), "client.created")
        for number in range(MESSAGES):
            await owner.call("create_client", name=f"Client {number}")
        for _ in range(2):
            await dispatcher.look()
        await asyncio.wait_for(door.full.wait(), 5)
        yield one["id"], door, receiver, dispatcher


async def pause(house: InProcess, webhook: str) -> None:
    """Hold the webhook back."""
    await house.call("update_webhook", webhook=webhook, paused=True)


async def delete(house: InProcess, webhook: str) -> None:
    """Take the webhook away."""
    await house.call("delete_webhook", webhook=webhook)


async def demote(house: InProcess, webhook: str) -> None:
    """Let its owner see no money any more."""
    await confirmed(house, "update_member", member="Ann", role="MEMBER")


@pytest.mark.parametrize(
    "change",
    [pause, pytest.param(delete, marks=pytest.mark.ci), pytest.param(demote, marks=pytest.mark.ci)],
)
@POSTGRESQL_IN_CI
async def test_what_has_not_begun_is_looked_at_again_after_a_change(
    house: House, change: Change
) -> None:
    runtime, caller = house
    ann = InProcess(runtime, await add_member(runtime, "Ann", role="ADMIN"))
    async with under_way(runtime, ann, OK) as (webhook, door, receiver, dispatcher):
        await change(InProcess(runtime, caller), webhook)
        await dispatcher.look()
        door.open.set()
        await dispatcher.settle()
        await round(dispatcher)
        assert len(receiver.requests) == WIDTH
    states = [row["state"] for row in await deliveries(runtime)]
    left: dict[Change, str] = {pause: "pending", delete: "dropped", demote: "withheld"}
    assert sorted(states) == sorted(["delivered"] * WIDTH + [left[change]] * (MESSAGES - WIDTH))


async def test_what_was_given_back_is_sent_once_it_goes_on(house: House) -> None:
    runtime, caller = house
    owner = InProcess(runtime, caller)
    async with under_way(runtime, owner, OK) as (webhook, door, receiver, dispatcher):
        await pause(owner, webhook)
        await dispatcher.look()
        door.open.set()
        await dispatcher.settle()
        await owner.call("update_webhook", webhook=webhook, paused=False)
        await round(dispatcher)
    ids = [one.headers["webhook-id"] for one in receiver.requests]
    assert len(ids) == len(set(ids)) == MESSAGES
    assert {row["tries"] for row in await deliveries(runtime)} == {1}


@POSTGRESQL_IN_CI
async def test_that_it_is_disabled_is_told_once_however_many_were_under_way(
    house: House,
) -> None:
    runtime, caller = house
    async with under_way(runtime, InProcess(runtime, caller), GONE) as (_, door, _, dispatcher):
        door.open.set()
        await dispatcher.settle()
    assert await notices(runtime) == ["webhook.disabled"]


async def test_a_webhook_ends_with_its_owner_and_that_is_told(house: House, clock: Clock) -> None:
    runtime, caller = house
    door, ann = InProcess(runtime, caller), await add_member(runtime, "Ann", role="ADMIN")
    async with (
        receiving(OK) as receiver,
        receiving(OK) as watching,
        dispatching(runtime) as dispatcher,
    ):
        hers = await add_endpoint(runtime, ann, receiver.url(), "client.*")
        await add_endpoint(runtime, caller, watching.url(), "webhook.*")
        await confirmed(door, "remove_member", member="Ann")
        await door.call("create_client", name="Acme")
        for _ in range(2):
            await round(dispatcher)
        assert not receiver.requests
        [told] = [json.loads(one.body) for one in watching.requests]
    assert (told["type"], told["data"]["webhook"]["id"]) == ("webhook.disabled", hers)
    assert told["data"]["webhook"]["status"] == "disabled"


async def test_a_notice_is_written_with_what_it_tells_of_or_not_at_all(
    sqlite_url: str, clock: Clock
) -> None:
    """Whoever ends in between leaves nothing half said: it is tried, and told, again."""
    async with (
        open_house(sqlite_url, clock=clock, **SETTINGS) as (runtime, caller),
        receiving(GONE) as receiver,
        dispatching(runtime) as dispatcher,
    ):
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        await InProcess(runtime, caller).call("create_client", name="Acme")
        await run(
            runtime,
            "CREATE TRIGGER no_notice BEFORE INSERT ON event WHEN NEW.type LIKE 'webhook.%' "
            "BEGIN SELECT RAISE(ABORT, 'not now'); END",
        )
        await round(dispatcher)
        assert await notices(runtime) == []
        await run(runtime, "DROP TRIGGER no_notice")
        clock.advance(minutes=2)
        await round(dispatcher)
        assert len(receiver.requests) == 2
        assert await notices(runtime) == ["webhook.disabled"]


async def run(runtime: Runtime, statement: str) -> None:
    """Run a statement on the database."""

    async def unit(session: Session) -> None:
        await session.unscoped(text(statement))

    await (await runtime.database()).write(unit)


async def notices(runtime: Runtime) -> list[str]:
    """Return what was told of how webhooks are doing."""
    types = [row["type"] for row in await events(runtime)]
    return [one for one in types if one.startswith("webhook.") and one != "webhook.created"]
