"""What surrounds the dispatcher goes wrong: whoever is not concerned is told all the same."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import Any

import pytest
from dispatching import (
    SETTINGS,
    add_endpoint,
    attempts,
    dispatching,
    round,
)
from houses import Clock, InProcess, open_house
from receivers import Receiver, receiving, saying
from sqlalchemy import Engine, event, text

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.errors import Unavailable
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.webhooks.sealing import LOST

pytestmark = pytest.mark.anyio

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


async def spoil(runtime: Runtime, endpoint_id: str) -> None:
    """Leave something of an endpoint in the database that nobody can read."""

    async def unit(session: Session) -> None:
        statement = text("UPDATE webhook_endpoint SET earlier_secrets = '{' WHERE id = :id")
        await session.unscoped(statement.bindparams(id=endpoint_id))

    await (await runtime.database()).write(unit)


async def test_an_endpoint_that_cannot_be_read_keeps_no_other_waiting(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    runtime, caller = house
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        for number in range(3):
            one = await add_endpoint(runtime, caller, receiver.url(), "client.created")
            if number != 1:
                await spoil(runtime, one)
        await InProcess(runtime, caller).call("create_client", name="Acme")
        await round(dispatcher)
        assert names(receiver) == ["Acme"]
    assert "Traceback" in caplog.text


async def test_a_lost_key_is_told_and_stops_nobody_else(
    database_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    other: dict[str, Any] = {**SETTINGS, "secret_key": "A" * 43 + "="}
    async with (
        open_house(database_url, clock=clock, **other) as (runtime, caller),
        receiving(OK) as receiver,
        receiving(OK) as unopened,
        dispatching(runtime) as dispatcher,
    ):
        await add_endpoint(runtime, caller, unopened.url(), "client.created")
        door = InProcess(runtime, caller)
        given: dict[str, Any] = {"url": str(receiver.url()), "events": ["client.created"]}
        asked = await door.call("create_webhook", **given)
        await door.call("create_webhook", **given, confirm=asked["confirm"])
        await door.call("create_client", name="Acme")
        await round(dispatcher)
        assert names(receiver) == ["Acme"]
        assert not unopened.requests
        assert sorted(str(row["fault"]) for row in await attempts(runtime)) == ["None", "no_key"]
    assert LOST in caplog.text


@contextmanager
def full_disk() -> Generator[None]:
    """Let SQLite have no room for another page meanwhile."""

    def limit(connection: Any) -> None:
        (pages,) = connection.exec_driver_sql("PRAGMA page_count").one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").close()

    def lift(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={1 << 30}").close()

    event.listen(Engine, "begin", limit, insert=True)
    try:
        yield
    finally:
        event.remove(Engine, "begin", limit)
        event.listen(Engine, "begin", lift, insert=True, once=True)


@pytest.mark.ci
async def test_a_full_disk_keeps_messages_waiting(sqlite_url: str, clock: Clock) -> None:
    async with (
        open_house(sqlite_url, clock=clock, **SETTINGS) as (runtime, caller),
        receiving(OK) as receiver,
        dispatching(runtime) as dispatcher,
    ):
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        for number in range(50):
            await InProcess(runtime, caller).call("create_client", name=f"Client {number:02}")
        with full_disk(), pytest.raises(Unavailable, match="The disk is full"):
            await round(dispatcher)
        assert not receiver.requests
        for _ in range(5):
            await round(dispatcher)
        assert sorted(names(receiver)) == [f"Client {number:02}" for number in range(50)]


@pytest.mark.ci
async def test_a_process_without_a_key_says_so(
    house: House, database_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    runtime, caller = house
    async with receiving(OK) as receiver:
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        await InProcess(runtime, caller).call("create_client", name="Acme")
        without: dict[str, Any] = {**SETTINGS, "secret_key": ""}
        async with open_house(database_url, clock=clock, **without) as (keyless, _):
            async with dispatching(keyless) as dispatcher:
                await round(dispatcher)
        assert not receiver.requests
        [row] = await attempts(runtime)
        assert row["fault"] == "no_key"
        assert "HOURSMITH_SECRET_KEY" in caplog.text
        assert "Traceback" not in caplog.text
