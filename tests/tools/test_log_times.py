"""Logging several entries at once: all of them or none."""

from __future__ import annotations

import pytest
from houses import Clock, Door
from scenes import A_KEY_DECIDES, House, refused, set_the_scene

pytestmark = pytest.mark.anyio


async def test_many_entries_are_logged_together(door: Door) -> None:
    await set_the_scene(door)
    await door.call("create_task", project="redesign", name="Homepage", billable=False)
    logged = await door.call(
        "log_times",
        entries=[
            {"project": "redesign", "duration": "2h", "note": "One", "tags": ["a"]},
            {"project": "redesign", "duration": "13h", "date": "monday", "task": "Homepage"},
            {"project": "redesign", "duration": "30m", "billable": False},
        ],
    )
    first, second, third = logged["time_entries"]
    assert (first["note"], first["tags"], first["billable"]) == ("One", ["a"], True)
    assert (second["entry_date"], second["task"]) == ("2026-11-16", "Homepage")
    assert [entry["billable"] for entry in (second, third)] == [False, False]
    assert third["day_total"] == "2.5 h"
    assert logged["total_hours"] == "15.5"
    assert logged["warnings"] == ["Monday 2026-11-16 now has 13h."]
    listed = await door.call("list_time_entries")
    assert {entry["id"] for entry in listed["time_entries"]} == {
        entry["id"] for entry in logged["time_entries"]
    }


async def test_a_project_is_named_once_for_all_that_name_none(house: House, door: Door) -> None:
    await set_the_scene(door)
    await door.call("create_project", client="Acme", name="Shop")
    entries = [{"duration": "2h"}, {"duration": "1h", "project": "shop"}]
    logged = await door.call("log_times", project="redesign", entries=entries)
    projects = [entry["project"] for entry in logged["time_entries"]]
    assert projects == ["Website redesign", "Shop"]
    refusal = await refused(house, door, "log_times", entries=entries)
    assert refusal.message == (
        "entries.0: It has no project: name one in it, or one for all as project. Nothing was "
        "logged."
    )


async def test_where_one_is_refused_none_is_logged(house: House, door: Door) -> None:
    await set_the_scene(door)
    good = {"project": "redesign", "duration": "20h"}
    refusal = await refused(
        house, door, "log_times", entries=[good, {"project": "nothing", "duration": "1h"}, good]
    )
    assert refusal.code == "not_found"
    assert refusal.message == (
        'entries.1: There is no project "nothing". Make one with create_project. '
        "Nothing was logged."
    )
    refusal = await refused(house, door, "log_times", entries=[good, {**good, "note": "Again"}])
    assert refusal.message.startswith("entries.1: Friday 2026-11-20 would have 40h")
    assert refusal.message.endswith("Nothing was logged.")
    # What the call itself would have logged was rolled back: there is nothing to choose from.
    assert not refusal.error.get("candidates")


async def test_as_many_as_a_hundred_are_taken(house: House, door: Door) -> None:
    await set_the_scene(door)
    entry = {"project": "redesign", "duration": "1m"}
    many = [{**entry, "note": str(number)} for number in range(100)]
    assert len((await door.call("log_times", entries=many))["time_entries"]) == 100
    refusal = await refused(house, door, "log_times", entries=[*many, entry])
    assert refusal.message == "entries must have at most 100 items."
    refusal = await refused(house, door, "log_times", entries=[])
    assert refusal.message == "entries must have at least 1 item."


@A_KEY_DECIDES
async def test_equal_entries_in_one_call_are_meant_and_the_call_itself_can_be_repeated(
    door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    entries = [{"project": "redesign", "duration": "1h"}, {"project": "redesign", "duration": "1h"}]
    first = await door.call("log_times", entries=entries)
    ids = [entry["id"] for entry in first["time_entries"]]
    assert len(set(ids)) == 2
    clock.advance(seconds=119)
    again = await door.call("log_times", entries=entries)
    assert again == {**first, "repeated": True}
    said_otherwise = [{**entry, "project": "acme", "date": "2026-11-20"} for entry in entries]
    assert (await door.call("log_times", entries=said_otherwise))["repeated"] is True
    meant = await door.call("log_times", entries=entries, allow_duplicate=True)
    assert "repeated" not in meant
    await door.call("delete_time_entry", time_entry=meant["time_entries"][1]["id"])
    clock.advance(seconds=1)
    assert "repeated" not in await door.call("log_times", entries=entries)
