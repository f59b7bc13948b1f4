"""Calls that come twice: agents retry, and no hour is logged twice for it."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Clock, Door, open_door
from rows import add_member, everything
from scenes import A_KEY_DECIDES, House, refused, set_the_scene

pytestmark = pytest.mark.anyio


@A_KEY_DECIDES
async def test_an_equal_call_within_two_minutes_is_answered_with_the_first(
    house: House, door: Door, clock: Clock
) -> None:
    _, project = await set_the_scene(door)
    first = await door.call("log_time", project="acme redesign", duration="2h", note="Homepage")
    before = await everything(house[0])
    clock.advance(minutes=1, seconds=59)
    again = await door.call(
        "log_time", project=project["id"], duration="120m", date="2026-11-20", note=" Homepage"
    )
    assert again == {**first, "repeated": True}
    assert await everything(house[0]) == before
    other = await door.call("log_time", project="redesign", duration="2h", note="Homepage, menu")
    assert other["id"] != first["id"]
    clock.advance(seconds=1)
    later = await door.call("log_time", project="redesign", duration="2h", note="Homepage")
    assert "repeated" not in later
    assert later["day_total"] == "6 h"


@A_KEY_DECIDES
async def test_an_equal_call_is_meant_where_the_caller_says_so(door: Door, clock: Clock) -> None:
    await set_the_scene(door)
    given = {"project": "redesign", "duration": "1h"}
    first = await door.call("log_time", **given)
    clock.advance(seconds=1)
    second = await door.call("log_time", **given, allow_duplicate=True)
    assert second["id"] != first["id"]
    clock.advance(seconds=1)
    # A retry is a retry of the last one.
    assert (await door.call("log_time", **given))["id"] == second["id"]


@A_KEY_DECIDES
async def test_an_equal_call_is_meant_where_the_first_was_changed_or_deleted(
    door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    given = {"project": "redesign", "duration": "1h"}
    first = await door.call("log_time", **given)
    clock.advance(seconds=1)
    await door.call("update_time_entry", time_entry=first["id"], duration="30m")
    second = await door.call("log_time", **given)
    assert "repeated" not in second
    clock.advance(seconds=1)
    await door.call("delete_time_entry", time_entry=second["id"])
    third = await door.call("log_time", **given)
    assert "repeated" not in third
    assert third["day_total"] == "1.5 h"


async def test_a_repeat_is_a_members_own(house: House, door: Door) -> None:
    runtime, _ = house
    await set_the_scene(door)
    mine = await door.call("log_time", project="redesign", duration="1h")
    caller = await add_member(runtime, "Ben")
    await door.call("add_project_member", project="redesign", member="Ben")
    async with open_door(door.name, runtime, caller) as bens:
        his = await bens.call("log_time", project="redesign", duration="1h")
    assert "repeated" not in his
    assert his["user_id"] != mine["user_id"]


@A_KEY_DECIDES
async def test_clients_projects_and_tasks_are_made_once_too(
    house: House, door: Door, clock: Clock
) -> None:
    await door.call("set_up", time_zone="UTC", currency="EUR")
    creates: dict[str, dict[str, Any]] = {
        "create_client": {"name": "Acme", "default_rate": 90},
        "create_project": {"client": "Acme", "name": "Shop", "hourly_rate": "80"},
        "create_task": {"project": "Shop", "name": "Cart", "estimate": "3h", "due_date": "friday"},
    }
    for operation, given in creates.items():
        first = await door.call(operation, **given)
        clock.advance(seconds=30)
        assert await door.call(operation, **given) == {**first, "repeated": True}
        # A live name is its owner's alone, also where another one is asked for.
        assert (await refused(house, door, operation, **given, allow_duplicate=True)).code == (
            "conflict"
        )
        clock.advance(minutes=3)
        refusal = await refused(house, door, operation, **given)
        assert refusal.error["candidates"][0]["id"] == first["id"]
        assert first["id"] in refusal.message


async def test_a_key_decides_what_is_a_repeat(house: House, door: Door, clock: Clock) -> None:
    runtime, _ = house
    await set_the_scene(door)
    given = {"project": "redesign", "duration": "1h"}
    first = await door.call("log_time", **given, key="one")
    before = await everything(runtime)
    clock.advance(hours=23, minutes=59)
    assert await door.call("log_time", **given, key="one") == first
    assert await everything(runtime) == before

    refusal = await refused(house, door, "log_time", **{**given, "duration": "2h"}, key="one")
    assert refusal.code == "conflict"
    assert refusal.message == (
        "That key was used for another log_time: take a new key for a new call, and the same "
        "arguments to repeat the old one."
    )
    # Another key is another call, however soon it comes.
    second = await door.call("log_time", **given, key="two")
    third = await door.call("log_time", **given, key="three")
    assert len({first["id"], second["id"], third["id"]}) == 3
    assert "repeated" not in third
    # A key belongs to its operation.
    started = await door.call("start_timer", project="redesign", key="one")
    assert started["timer"]["project"] == "Website redesign"


@A_KEY_DECIDES
async def test_a_key_is_forgotten_after_24_hours(house: House, door: Door, clock: Clock) -> None:
    runtime, _ = house
    await set_the_scene(door)
    given = {"project": "redesign", "duration": "1h", "date": "2026-11-20"}
    first = await door.call("log_time", **given, key="one")
    clock.advance(hours=24)
    second = await door.call("log_time", **given, key="one")
    assert second["id"] != first["id"]
    answers = (await everything(runtime))["stored_answer"]
    assert [row["key"] for row in answers if row["key"]] == ["one"]


async def test_only_what_succeeded_is_stored_under_a_key(
    house: House, door: Door, clock: Clock
) -> None:
    await door.call("set_up", time_zone="UTC")
    given = {"client": "Acme", "name": "Shop", "hourly_rate": "90"}
    assert (await refused(house, door, "create_project", **given, key="k")).code == "not_found"
    await door.call("create_client", name="Acme")
    assert "currency" in (await refused(house, door, "create_project", **given, key="k")).message
    await door.call("update_client", client="Acme", currency="EUR")
    assert (await door.call("create_project", **given, key="k"))["hourly_rate"] == "90.00"


@pytest.mark.not_over_rest("a header holds no such key; what it holds is tested there")
async def test_a_key_has_a_length_and_can_be_seen(house: House, door: Door) -> None:
    await set_the_scene(door)
    for key in ("", "k" * 256, "line\nbreak", "nul\x00"):
        refusal = await refused(house, door, "log_time", project="acme", duration="1h", key=key)
        assert refusal.message == "The key must have 1 to 255 printable characters."


@A_KEY_DECIDES
async def test_an_entry_is_known_again_alone_and_among_others(
    house: House, door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    one: dict[str, Any] = {"project": "redesign", "duration": "1h", "note": "Menu"}
    two: dict[str, Any] = {"project": "redesign", "duration": "2h"}
    first = await door.call("log_time", **one)
    clock.advance(seconds=1)
    before = await everything(house[0])
    alone = await door.call("log_times", entries=[one])
    assert [entry["id"] for entry in alone["time_entries"]] == [first["id"]]
    assert (alone["repeated"], alone["total_hours"]) == (True, "1")
    assert await everything(house[0]) == before

    both = await door.call("log_times", entries=[two, one])
    assert "repeated" not in both
    assert both["warnings"] == [
        f"entries.1 equals one of the last two minutes, {first['id']}; delete one with "
        "delete_time_entry if it was logged twice."
    ]
    clock.advance(seconds=1)
    again = await door.call("log_time", **two)
    assert (again["id"], again["repeated"]) == (both["time_entries"][0]["id"], True)
    # One that was logged once is not taken for two.
    twice = await door.call("log_times", entries=[two, two])
    assert len(twice["warnings"]) == 1
    assert not {again["id"]} & {entry["id"] for entry in twice["time_entries"]}

    meant = await door.call("log_times", entries=[one], allow_duplicate=True)
    assert (meant.get("repeated"), meant["warnings"]) == (None, [])
    clock.advance(minutes=2)
    assert "repeated" not in await door.call("log_times", entries=[one])
