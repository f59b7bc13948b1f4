"""Reports, files, pictures, plans and schedules are the same whatever other organisations do."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from houses import FRIDAY_MORNING_US, Clock, InProcess, Refused, open_house
from looking import House, looking
from matrix import CATALOGUE
from rows import everything
from scheduling import noon, run_due
from surfaces import Surface, surfaces
from worlds import CHEAP, DEAR, build

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.access.organizations import found_organization
from hoursmith_mcp.runtime import Runtime

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

DOORS = ("in-process", "mcp-2026")
"""What is sent over REST is the answer of the same operations."""


@asynccontextmanager
async def next_door(runtime: Runtime, url: str) -> AsyncGenerator[InProcess]:
    """Found and fill another organisation in the same database; yields its owner's door."""
    founded = await found_organization(runtime, name="Next door", owner_email="nora@example.com")
    clock = Clock(FRIDAY_MORNING_US)
    async with open_house(url, clock=clock, organization=founded.id) as (another, _):
        issued = await issue_token(another, name="theirs")
        owner = Caller(door="test", token=issued.token)
        await build(another, owner, clock, CHEAP)
        yield InProcess(another, owner)


async def told(house: House, looks: list[Surface]) -> dict[str, str]:
    """Return what is told of each."""
    return {f"{one.name} by {one.door}": await house.do(one.door, one.action) for one in looks}


async def test_nothing_that_is_told_depends_on_neighbours(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, _):
        owner = Caller(door="test", token=(await issue_token(runtime, name="ours")).token)
        await build(runtime, owner, clock, DEAR)
        schedule = (await everything(runtime))["schedule"][0]["id"]
        everywhere = surfaces(CATALOGUE, schedule)
        looks = [one for one in everywhere if one.differs and one.door in DOORS]
        async with looking(runtime, owner, clock, DOORS) as house:
            before = await told(house, looks)
            async with next_door(runtime, sqlite_url):
                after = await told(house, looks)
        assert [name for name, answer in before.items() if after[name] != answer] == []
        assert len(before) == len(looks)


async def test_each_schedule_bills_its_own_organisation(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, _):
        owner = Caller(door="test", token=(await issue_token(runtime, name="ours")).token)
        await build(runtime, owner, clock, DEAR)
        ours = InProcess(runtime, owner)
        async with next_door(runtime, sqlite_url) as theirs:
            for door in (ours, theirs):
                await door.call("create_invoice_schedule", client="Acme", rule="monthly on the 1st")
            noon(clock, "2026-12-01")
            await run_due(runtime)
            made = [(await _last_run(door))["invoice_id"] for door in (ours, theirs)]
            for door, own, other in ((ours, *made), (theirs, *reversed(made))):
                assert (await door.call("get_invoice", invoice=own))["id"] == own
                with pytest.raises(Refused, match="no invoice"):
                    await door.call("get_invoice", invoice=other)
            totals = {
                (await door.call("get_invoice", invoice=own))["currency"]
                for door, own in zip((ours, theirs), made, strict=True)
            }
            assert totals == {"EUR", "USD"}


async def _last_run(door: InProcess) -> dict[str, Any]:
    """Return how the newest schedule ran last."""
    (newest, *_) = (await door.call("list_invoice_schedules"))["schedules"]
    run: dict[str, Any] = newest["last_run"]
    return run
