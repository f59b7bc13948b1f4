"""Undo reaches what its caller might change themselves: their projects, their level, their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from houses import Clock, InProcess
from rows import add_member, limit_to_projects
from scenes import House, refused, set_the_scene

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token

pytestmark = pytest.mark.anyio

Doors = tuple[InProcess, InProcess]


@pytest.fixture
async def doors(house: House, clock: Clock) -> Doors:
    """Return the door of an owner, and that of their token which reaches Website redesign only."""
    runtime, caller = house
    whole = InProcess(runtime, caller)
    _, project = await set_the_scene(whole)
    await whole.call("create_project", client="Acme", name="Shop")
    issued = await issue_token(runtime, name="limited")
    await limit_to_projects(runtime, "limited", [project["id"]])
    clock.advance(seconds=1)
    return whole, InProcess(runtime, Caller(door="test", token=issued.token))


async def changes(door: InProcess, tool: str) -> list[str]:
    shown: list[Any] = (await door.call("list_activity", tool=tool))["activity"]
    return [one["id"] for one in shown]


async def test_a_limited_token_takes_back_what_it_did_and_misses_what_others_did(
    house: House, doors: Doors, clock: Clock
) -> None:
    whole, limited = doors
    await whole.call("log_time", project="redesign", duration="1h")
    await whole.call("log_time", project="shop", duration="2h")
    clock.advance(seconds=1)
    entry = await limited.call("log_time", project="redesign", duration="3h")
    clock.advance(seconds=1)
    missing = await refused(house, limited, "undo", activity="act_" + "0" * 26)
    own, *foreign = await changes(whole, "log_time")
    for one in foreign:
        assert (await refused(house, limited, "undo", activity=one)).error == missing.error
    taken = await limited.call("undo")
    assert [(one["id"], one["subject_id"]) for one in taken["undone"]] == [(own, entry["id"])]
    assert (await refused(house, limited, "undo")).code == "not_found"


async def test_what_moved_out_of_its_reach_is_not_taken_back_by_it(
    house: House, doors: Doors, clock: Clock
) -> None:
    whole, limited = doors
    entry = await limited.call("log_time", project="redesign", duration="3h")
    clock.advance(seconds=1)
    await whole.call("update_time_entry", time_entry=entry["id"], project="shop", note="Shopping")
    clock.advance(seconds=1)
    refusal = await refused(house, limited, "undo")
    assert refusal.code == "conflict"
    assert "hop" not in refusal.message


async def test_a_timer_out_of_its_reach_stands_in_the_way(
    house: House, doors: Doors, clock: Clock
) -> None:
    whole, limited = doors
    await limited.call("start_timer", project="redesign")
    clock.advance(hours=1)
    await limited.call("stop_timer")
    clock.advance(seconds=1)
    await whole.call("start_timer", project="shop")
    clock.advance(seconds=1)
    refusal = await refused(house, limited, "undo")
    assert (refusal.code, "Another timer is running" in refusal.message) == ("conflict", True)


async def test_an_invoice_is_named_to_those_alone_who_may_see_it(
    house: House, doors: Doors, clock: Clock
) -> None:
    whole, limited = doors
    await limited.call("log_time", project="redesign", duration="1h")
    clock.advance(seconds=1)
    proposed = await whole.call("preview_invoice", client="Acme")
    await whole.call("create_invoice", proposal=proposed["proposal"])
    clock.advance(seconds=1)
    locked = await refused(house, limited, "undo")
    assert locked.message == "That time is already billed, so it is locked."


async def test_a_member_learns_that_their_change_was_taken_back_and_goes_on_to_the_one_before(
    house: House, doors: Doors, clock: Clock
) -> None:
    whole, _ = doors
    runtime, _ = house
    ben = InProcess(runtime, await add_member(runtime, "Ben"))
    await whole.call("add_project_member", project="redesign", member="Ben")
    first = await ben.call("log_time", project="redesign", duration="1h", note="first")
    clock.advance(seconds=1)
    await ben.call("log_time", project="redesign", duration="1h", note="second")
    clock.advance(seconds=1)
    latest, _ = await changes(whole, "log_time")
    by = (await whole.call("undo", activity=latest))["id"]
    clock.advance(seconds=1)
    shown, _ = (await ben.call("list_activity", tool="log_time"))["activity"]
    assert shown["undone_by"] == by
    gone = await refused(house, ben, "undo", activity=latest)
    assert gone.message == f"That change was taken back already, by {by}."
    again = await refused(house, whole, "undo", activity=latest)
    assert again.message.endswith(f"undo(activity={by}) brings it back.")
    taken = await ben.call("undo")
    assert [one["subject_id"] for one in taken["undone"]] == [first["id"]]


async def test_of_a_run_a_member_takes_back_their_own_part(
    house: House, doors: Doors, clock: Clock
) -> None:
    whole, _ = doors
    runtime, owner = house
    ben = await add_member(runtime, "Ben")
    await whole.call("add_project_member", project="redesign", member="Ben")
    for caller in (owner, ben):
        at_night = InProcess(runtime, replace(caller, run="nightly"))
        await at_night.call("log_time", project="redesign", duration="1h")
        clock.advance(seconds=1)
    taken = await InProcess(runtime, ben).call("undo", run="nightly")
    assert len(taken["undone"]) == 1
    page = await whole.call("list_time_entries")
    assert len(page["time_entries"]) == 1
    assert page["time_entries"][0]["user_id"] == (await whole.call("overview"))["user_id"]


async def test_a_member_who_left_a_project_takes_nothing_back_on_it(
    house: House, doors: Doors, clock: Clock
) -> None:
    whole, _ = doors
    runtime, _ = house
    ben = InProcess(runtime, await add_member(runtime, "Ben"))
    for project in ("redesign", "shop"):
        await whole.call("add_project_member", project=project, member="Ben")
    entry = await ben.call("log_time", project="shop", duration="1h")
    clock.advance(seconds=1)
    await ben.call("update_time_entry", time_entry=entry["id"], project="redesign")
    clock.advance(seconds=1)
    await whole.call("remove_project_member", project="shop", member="Ben")
    back = await refused(house, ben, "undo")
    assert "Shop" not in back.message
    await whole.call("add_project_member", project="shop", member="Ben")
    await whole.call("remove_project_member", project="redesign", member="Ben")
    assert (await refused(house, ben, "undo")).code == "not_found"


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("set_rate", {"rate": "120", "currency": "EUR"}),
        ("set_rate", {"rate": "120", "member": "Owner", "currency": "EUR"}),
        ("set_rounding", {"minutes": "30"}),
    ],
    ids=str,
)
async def test_what_an_admin_set_for_everybody_no_manager_takes_back(
    house: House, doors: Doors, clock: Clock, operation: str, given: dict[str, Any]
) -> None:
    whole, _ = doors
    runtime, _ = house
    ann = InProcess(runtime, await add_member(runtime, "Ann", role="MANAGER"))
    await whole.call(operation, **given)
    clock.advance(seconds=1)
    [line] = await changes(whole, operation)
    refusal = await refused(house, ann, "undo", activity=line)
    assert refusal.code == "forbidden_scope"
    assert "ADMIN" in refusal.message
    taken = await whole.call("undo", activity=line)
    clock.advance(seconds=1)
    assert (await refused(house, ann, "undo", activity=taken["id"])).code == "forbidden_scope"
