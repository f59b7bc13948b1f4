"""Where nobody runs what sends messages, whoever asks how things are is told so."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from dispatching import SETTINGS, dispatching, round
from houses import POSTGRESQL_IN_CI, Clock, InProcess, open_house
from receivers import receiving, saying
from webhook_calls import made

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio

OK = saying("204 No Content")
NOBODY = "Nobody has sent what waits for"
House = tuple[Runtime, Caller]


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house that may send to this machine."""
    async with open_house(database_url, clock=clock, **SETTINGS) as opened:
        yield opened


async def told(door: InProcess) -> bool:
    """Say whether the overview tells that nobody sends."""
    to_do = (await door.call("overview")).get("to_do", [])
    return any(one["what"].startswith(NOBODY) for one in to_do)


@POSTGRESQL_IN_CI
async def test_what_nobody_has_even_queued_for_an_hour_is_told(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        await made(door, receiver.url(), "client.created")
        await round(dispatcher)
        clock.advance(hours=3)
        assert not await told(door)  # There is nothing that waits.
        await door.call("create_client", name="Acme")
        clock.advance(minutes=59)
        assert not await told(door)
        clock.advance(minutes=2)
        assert await told(door)
        reader = (await issue_token(runtime, name="reader", scopes=["time:read"])).token
        assert not await told(InProcess(runtime, Caller(door="test", token=reader)))
        await round(dispatcher)
        assert len(receiver.requests) == 1
        assert not await told(door)


@pytest.mark.ci
async def test_what_waits_for_its_turn_at_a_rate_is_no_fault(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        await made(door, receiver.url(), "client.created", per_minute=1)
        for number in range(70):
            await door.call("create_client", name=f"Client {number}")
        for _ in range(65):
            await round(dispatcher)
            clock.advance(minutes=1)
        assert 60 <= len(receiver.requests) < 70
        assert not await told(door)
        clock.advance(hours=2)
        assert await told(door)
