"""Correcting and deleting logged time."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Clock, Door, open_door
from rows import activities, add_member, events, everything
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio


async def test_every_part_of_an_entry_can_be_corrected_and_cleared(
    door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    await door.call("create_task", project="redesign", name="Homepage")
    logged = await door.call("log_time", project="redesign", duration="2h")
    clock.advance(seconds=5)
    wanted: dict[str, Any] = {
        "duration": "1h15m",
        "date": "yesterday",
        "task": "Homepage",
        "note": "Menu",
        "billable": False,
        "tags": ["design"],
    }
    changed = await door.call("update_time_entry", time_entry=logged["id"], **wanted)
    assert changed == {
        **{name: value for name, value in logged.items() if name != "day_total"},
        "entry_date": "2026-11-19",
        "weekday": "Thursday",
        "duration": "1h15m",
        "duration_seconds": 4_500,
        "task": "Homepage",
        "task_id": changed["task_id"],
        "note": "Menu",
        "billable": False,
        "tags": ["design"],
        "updated_at": "2026-11-20T09:30:05.000000Z",
    }
    cleared = await door.call(
        "update_time_entry", time_entry=logged["id"], task="", note="", tags=[]
    )
    assert cleared["tags"] == []
    assert not {"task", "task_id", "note"} & cleared.keys()
    assert (cleared["billable"], cleared["duration"]) == (False, "1h15m")


async def test_an_entry_that_moves_to_another_project_leaves_its_task(
    house: House, door: Door
) -> None:
    await set_the_scene(door)
    await door.call("create_project", client="Acme", name="Shop")
    old = await door.call("create_project", client="Acme", name="Old")
    await door.call("update_project", project="Old", status="ARCHIVED")
    await door.call("create_task", project="redesign", name="Homepage")
    await door.call("create_task", project="shop", name="Cart")
    logged = await door.call("log_time", project="redesign", duration="2h", task="Homepage")

    stayed = await door.call("update_time_entry", time_entry=logged["id"], project="redesign")
    assert stayed["task"] == "Homepage"
    moved = await door.call("update_time_entry", time_entry=logged["id"], project="shop")
    assert moved["project"] == "Shop"
    assert "task" not in moved
    both = await door.call(
        "update_time_entry", time_entry=logged["id"], project="redesign", task="Homepage"
    )
    assert (both["project"], both["task"]) == ("Website redesign", "Homepage")
    refusal = await refused(
        house, door, "update_time_entry", time_entry=logged["id"], project="shop", task="Homepage"
    )
    assert refusal.code == "not_found"
    refusal = await refused(
        house, door, "update_time_entry", time_entry=logged["id"], project=old["id"]
    )
    assert refusal.code == "conflict"
    assert refusal.message == (
        'The project Old is archived; bring it back first with update_project(status="ACTIVE").'
    )


async def test_a_change_that_changes_nothing_leaves_no_trace(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    await door.call("create_task", project="redesign", name="Homepage")
    logged = await door.call(
        "log_time", project="redesign", duration="2h", note="Menu", tags=["a"], task="Homepage"
    )
    before = await everything(runtime)
    clock.advance(seconds=5)
    same: dict[str, Any] = {
        "duration": "120m",
        "date": "today",
        "project": "acme redesign",
        "task": "home",
        "note": " Menu ",
        "billable": True,
        "tags": ["a"],
    }
    for given in ({}, same):
        answer = await door.call("update_time_entry", time_entry=logged["id"], **given)
        assert answer["updated_at"] == logged["updated_at"]
    assert await everything(runtime) == before


async def test_a_correction_keeps_to_24_hours_a_day(house: House, door: Door) -> None:
    await set_the_scene(door)
    first = await door.call("log_time", project="redesign", duration="20h", date="yesterday")
    second = await door.call("log_time", project="redesign", duration="5h")
    # Its own old duration does not count against it.
    await door.call("update_time_entry", time_entry=first["id"], duration="24h")
    await door.call("update_time_entry", time_entry=first["id"], duration="19h1s")
    for given in ({"date": "yesterday"}, {"date": "yesterday", "duration": "6h"}):
        refusal = await refused(house, door, "update_time_entry", time_entry=second["id"], **given)
        assert refusal.code == "validation_error"
        assert refusal.message.startswith("Thursday 2026-11-19 would have 2")
        assert "There already: 19h1s on Website redesign." in refusal.message
        assert [one["id"] for one in refusal.error["candidates"]] == [first["id"]]
    refusal = await refused(
        house, door, "update_time_entry", time_entry=second["id"], duration="25h"
    )
    assert refusal.message == (
        "Friday 2026-11-20 would have 25h, and a day has 24h. Give another day, a shorter "
        "duration, or correct what is there with update_time_entry."
    )
    moved = await door.call(
        "update_time_entry", time_entry=second["id"], date="yesterday", duration="4h59m59s"
    )
    assert moved["entry_date"] == "2026-11-19"


async def test_a_deleted_entry_is_gone_for_everybody(house: House, door: Door) -> None:
    runtime, _ = house
    await set_the_scene(door)
    logged = await door.call("log_time", project="redesign", duration="20h")
    deleted = await door.call("delete_time_entry", time_entry=logged["id"])
    assert deleted["deleted"] is True
    assert deleted["id"] == deleted["time_entry"]["id"] == logged["id"]
    assert (await door.call("list_time_entries"))["time_entries"] == []
    assert (await door.call("overview"))["today_hours"] == "0"
    assert (await door.call("log_time", project="redesign", duration="24h"))["day_total"] == "24 h"
    for operation in ("update_time_entry", "delete_time_entry"):
        refusal = await refused(house, door, operation, time_entry=logged["id"])
        assert refusal.code == "not_found"
        assert refusal.message == (
            "There is no time entry with that id. list_time_entries() has the ids."
        )
    gone = next(one for one in await events(runtime) if one["type"] == "time_entry.deleted")
    # Of members what is written down keeps the ids alone.
    written = {name: one for name, one in deleted["time_entry"].items() if name != "member"}
    assert gone["data"] == written
    line = next(one for one in await activities(runtime) if one["operation"] == "delete_time_entry")
    assert (line["before"], line["after"]) == (written, None)


async def test_a_member_changes_their_own_entries_and_a_manager_anyones(
    house: House, door: Door
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    owners = await door.call("log_time", project="redesign", duration="2h")
    ben = await add_member(runtime, "Ben")
    await door.call("add_project_member", project="redesign", member="Ben")
    mia = await add_member(runtime, "Mia", role="MANAGER")
    async with open_door(door.name, runtime, ben) as bens:
        own = await bens.call("log_time", project="redesign", duration="1h")
        nobodys = owners["id"][:-1] + ("0" if owners["id"][-1] != "0" else "1")
        for operation in ("update_time_entry", "delete_time_entry"):
            theirs = await refused(house, bens, operation, time_entry=owners["id"])
            assert theirs.code == "not_found"
            assert theirs.error == (await refused(house, bens, operation, time_entry=nobodys)).error
        assert (await bens.call("update_time_entry", time_entry=own["id"], note="Mine"))["note"]
    async with open_door(door.name, runtime, mia) as mias:
        changed = await mias.call("update_time_entry", time_entry=own["id"], duration="3h")
        assert (changed["member"], changed["duration"]) == ("Ben", "3h")
        await mias.call("delete_time_entry", time_entry=owners["id"])
