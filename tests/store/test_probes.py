"""What broke stores under concurrency elsewhere, tried here on both databases."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import pytest
from houses import Clock, InProcess, Refused
from raw_sql import count, footprint, run_raw
from sqlalchemy import Date, DateTime, Float, Integer, Numeric, Select, Time, func, select

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.authentication import authenticate
from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.instants import local_day
from hoursmith_mcp.errors import Unavailable
from hoursmith_mcp.operation import MARK, operation
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.organization import OrganizationOut, organization_out
from hoursmith_mcp.store.diagnosis import diagnose
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.tables import Client, Organization, Table, TimeEntry

pytestmark = pytest.mark.anyio

HIGHEST = 2**63 - 1
PATIENCE = 60  # Seconds until a process that hangs fails its test.
MOST_GIVEN_UP = 25  # Calls that nobody waits for any more, at a time.


@pytest.fixture
async def door(house: tuple[Runtime, Caller]) -> InProcess:
    """Return the door of a house with one project in it."""
    opened = InProcess(*house)
    await opened.call("create_client", name="Acme", currency="EUR")
    await opened.call("create_project", client="Acme", name="Website")
    return opened


@operation(
    toolset="admin",
    scope=None,
    least=Role.OWNER,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
)
async def add_a_day(call: Call) -> OrganizationOut:
    """Read the terms of payment, and write them back with one day more."""
    row = await call.store.organization.get()
    days = (row.payment_terms_days or 0) + 1
    organization = organization_out(
        await call.store.organization.update({"payment_terms_days": days})
    )
    call.emit("organization.updated", organization)
    return organization


async def test_a_hundred_increments_are_a_hundred(door: InProcess, database_url: str) -> None:
    one = getattr(add_a_day, MARK)
    await asyncio.gather(*(door.runtime.invoke(one, door.caller, {}) for _ in range(100)))
    found = await run_raw(database_url, "SELECT payment_terms_days FROM organization")
    assert found == [(100,)]
    assert await diagnose(database_url) == []


async def outcome(call: Awaitable[Any]) -> str:
    """Say how a call came out: made, repeated, or the code that it was refused with."""
    try:
        return "repeated" if (await call).get("repeated") else "made"
    except Refused as refused:
        return refused.code


@pytest.mark.parametrize(
    ("allow_duplicate", "other"), [(False, "repeated"), (True, "conflict")], ids=str
)
async def test_twenty_that_make_the_same_make_one(
    door: InProcess, database_url: str, allow_duplicate: bool, other: str
) -> None:
    given: dict[str, Any] = {"name": "Borg", "allow_duplicate": allow_duplicate}
    calls = (outcome(door.call("create_client", **given)) for _ in range(20))
    assert Counter(await asyncio.gather(*calls)) == {"made": 1, other: 19}
    assert await count(database_url, "client", "name_key = 'borg'") == 1
    assert await diagnose(database_url) == []


async def test_one_key_used_at_once_is_one_call(door: InProcess, database_url: str) -> None:
    given: dict[str, Any] = {"project": "Website", "duration": "1h", "allow_duplicate": True}
    answers = await asyncio.gather(
        *(door.call("log_time", key="the same", **given) for _ in range(20))
    )
    assert len({answer["id"] for answer in answers}) == 1
    assert await count(database_url, "time_entry") == 1


async def test_a_reading_unit_sees_one_snapshot(door: InProcess, database_url: str) -> None:
    begun, written = asyncio.Event(), asyncio.Event()
    clients: Select[Any] = select(func.count()).select_from(core_table(Client))

    async def reads_twice(session: Session) -> list[int]:
        await authenticate(session, door.caller, writing=False)
        first = await session.unscoped(clients)
        begun.set()
        await written.wait()
        return [first[0][0], (await session.unscoped(clients))[0][0]]

    reading = asyncio.create_task((await door.runtime.database()).read(reads_twice))
    await begun.wait()
    await door.call("create_client", name="Borg")
    written.set()
    assert await reading == [1, 1]
    assert await count(database_url, "client") == 2


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.ci)], indirect=True
)
async def test_twenty_tasks_write_fifty_times_each(door: InProcess, database_url: str) -> None:
    seconds: list[float] = []

    async def writes(task: int) -> None:
        for number in range(50):
            begun = time.perf_counter()
            note = f"{task}.{number}"
            await door.call("log_time", project="Website", duration="1m", note=note)
            seconds.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(writes(task) for task in range(20)))
    seconds.sort()
    rate = 1000 / (time.perf_counter() - begun)
    p50, p99, most = (round(seconds[place] * 1000) for place in (500, 990, 999))
    print(f"{rate:.0f} writes a second; p50 {p50} ms, p99 {p99} ms, at most {most} ms")
    assert await count(database_url, "time_entry") == 1000
    assert await diagnose(database_url) == []


async def test_a_day_that_forty_fill_at_once_holds_twenty_four_hours(
    door: InProcess, database_url: str
) -> None:
    hours = (
        outcome(door.call("log_time", project="Website", duration="1h", note=str(number)))
        for number in range(40)
    )
    assert Counter(await asyncio.gather(*hours)) == {"made": 24, "validation_error": 16}
    assert await count(database_url, "time_entry") == 24
    assert await diagnose(database_url) == []


async def connections_taken(door: InProcess) -> int:
    """Count the connections that were taken out of the pool and not given back."""
    database: Any = await door.runtime.database()
    engine = database._readers if hasattr(database, "_readers") else database._engine
    return int(engine.pool.checkedout())


@pytest.mark.parametrize("turns", [75, pytest.param(250, marks=pytest.mark.ci)])
async def test_calls_that_are_cancelled_leave_nothing_half_written(
    door: InProcess, database_url: str, turns: int
) -> None:
    before = await footprint(database_url)
    chance = random.Random(20_261_120)
    cancelled = 0
    for number in range(turns):
        writing = asyncio.create_task(
            door.call("log_time", project="Website", duration="1m", note=str(number))
        )
        reading = asyncio.create_task(door.call("overview"))
        await asyncio.wait({writing}, timeout=chance.uniform(0, 0.006))
        for task in (writing, reading):
            cancelled += task.cancel()
        await asyncio.gather(writing, reading, return_exceptions=True)
        if number % MOST_GIVEN_UP == 0:
            # What nobody waits for goes on, and has to be done before the pool's patience ends.
            await door.call("overview")
    assert cancelled > turns
    # Calls wait in turn for the same writer, so what was begun before is done after this one.
    await asyncio.gather(*(door.call("overview") for _ in range(20)))
    await door.call("log_time", project="Website", duration="1m", note="last")
    # The last ones that nobody waits for may be on their way back; one that leaked never comes.
    async with asyncio.timeout(PATIENCE):
        while await connections_taken(door):
            await asyncio.sleep(0.01)
    after = await footprint(database_url)
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert set(grown) == {"time_entry", "event", "activity", "stored_answer"}
    assert len(set(grown.values())) == 1, f"of one call all or nothing is there: {grown}"
    assert await diagnose(database_url) == []


def test_no_column_can_lose_a_digit() -> None:
    for table in Table.metadata.tables.values():
        for column in table.columns:
            assert not isinstance(column.type, Float | Numeric | DateTime | Date | Time)
            if isinstance(column.type, Integer):
                assert column.type.python_type is int


async def test_the_highest_integers_survive(door: InProcess) -> None:
    database = await door.runtime.database()

    async def writes(session: Session) -> None:
        await authenticate(session, door.caller, writing=True)
        found = await session.unscoped(select(core_table(Organization).c.id))
        await session.update(Organization, found[0][0], {"default_tax_rate": HIGHEST})

    async def reads(session: Session) -> Any:
        return (await session.unscoped(select(core_table(Organization).c.default_tax_rate)))[0][0]

    await database.write(writes)
    assert await database.read(reads) == HIGHEST


async def test_a_reading_unit_cannot_write(
    door: InProcess, clock: Clock, database_url: str
) -> None:
    before = await footprint(database_url)

    async def writes(session: Session) -> None:
        actor, _ = await authenticate(session, door.caller, writing=False)
        entry: dict[str, Any] = {
            "id": "te_never",
            "member_id": actor.member_id,
            "project_id": "pr_any",
            "entry_date": local_day(clock(), actor.zone).isoformat(),
            "duration_seconds": 60,
            "billable": True,
            "tags": [],
            "version": 1,
            "created_at": clock(),
            "updated_at": clock(),
        }
        await session.insert(TimeEntry, entry)

    with pytest.raises(Unavailable):
        await (await door.runtime.database()).read(writes)
    assert await footprint(database_url) == before
    await door.call("overview")


FORGETS_TO_CLOSE = """
import asyncio, sys
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings

async def main():
    runtime = Runtime(Settings(database_url=sys.argv[1], token=sys.argv[2]))
    call = runtime.catalogue.operations
    for name, given in (("create_client", {"name": "Borg"}), ("overview", {})):
        await runtime.invoke(call[name], runtime.local_caller("test"), given)

asyncio.run(main())
print("done")
"""


async def test_a_program_that_forgets_to_close_still_ends(
    door: InProcess, database_url: str
) -> None:
    token = door.caller.token
    command = [sys.executable, "-c", FORGETS_TO_CLOSE, database_url, token]
    ended = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (ended.returncode, ended.stdout) == (0, "done\n")
    assert await count(database_url, "client", "name_key = 'borg'") == 1
