"""A skip is taken back while its date is to come; no date is billed twice on the way, or lost."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from billing_scenes import logged, work_at_acme
from houses import Clock, Door, InProcess, Refused
from raw_sql import run_raw
from rows import add_member, limit_scopes
from scenes import House, refused
from scheduling import noon, outcomes, run_due, scheduled, the_schedule
from sqlalchemy.exc import DBAPIError

from hoursmith_mcp.core.instants import HOUR_US
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what the rows alone decide; over both databases a skip goes and comes back."""

TWO_DOORS = pytest.mark.parametrize("door", ["mcp-2026", "rest"], indirect=True)


async def skipping(door: Door, clock: Clock, **given: Any) -> Any:
    """Skip a date a second after whatever was done before, so that it is the last."""
    clock.advance(seconds=1)
    return await door.call("skip_invoice_schedule", **given)


async def skip_line(door: Door) -> str:
    """Return the id of the last skip's line of activity."""
    [line, *_] = (await door.call("list_activity", tool="skip_invoice_schedule"))["activity"]
    return str(line["id"])


@TWO_DOORS
async def test_a_skip_is_taken_back_and_brought_back(door: Door, clock: Clock) -> None:
    await work_at_acme(door, "1h")
    made = await scheduled(door, "every friday")
    schedule = {"schedule": made["id"]}
    await skipping(door, clock, **schedule)
    skipped = await skipping(door, clock, **schedule)
    assert skipped["next_dates"][0].startswith("Friday 2026-12-11")
    for date in ("Friday 2026-12-04", "Friday 2026-11-27"):
        clock.advance(seconds=1)
        taken = await door.call("undo")
        assert taken["message"].startswith("Took back skip_invoice_schedule")
        assert (await the_schedule(door))["next_dates"][0].startswith(date)
    shown = await the_schedule(door)
    assert {**shown, "updated_at": ""} == {**made, "updated_at": ""}
    assert (await door.call("list_invoice_schedule_runs", **schedule))["runs"] == []
    await door.call("undo", activity=taken["id"])
    again = await the_schedule(door)
    assert again["next_dates"][0].startswith("Friday 2026-12-04")
    assert again["last_run"]["outcome"] == "skipped"


@ON_SQLITE
async def test_what_was_skipped_and_is_to_come_again_is_billed(house: House, clock: Clock) -> None:
    door = InProcess(*house)
    await work_at_acme(door, "1h")
    made = await scheduled(door, "every friday, 1 time")
    schedule = {"schedule": made["id"]}
    ended = await skipping(door, clock, **schedule)
    assert ended["status"] == "ended"
    await door.call("undo")
    noon(clock, "2026-11-27")
    await run_due(house[0])
    assert await outcomes(house[0]) == [("2026-11-27", "drafted")]
    assert await diagnose(house[0].database_url) == []


@ON_SQLITE
async def test_a_date_that_has_come_stays_skipped(house: House, clock: Clock) -> None:
    door = InProcess(*house)
    await work_at_acme(door, "1h")
    schedule = {"schedule": (await scheduled(door, "monthly for the month before"))["id"]}
    await skipping(door, clock, **schedule)
    noon(clock, "2026-12-01")
    clock.now_us -= 6 * HOUR_US
    refusal = await refused(house, door, "undo")
    assert refusal.message.startswith("Tuesday 2026-12-01 has come, so its skip stays.")
    assert 'run_invoice_schedule(period="2026-11-01..2026-11-30")' in refusal.message
    clock.now_us -= 1_000_000
    await door.call("undo")
    noon(clock, "2026-12-01")
    await run_due(house[0])
    assert await outcomes(house[0]) == [("2026-12-01", "drafted")]


@ON_SQLITE
async def test_what_was_built_on_a_skip_is_named(house: House, clock: Clock) -> None:
    door = InProcess(*house)
    await work_at_acme(door, "1h")
    schedule = {"schedule": (await scheduled(door, "every friday"))["id"]}
    await door.call("skip_invoice_schedule", **schedule)
    line = await skip_line(door)
    clock.advance(seconds=1)
    await door.call("update_invoice_schedule", **schedule, paused=True)
    refusal = await refused(house, door, "undo", activity=line)
    assert "with update_invoice_schedule. Take that back first" in refusal.message
    await door.call("undo")
    clock.advance(seconds=1)
    await door.call("run_invoice_schedule", **schedule, period="today")
    refusal = await refused(house, door, "undo", activity=line)
    assert "with run_invoice_schedule. A run stays." in refusal.message


@ON_SQLITE
async def test_a_skip_of_what_was_refused_is_to_do_again(house: House, clock: Clock) -> None:
    door = InProcess(*house)
    await work_at_acme(door, "1h")
    await door.call("create_project", client="Acme", name="Unpriced")
    await door.call("log_time", project="Unpriced", duration="1h")
    schedule = {"schedule": (await scheduled(door, "monthly for the month before"))["id"]}
    noon(clock, "2026-12-01")
    await run_due(house[0])
    [first, *_] = (await door.call("overview"))["to_do_about_money"]
    assert "could not be made" in first["what"]
    await skipping(door, clock, **schedule, due="2026-12-01")
    noon(clock, "2026-12-20")
    await door.call("undo")
    assert first in (await door.call("overview"))["to_do_about_money"]
    assert await diagnose(house[0].database_url) == []


@ON_SQLITE
async def test_nobody_lets_one_issue_a_date_again_who_may_not_issue(house: House) -> None:
    door = InProcess(*house)
    await work_at_acme(door, "1h")
    wanted: dict[str, Any] = {"client": "Acme", "rule": "every friday", "issue": True}
    asked = await door.call("create_invoice_schedule", **wanted)
    made = await door.call("create_invoice_schedule", **wanted, confirm=asked["confirm"])
    drafting = InProcess(house[0], await add_member(house[0], "Dan", role="MANAGER"))
    await limit_scopes(house[0], "Dan", without="invoices:send")
    await drafting.call("skip_invoice_schedule", schedule=made["id"])
    assert "invoices:send" in (await refused(house, drafting, "undo")).message


async def test_no_run_but_a_skip_is_ever_deleted(house: House, clock: Clock) -> None:
    door = InProcess(*house)
    await work_at_acme(door, "1h")
    schedule = {"schedule": (await scheduled(door, "every friday"))["id"]}
    await door.call("skip_invoice_schedule", **schedule)
    await door.call("run_invoice_schedule", **schedule, period="today")
    url = house[0].database_url
    with pytest.raises(DBAPIError, match="is refused: its rows are never changed"):
        await run_raw(url, "DELETE FROM schedule_run WHERE outcome <> 'skipped'")
    with pytest.raises(DBAPIError, match="is refused: its rows are never changed"):
        await run_raw(url, "UPDATE schedule_run SET due_day = '2026-12-04'")


class _Days:
    """Somebody who skips, takes back, runs by hand and waits, in whatever order comes up."""

    def __init__(self, house: House, clock: Clock, random: Random) -> None:
        self._runtime = house[0]
        self._door, self._clock, self._random = InProcess(*house), clock, random
        self.done = Counter[str]()

    async def live(self, steps: int) -> None:
        acts = dict(skip=3, undo=5, redo=4, by_hand=1, pause=1, wait=8, run=4)
        for act in self._random.choices(list(acts), list(acts.values()), k=steps):
            self._clock.advance(seconds=1)
            with suppress(Refused):
                await getattr(self, act)()
                self.done[act] += 1

    async def _change(self, operation: str, **given: Any) -> Any:
        schedule = (await the_schedule(self._door))["id"]
        return await self._door.call(operation, schedule=schedule, **given)

    async def skip(self) -> None:
        await self._change("skip_invoice_schedule")

    async def undo(self) -> None:
        lines = (await self._door.call("list_activity", tool="skip_invoice_schedule"))["activity"]
        if lines:
            await self._door.call("undo", activity=self._random.choice(lines[:3])["id"])

    async def redo(self) -> None:
        lines = (await self._door.call("list_activity", tool="undo"))["activity"]
        if lines:
            await self._door.call("undo", activity=self._random.choice(lines[:3])["id"])

    async def by_hand(self) -> None:
        await logged(self._door, "1h")
        await self._change("run_invoice_schedule", period="today")

    async def pause(self) -> None:
        await self._change("update_invoice_schedule", paused=True)
        self._clock.advance(seconds=1)
        await self._change("update_invoice_schedule", paused=False)

    async def wait(self) -> None:
        await logged(self._door, "1h")
        self._clock.now_us += self._random.choice([1, 12, 30]) * HOUR_US

    async def run(self) -> None:
        await run_due(self._runtime)


@ON_SQLITE
async def test_in_whatever_order_each_date_is_done_with_once(house: House, clock: Clock) -> None:
    door = InProcess(*house)
    await work_at_acme(door, "1h")
    await scheduled(door, "every day")
    days = _Days(house, clock, Random(4))
    await days.live(70)
    assert len(days.done) == 7, days.done
    await run_due(house[0])
    done = [one for one in await outcomes(house[0]) if one[0] is not None]
    assert [day for day, count in Counter(day for day, _ in done).items() if count > 1] == []
    assert {"skipped", "drafted"} <= {outcome for _, outcome in done}
    assert await diagnose(house[0].database_url, now_us=clock.now_us) == []
