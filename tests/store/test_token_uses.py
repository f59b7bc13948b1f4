"""When a token was last used is noted beside the calls: seldom, late, and never in their way."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from houses import FRIDAY_MORNING_US, Clock, InProcess, open_house
from rows import add_member
from scenes import House
from sqlalchemy import Engine, event

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio

LONG_SECONDS = 5


async def last_use(runtime: Runtime, caller: Caller) -> str | None:
    """Return when a member's token was last used, as the command line shows it."""
    from hoursmith_mcp.store.queries.tokens import list_tokens

    await asyncio.wait_for(runtime.token_uses.settled(), LONG_SECONDS)
    rows = await (await runtime.database()).read(list_tokens)
    (found,) = [row.last_used_at for row in rows if f"_{row.prefix}_" in caller.token]
    return None if found is None else instant_text(found)


@contextmanager
def noted_uses() -> Generator[list[str]]:
    """Collect the statements that note the use of a token."""
    seen: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE token SET last_used_at"):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", look)
    yield seen
    event.remove(Engine, "before_cursor_execute", look)


async def test_a_use_is_noted_once_in_five_minutes(house: House, clock: Clock) -> None:
    runtime, _ = house
    max_ = await add_member(runtime, "Max")
    assert await last_use(runtime, max_) is None
    door = InProcess(runtime, max_)
    with noted_uses() as seen:
        await asyncio.gather(*(door.call("overview") for _ in range(20)))
        assert await last_use(runtime, max_) == "2026-11-20T09:30:00.000000Z"
        clock.advance(minutes=4, seconds=59)
        await door.call("overview")
        assert await last_use(runtime, max_) == "2026-11-20T09:30:00.000000Z"
        clock.advance(seconds=1)
        await door.call("overview")
        assert await last_use(runtime, max_) == "2026-11-20T09:35:00.000000Z"
    assert len(seen) == 2


async def test_several_processes_note_it_no_more_often(house: House, clock: Clock) -> None:
    runtime, _ = house
    max_ = await add_member(runtime, "Max")
    async with open_house(runtime.settings.database_url, clock=clock) as (second, _):
        for each in (runtime, second):
            await InProcess(each, max_).call("overview")
            await last_use(each, max_)
            clock.advance(minutes=1)
    assert await last_use(runtime, max_) == "2026-11-20T09:30:00.000000Z"


async def test_a_file_that_another_process_writes_to_holds_up_nobody(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, _):
        max_ = await add_member(runtime, "Max")
    path = sqlite_url.removeprefix("sqlite+aiosqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        async with open_house(sqlite_url, clock=clock) as (runtime, _):
            await InProcess(runtime, max_).call("overview")
            assert await last_use(runtime, max_) is None
            await InProcess(runtime, max_).call("overview")
        assert time.monotonic() - started < LONG_SECONDS
        other.execute("ROLLBACK")
    clock.advance(minutes=1)
    async with open_house(sqlite_url, clock=clock) as (runtime, _):
        await InProcess(runtime, max_).call("overview")
        assert await last_use(runtime, max_) == "2026-11-20T09:31:00.000000Z"
        # The writer is as patient as before with what has to be stored.
        await InProcess(runtime, max_).call("list_time_entries")


async def test_a_process_that_ends_notes_what_it_can(house: House) -> None:
    runtime, _ = house
    max_ = await add_member(runtime, "Max")
    short = Runtime(runtime.settings, clock=Clock(FRIDAY_MORNING_US))
    await InProcess(short, max_).call("overview")
    await short.close()
    assert await last_use(runtime, max_) == "2026-11-20T09:30:00.000000Z"
