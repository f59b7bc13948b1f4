"""A program that ends lets go of its database for good, whatever goes on beside its end."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.errors import Unavailable
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.session import Session

pytestmark = pytest.mark.anyio

ENDING = "is ending"


async def test_a_program_that_has_ended_opens_its_database_no_more(
    house: tuple[Runtime, Caller],
) -> None:
    runtime, caller = house
    await runtime.identify(caller)
    await runtime.close()
    with pytest.raises(Unavailable, match=ENDING):
        await runtime.identify(caller)
    assert not runtime.is_open


async def test_what_comes_in_while_it_ends_is_refused_and_what_runs_goes_on(
    house: tuple[Runtime, Caller],
) -> None:
    runtime, _ = house
    database = await runtime.database()
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def slow(session: Session) -> int:
        reading.set()
        await go_on.wait()
        return int((await session.unscoped(text("SELECT 7")))[0][0])

    async def quick(_: Session) -> None:
        return

    read = asyncio.create_task(database.read(slow))
    await reading.wait()
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    for begin in (database.read, database.write, database.write_in_passing):
        with pytest.raises(Unavailable, match=ENDING):
            await begin(quick)
    go_on.set()
    await closing
    assert await read == 7
    for begin in (database.read, database.write, database.write_in_passing):
        with pytest.raises(Unavailable, match=ENDING):
            await begin(quick)


async def test_a_database_that_is_being_opened_at_the_end_is_let_go_of(
    house: tuple[Runtime, Caller],
) -> None:
    elsewhere, caller = house
    runtime = Runtime(elsewhere.settings)
    call = asyncio.create_task(runtime.identify(caller))
    await asyncio.sleep(0)
    await runtime.close()
    with pytest.raises(Unavailable, match=ENDING):
        await call
    assert not runtime.is_open
