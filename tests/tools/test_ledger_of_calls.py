"""What a change leaves behind: events for machines, lines of activity for people."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Clock, Door, open_door
from rows import activities, add_member, events, everything
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio

WRITTEN_AS = {"http": "mcp-http", "relay": "mcp-http", "stdio": "mcp-stdio"}
"""What activity calls a door that is a real one; callers of the others say what they are."""


async def test_events_have_one_order_without_gaps_and_each_has_its_line_of_activity(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    clock.advance(seconds=1)
    await door.call("create_task", project="redesign", name="Homepage")
    for note in ("a", "b", "c"):
        clock.advance(seconds=1)
        await door.call("log_time", project="redesign", duration="1h", note=note)
        await refused(house, door, "log_time", project="redesign", duration="24h", note=note)
    clock.advance(seconds=1)
    entries = [{"project": "redesign", "duration": "1h", "note": note} for note in "de"]
    await door.call("log_times", entries=entries)
    clock.advance(seconds=1)
    await door.call("start_timer", project="redesign")
    clock.advance(hours=1)
    await door.call("start_timer", project="redesign")
    caller = await add_member(runtime, "Ben")
    await door.call("add_project_member", project="redesign", member="Ben")
    async with open_door(door.name, runtime, caller) as bens:
        clock.advance(seconds=1)
        await bens.call("log_time", project="redesign", duration="1h")

    told = await events(runtime)
    assert [one["sequence"] for one in told] == list(range(1, len(told) + 1))
    assert [one["type"] for one in told][-12:] == [
        "task.created",
        *["time_entry.created"] * 5,
        "timer.started",
        "time_entry.created",
        "timer.stopped",
        "timer.started",
        "project.member_added",
        "time_entry.created",
    ]
    (counter,) = (await everything(runtime))["event_counter"]
    assert counter["last_sequence"] == len(told)
    assert all(one["subject_id"] == one["data"]["id"] for one in told)
    lines = await activities(runtime)
    assert sorted(line["subject_id"] for line in lines) == sorted(one["subject_id"] for one in told)
    units = {line["unit_id"] for line in lines if line["operation"] == "log_times"}
    assert len(units) == 1
    written_as = WRITTEN_AS.get(door.name.partition("-")[0], "test")
    assert {line["door"] for line in lines} == {written_as}
    project = next(one for one in told if one["type"] == "project.created")
    assert project["project_id"] == project["subject_id"]
    entry = told[-1]
    assert entry["project_id"] == project["subject_id"]
    assert entry["member_id"] == lines[-1]["member_id"] == entry["data"]["user_id"]
    assert lines[-1]["member_id"] != lines[0]["member_id"]
    assert bool(lines[0]["token_id"]) == bool(house[1].token or written_as == "mcp-http")
    assert lines[-1]["token_id"] is not None


async def test_a_line_of_activity_shows_before_and_after(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    clock.advance(seconds=1)
    logged = await door.call("log_time", project="redesign", duration="1h")
    clock.advance(seconds=1)
    changed = await door.call("update_time_entry", time_entry=logged["id"], duration="2h")
    clock.advance(seconds=1)
    client = await door.call("update_client", client="Acme", phone="555")
    clock.advance(seconds=1)
    project = await door.call("update_project", project="redesign", description="All")
    clock.advance(seconds=1)
    await door.call("set_up", name="Studio")

    def side(line: Any, name: str, *fields: str) -> list[Any]:
        data: dict[str, Any] = line[name]
        return [data.get(field) for field in fields]

    made, update, clients, projects, setting = (await activities(runtime))[-5:]
    assert (made["operation"], made["before"]) == ("log_time", None)
    # Of members it keeps the ids alone.
    assert {**made["after"], "member": "Owner"} == logged
    assert side(update, "before", "id", "duration") == [logged["id"], "1h"]
    assert {**update["after"], "member": "Owner"} == changed
    assert side(clients, "before", "id", "phone") == [client["id"], None]
    assert side(clients, "after", "id", "phone") == [client["id"], "555"]
    assert side(projects, "before", "id", "description") == [project["id"], None]
    assert projects["after"] == project
    assert side(setting, "before", "name") == ["My business"]
    assert side(setting, "after", "name") == ["Studio"]
    assert [line["at"] for line in (made, update)] == [
        clock.now_us - 4_000_000,
        clock.now_us - 3_000_000,
    ]


async def test_reading_leaves_no_trace(house: House, door: Door) -> None:
    runtime, _ = house
    await set_the_scene(door)
    await door.call("log_time", project="redesign", duration="1h")
    await door.call("start_timer", project="redesign")
    before = await everything(runtime)
    await door.call("overview", key="k")
    await door.call("find", query="acme")
    await door.call("list_time_entries", period="this month", project="redesign")
    await door.call("list_tasks")
    assert await everything(runtime) == before


async def test_a_member_is_refused_what_only_managers_may(house: House, door: Door) -> None:
    runtime, _ = house
    await set_the_scene(door)
    caller = await add_member(runtime, "Ben")
    async with open_door(door.name, runtime, caller) as bens:
        for operation, given in (
            ("create_client", {"name": "Globex"}),
            ("update_project", {"project": "redesign", "name": "x"}),
            ("set_up", {"name": "Ben & Co"}),
        ):
            refusal = await refused(house, bens, operation, **given)
            assert refusal.code == "forbidden_scope"
            assert refusal.message.startswith(f"{operation} needs the role ")
