"""Whoever runs schedules beside whom, whatever clocks and rows say: each day is run once."""

from __future__ import annotations

import asyncio

import pytest
from billing_scenes import logged, work_at_acme
from houses import Clock, InProcess
from raw_sql import run_raw
from rows import add_member
from scenes import House
from scheduling import at, copied, invoices, noon, outcomes, run_due, runs, scheduled, the_schedule

from hoursmith_mcp.schedules.runner import LOOKS_AT_ONCE, Runner

pytestmark = [pytest.mark.anyio, pytest.mark.ci]


async def test_of_several_runners_one_runs_a_day(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    await scheduled(door)
    noon(clock, "2026-12-01")
    await asyncio.gather(*(Runner(runtime).look() for _ in range(8)))
    assert await outcomes(runtime) == [("2026-12-01", "drafted")]
    assert len(await invoices(runtime)) == 1


async def test_of_several_runners_each_day_is_caught_up_with_by_one(
    house: House, clock: Clock
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    await scheduled(door, "every day", starting="2026-11-25")
    noon(clock, "2026-11-30")
    await asyncio.gather(*(run_due(runtime) for _ in range(4)))
    days = [f"2026-11-{day}" for day in range(25, 31)]
    assert [day for day, _ in await outcomes(runtime)] == days


async def test_nobody_runs_a_day_before_its_time_or_what_rests_or_is_anothers(
    house: House, clock: Clock
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    made = await scheduled(door, "every day")
    given = {"schedule": made["id"], "due": "2026-11-21"}
    at(clock, "2026-11-21T05:59:59Z")
    assert await door.call("run_due_invoice_schedule", **given) == made
    clock.advance(seconds=1)
    manager = InProcess(runtime, await add_member(runtime, "Mia", role="MANAGER"))
    assert await manager.call("run_due_invoice_schedule", **given) == made
    paused = await door.call("update_invoice_schedule", schedule=made["id"], paused=True)
    assert await door.call("run_due_invoice_schedule", **given) == paused
    assert await runs(runtime) == []


async def test_a_clock_that_goes_back_runs_no_day_again(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    made = await scheduled(door, "every day", at="09:00")
    noon(clock, "2026-11-21")
    await run_due(runtime)
    noon(clock, "2026-11-20")
    schedule = {"schedule": made["id"]}
    await door.call("update_invoice_schedule", **schedule, paused=True)
    resumed = await door.call("update_invoice_schedule", **schedule, paused=False)
    assert resumed["next_dates"][0].startswith("Sunday 2026-11-22")
    noon(clock, "2026-11-21")
    await logged(door, "1h", date="2026-11-20")
    await run_due(runtime)
    assert await outcomes(runtime) == [("2026-11-21", "drafted")]
    assert (await the_schedule(door))["next_dates"][0].startswith("Sunday 2026-11-22")
    # Another program may write anything.
    await run_raw(runtime.database_url, "UPDATE schedule SET next_day = '2026-11-21'")
    await run_due(runtime)
    assert await outcomes(runtime) == [("2026-11-21", "drafted")]
    assert (await the_schedule(door))["next_dates"][0].startswith("Sunday 2026-11-22")


async def test_what_waits_for_later_does_not_stand_before_what_is_due(
    house: House, clock: Clock
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    made = await scheduled(door, "every day", starting="2026-11-21", at="08:00")
    before = [f"sch_00{number:03}" for number in range(2 * LOOKS_AT_ONCE + 1)]
    assert before[-1] < made["id"]
    await copied(runtime, "schedule", *({"id": one, "minute_of_day": 20 * 60} for one in before))
    noon(clock, "2026-11-21")
    await run_due(runtime)
    assert await outcomes(runtime) == [("2026-11-21", "drafted")]
    assert (await runs(runtime))[0]["schedule_id"] == made["id"]
    at(clock, "2026-11-21T19:59:58Z")
    assert 0 < await Runner(runtime).look() <= 2


async def test_what_fails_by_a_fault_rests_and_keeps_no_other_waiting(
    house: House, clock: Clock
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    broken = await scheduled(door, "every day", at="05:00")
    await scheduled(door, "every day")
    # Another program may write anything.
    await run_raw(
        runtime.database_url, f"UPDATE schedule SET selection = '' WHERE id = '{broken['id']}'"
    )
    noon(clock, "2026-11-21")
    one = Runner(runtime)
    assert await one.look() == 0
    assert await one.look() > 0
    assert await outcomes(runtime) == [("2026-11-21", "drafted")]
