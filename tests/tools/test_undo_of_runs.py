"""Undo of any run returns the business to what it was, or is refused before it changes anything."""

from __future__ import annotations

import asyncio
import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from founding_again import Founder
from houses import FRIDAY_MORNING_US, Clock, Door, InProcess, Refused, open_house
from random_changes import Known, RandomChanges
from rows import everything

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.diagnosis import diagnose

NO_BUSINESS = {"activity", "confirmation", "event", "event_counter", "proposal", "stored_answer"}
STAMPS = ("version", "updated_at")
GONE = ("deleted_at", "released_at", "voided_at")


async def business(runtime: Runtime) -> dict[str, list[Any]]:
    """Return the rows of the business that are there, without their stamps."""
    rows = await everything(runtime)
    live = {
        table: [row for row in found if all(row.get(name) is None for name in GONE)]
        for table, found in rows.items()
        if table not in NO_BUSINESS
    }
    invoices = {row["id"] for row in live["invoice"]}
    live["invoice_line"] = [row for row in live["invoice_line"] if row["invoice_id"] in invoices]
    return {
        table: [{name: row[name] for name in row if name not in STAMPS} for row in found]
        for table, found in live.items()
    }


async def make_a_past(runtime: Runtime, caller: Caller, clock: Clock, seed: int) -> Known:
    """Let things be there before, an issued invoice with a payment among them."""
    door = InProcess(runtime, caller)
    known = Known()
    chance = random.Random(seed)
    await door.call("set_up", currency="EUR", time_zone="UTC")
    client = await door.call("create_client", name="Acme", default_rate="90", currency="EUR")
    project = await door.call("create_project", client="Acme", name="Website")
    known.clients.append(client["id"])
    known.projects.append(project["id"])
    await door.call("log_time", project="Website", duration="2h")
    proposed = await door.call("preview_invoice", client="Acme")
    draft = await door.call("create_invoice", proposal=proposed["proposal"])
    asked = await door.call("send_invoice", invoice=draft["id"])
    await door.call("send_invoice", invoice=draft["id"], confirm=asked["confirm"])
    known.issued.append(draft["id"])
    await RandomChanges(door, clock, chance, known).change(20)
    return known


async def take_a_run_back(url: str, seed: int, *, others: bool) -> int:
    """Run at random, take it back and bring it back; return how many changes there were."""
    clock = Clock(FRIDAY_MORNING_US)
    chance = random.Random(f"{seed} run")
    async with open_house(url, clock=clock) as (runtime, caller):
        known = await make_a_past(runtime, caller, clock, seed)
        before = await business(runtime)
        ours: Door = InProcess(runtime, replace(caller, run="nightly", client="Agent"))
        theirs = InProcess(runtime, replace(caller, client="Another"))
        made = await RandomChanges(ours, clock, chance, known).change(18)
        if others:
            await RandomChanges(theirs, clock, chance, known).change(4)
        after = await business(runtime)
        clock.advance(seconds=5)
        untouched = await everything(runtime)
        if not others and made:
            undone = await theirs.call("undo", run="nightly")
            assert await business(runtime) == before
            await bring_back(runtime, theirs, clock, undone["id"], before, after)
        else:
            try:
                await theirs.call("undo", run="nightly")
            except Refused:
                assert await everything(runtime) == untouched
        assert await diagnose(url) == []
    return made


async def bring_back(
    runtime: Runtime, door: Door, clock: Clock, undone: str, before: Any, after: Any
) -> None:
    """Bring a run back that was taken back, and take it back a second time."""
    clock.advance(seconds=5)
    if after["payment"] != before["payment"]:
        with pytest.raises(Refused, match="voided"):
            await door.call("undo", activity=undone)
        return
    again = await door.call("undo", activity=undone)
    assert await business(runtime) == after
    clock.advance(seconds=5)
    await door.call("undo", activity=again["id"])
    assert await business(runtime) == before


def on_sqlite(seeds: range, *, others: bool = False) -> None:
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite+aiosqlite:///{(Path(folder) / 'hoursmith.db').as_posix()}"
            made = asyncio.run(take_a_run_back(url, seed, others=others))
            print(seed, made)


SEEDS = [
    range(2),
    pytest.param(range(2, 24), marks=pytest.mark.ci),
    pytest.param(range(24, 5_000), marks=pytest.mark.long),
]


@pytest.mark.parametrize("seeds", SEEDS, ids=str)
def test_a_run_that_nobody_built_on_is_taken_back_whole(seeds: range) -> None:
    on_sqlite(seeds)


@pytest.mark.parametrize("seeds", SEEDS, ids=str)
def test_a_run_that_others_built_on_is_taken_back_soundly_or_not_at_all(seeds: range) -> None:
    on_sqlite(seeds, others=True)


@pytest.mark.parametrize("others", [False, True])
@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param(range(1_000, 1_003), marks=pytest.mark.ci),
        pytest.param(range(1_003, 1_100), marks=pytest.mark.long),
    ],
    ids=str,
)
def test_on_postgresql_it_is_the_same(
    postgresql_founder: Founder, seeds: range, others: bool
) -> None:
    for seed in seeds:
        postgresql_founder.found_again(FRIDAY_MORNING_US)
        asyncio.run(take_a_run_back(postgresql_founder.url, seed, others=others))
