"""A hundred thousand messages that wait for one dead receiver hold up nobody."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from dispatching import SETTINGS, add_endpoint, dispatching, round
from houses import Clock, InProcess, open_house
from receivers import receiving, saying
from sqlalchemy import text

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.queries.dispatching import lanes
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.store.tables import Delivery
from hoursmith_mcp.webhooks.work import Place, claim_due

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

MANY = 100_000
MOST_MILLISECONDS = 5.0
House = tuple[Runtime, Caller]


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house that may send to this machine."""
    async with open_house(database_url, clock=clock, **SETTINGS) as opened:
        yield opened


async def fill(runtime: Runtime, organization_id: str, endpoint_id: str) -> None:
    """Let very many messages wait for an endpoint."""

    async def unit(session: Session) -> None:
        session.organization_id = organization_id
        for begin in range(0, MANY, 10_000):
            rows: list[dict[str, Any]] = [
                {
                    "id": new_id("dl", session.now_us, number.to_bytes(10)),
                    "endpoint_id": endpoint_id,
                    "type": "invoice.paid",
                    "sequence": number,
                    "state": "pending",
                    "attempts": 0,
                    "tries": 0,
                    "due_at": session.now_us - number,
                    "scheduled_at": session.now_us,
                    "created_at": session.now_us,
                }
                for number in range(begin, begin + 10_000)
            ]
            await session.insert(Delivery, *rows)

    async def count_them(session: Session) -> None:
        await session.unscoped(text("ANALYZE"))  # As either database does by itself, later.

    await (await runtime.database()).write(unit)
    await (await runtime.database()).write(count_them)


async def test_a_claim_stays_short(house: House, clock: Clock) -> None:
    runtime, caller = house
    me = await InProcess(runtime, caller).call("overview")
    dead = await add_endpoint(runtime, caller, "https://dead.example/", failures=50)
    async with receiving(saying("204 No Content")) as receiver, dispatching(runtime) as dispatcher:
        alive = await add_endpoint(runtime, caller, receiver.url(), "client.created")
        database = await runtime.database()
        place = Place(me["organization_id"], alive)
        claim = partial(claim_due, place=place, under_way=[], attempt_us=1_000_000)
        probe = partial(claim, place=Place(me["organization_id"], dead))
        acts: list[Callable[[], Awaitable[object]]] = [
            lambda: database.read(lanes),
            lambda: database.write(claim),
            lambda: database.write(probe),
        ]
        alone = [await quickest(act) for act in acts]
        await fill(runtime, me["organization_id"], dead)
        among_many = [await quickest(act) for act in acts]
        for one, other in zip(among_many, alone, strict=True):
            assert one < MOST_MILLISECONDS + other
        await InProcess(runtime, caller).call("create_client", name="Acme")
        await round(dispatcher)
        assert len(receiver.requests) == 1


async def quickest(act: Callable[[], Awaitable[object]]) -> float:
    """Return how many milliseconds an act takes where nothing else keeps the machine busy."""
    taken: list[float] = []
    for _ in range(25):
        began = time.perf_counter()
        await act()
        taken.append((time.perf_counter() - began) * 1000)
    return min(taken)
