"""The running clock: one per member, and stopping it never fails."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from houses import Clock, Door, open_door
from rows import add_member, events, everything
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio


def at(text: str) -> int:
    """Return an instant, written as ISO 8601 in UTC, in microseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


async def test_a_timer_measures_time_until_it_is_stopped(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    await door.call("create_task", project="redesign", name="Homepage", billable=False)
    started = await door.call(
        "start_timer", project="acme redesign", task="home", note="Menu", tags=["design"]
    )
    timer = started["timer"]
    assert (timer["project"], timer["client"]) == ("Website redesign", "Acme")
    assert (timer["task"], timer["note"], timer["tags"]) == ("Homepage", "Menu", ["design"])
    assert timer["billable"] is False
    assert timer["started_at"] == "2026-11-20T09:30:00.000000Z"
    assert timer["running_seconds"] == 0
    assert "saved" not in started

    clock.advance(hours=1, minutes=29, seconds=59)
    shown = (await door.call("overview"))["timer"]
    assert (shown["id"], shown["running_for"]) == (timer["id"], "1h29m59s")
    assert shown["task"] == "Homepage"
    clock.advance(seconds=1)
    stopped = await door.call("stop_timer")
    assert stopped["message"] == "Saved 1h30m on Website redesign."
    assert (stopped["id"], stopped["discarded"]) == (timer["id"], False)
    (entry,) = stopped["time_entries"]
    assert (entry["duration"], entry["entry_date"]) == ("1h30m", "2026-11-20")
    assert entry["started_at"] == "2026-11-20T09:30:00.000000Z"
    assert entry["stopped_at"] == "2026-11-20T11:00:00.000000Z"
    assert (entry["task"], entry["note"], entry["tags"]) == ("Homepage", "Menu", ["design"])
    assert entry["billable"] is False
    assert stopped["warnings"] == []
    assert "timer" not in await door.call("overview")
    assert [one["type"] for one in await events(runtime)][-3:] == [
        "timer.started",
        "time_entry.created",
        "timer.stopped",
    ]

    refusal = await refused(house, door, "stop_timer")
    assert refusal.code == "conflict"
    assert refusal.message == "No timer is running. Start one with start_timer, or use log_time."


async def test_starting_a_timer_saves_the_one_that_runs(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    await door.call("create_project", client="Acme", name="Shop", rate_type="NON_BILLABLE")
    first = await door.call("start_timer", project="redesign", billable=False)
    clock.advance(hours=9)
    second = await door.call("start_timer", project="shop")
    assert second["saved"]["id"] == first["timer"]["id"]
    assert [entry["duration"] for entry in second["saved"]["time_entries"]] == ["9h"]
    assert second["saved"]["time_entries"][0]["billable"] is False
    assert second["warnings"] == [
        "The timer ran for 9h; correct it with update_time_entry if it was forgotten."
    ]
    assert second["timer"]["billable"] is False
    clock.advance(seconds=59)
    third = await door.call("start_timer", project="redesign")
    assert third["saved"]["discarded"] is True
    assert third["saved"]["message"] == (
        "Discarded 59s on Shop, because it ran for less than a minute."
    )
    assert third["timer"]["billable"] is True
    # What cannot be started leaves alone what runs.
    clock.advance(hours=1)
    assert (await refused(house, door, "start_timer", project="nothing")).code == "not_found"
    archived = await door.call("update_project", project="shop", status="ARCHIVED")
    refusal = await refused(house, door, "start_timer", project=archived["id"])
    assert (refusal.code, "update_project" in refusal.message) == ("conflict", True)
    assert [row["id"] for row in (await everything(runtime))["timer"]] == [third["timer"]["id"]]


async def test_each_member_has_a_clock_of_their_own(house: House, door: Door, clock: Clock) -> None:
    runtime, _ = house
    await set_the_scene(door)
    caller = await add_member(runtime, "Ben")
    await door.call("add_project_member", project="redesign", member="Ben")
    async with open_door(door.name, runtime, caller) as bens:
        mine = await door.call("start_timer", project="redesign")
        his = await bens.call("start_timer", project="redesign")
        assert "saved" not in his
        clock.advance(minutes=1)
        assert (await bens.call("stop_timer"))["id"] == his["timer"]["id"]
        assert (await bens.call("overview"))["today_hours"] == "0.0167"
        assert (await door.call("overview"))["timer"]["id"] == mine["timer"]["id"]


async def test_a_timer_is_kept_trimmed_or_discarded(door: Door, clock: Clock) -> None:
    await set_the_scene(door)

    async def ran(*, hours: int = 0, minutes: int = 0, seconds: int = 0, **given: str) -> object:
        await door.call("start_timer", project="redesign", note="Menu")
        clock.advance(hours=hours, minutes=minutes, seconds=seconds)
        stopped = await door.call("stop_timer", **given)
        entries = [(one["duration"], one.get("note")) for one in stopped["time_entries"]]
        if not entries:
            assert stopped["discarded"] is True
        return entries or stopped["message"], stopped["warnings"]

    assert await ran(minutes=1) == ([("1m", "Menu")], [])
    assert await ran(seconds=59) == (
        "Discarded 59s on Website redesign, because it ran for less than a minute.",
        [],
    )
    assert await ran() == (
        "Discarded 0m on Website redesign, because it ran for less than a minute.",
        [],
    )
    assert await ran(minutes=5, note="Logo") == ([("5m", "Logo")], [])
    assert await ran(minutes=5, note="") == ([("5m", None)], [])
    assert await ran(hours=2, keeping="discard") == (
        "Discarded 2h on Website redesign, as asked.",
        [],
    )
    assert await ran(hours=8, keeping="trim") == ([("8h", "Menu")], [])
    assert await ran(hours=9, minutes=5, keeping="trim") == (
        [("8h", "Menu")],
        ["Trimmed from 9h5m to 8h."],
    )


async def test_a_nights_work_is_one_entry_and_a_forgotten_timer_is_split_at_midnight(
    door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    clock.now_us = at("2026-11-20T22:00:00")
    await door.call("start_timer", project="redesign")
    clock.now_us = at("2026-11-21T02:00:00")
    (entry,) = (await door.call("stop_timer"))["time_entries"]
    assert (entry["entry_date"], entry["duration"]) == ("2026-11-20", "4h")

    await door.call("start_timer", project="redesign")
    clock.now_us = at("2026-11-23T01:00:00")
    stopped = await door.call("stop_timer")
    assert [(one["entry_date"], one["duration"]) for one in stopped["time_entries"]] == [
        ("2026-11-21", "22h"),
        ("2026-11-22", "24h"),
        ("2026-11-23", "1h"),
    ]
    assert stopped["time_entries"][0]["stopped_at"] == "2026-11-22T00:00:00.000000Z"
    assert stopped["time_entries"][1]["started_at"] == "2026-11-22T00:00:00.000000Z"
    assert stopped["message"] == "Saved 47h on Website redesign."
    assert stopped["warnings"] == [
        "The timer ran for 47h; correct it with update_time_entry if it was forgotten.",
        "It was split at midnight, because a day has 24h.",
    ]


async def test_a_full_day_takes_what_it_has_room_for_and_says_what_was_left_out(
    door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    await door.call("log_time", project="redesign", duration="23h")
    await door.call("start_timer", project="redesign")
    clock.advance(hours=2)
    stopped = await door.call("stop_timer")
    assert [one["duration"] for one in stopped["time_entries"]] == ["1h"]
    assert stopped["warnings"] == ["Friday 2026-11-20 was full: 1h was left out."]
    await door.call("start_timer", project="redesign")
    clock.advance(hours=2)
    full = await door.call("stop_timer")
    assert (full["time_entries"], full["discarded"]) == ([], True)
    assert full["message"] == "Nothing was saved on Website redesign."
    assert full["warnings"] == ["Friday 2026-11-20 was full: 2h was left out."]
    assert (await door.call("overview"))["today_hours"] == "24"


async def test_a_clock_that_was_set_back_measures_nothing(door: Door, clock: Clock) -> None:
    await set_the_scene(door)
    await door.call("start_timer", project="redesign")
    clock.advance(hours=-3)
    assert (await door.call("overview"))["timer"]["running_seconds"] == 0
    stopped = await door.call("stop_timer")
    assert (stopped["discarded"], stopped["time_entries"]) == (True, [])
    assert stopped["message"].startswith("Discarded 0m on Website redesign")


async def test_days_begin_and_end_where_the_member_is(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    await door.call("set_up", time_zone="Pacific/Auckland")
    clock.now_us = at("2026-11-20T12:00:00")
    assert (await door.call("overview"))["today"] == "2026-11-21"
    caller = await add_member(runtime, "Ben", time_zone="Pacific/Honolulu")
    await door.call("add_project_member", project="redesign", member="Ben")
    async with open_door(door.name, runtime, caller) as bens:
        his = await bens.call("log_time", project="redesign", duration="1h")
        assert (his["entry_date"], his["weekday"]) == ("2026-11-20", "Friday")
        assert (await bens.call("overview"))["today_hours"] == "1"
    mine = await door.call("log_time", project="redesign", duration="1h")
    assert (mine["entry_date"], mine["weekday"]) == ("2026-11-21", "Saturday")


async def test_clocks_that_change_at_night_lose_no_hour_and_make_none(
    door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    await door.call("set_up", time_zone="Europe/Berlin")

    async def measured(start: str, stop: str) -> list[tuple[str, str]]:
        clock.now_us = at(start)
        await door.call("start_timer", project="redesign")
        clock.now_us = at(stop)
        stopped = await door.call("stop_timer")
        return [(one["entry_date"], one["duration"]) for one in stopped["time_entries"]]

    # At 02:00 the clocks go to 03:00: this Sunday has 23 hours.
    assert await measured("2027-03-28T00:30:00", "2027-03-28T01:30:00") == [("2027-03-28", "1h")]
    assert await measured("2027-04-02T22:00:00", "2027-04-03T23:00:00") == [
        ("2027-04-03", "24h"),
        ("2027-04-04", "1h"),
    ]
    assert await measured("2028-03-25T22:00:00", "2028-03-26T23:30:00") == [
        ("2028-03-25", "1h"),
        ("2028-03-26", "23h"),
        ("2028-03-27", "1h30m"),
    ]
    # At 03:00 they go back to 02:00: this Sunday has 25 hours, and an entry at most 24.
    assert await measured("2027-10-31T00:30:00", "2027-10-31T01:30:00") == [("2027-10-31", "1h")]
    assert await measured("2028-10-28T22:00:00", "2028-10-29T23:00:00") == [("2028-10-29", "24h")]


async def test_an_entry_whose_time_was_corrected_has_no_clock_that_contradicts_it(
    door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    for given in ({"duration": "2h"}, {"date": "yesterday"}):
        await door.call("start_timer", project="redesign")
        clock.advance(hours=1)
        (entry,) = (await door.call("stop_timer"))["time_entries"]
        kept = await door.call("update_time_entry", time_entry=entry["id"], note="Menu")
        assert kept["started_at"] == entry["started_at"]
        changed = await door.call("update_time_entry", time_entry=entry["id"], **given)
        assert not {"started_at", "stopped_at"} & changed.keys()
