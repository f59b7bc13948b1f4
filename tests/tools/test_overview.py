"""Where things stand: the first thing that an assistant asks."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import ONE_DOOR, issued, logged, work_at_acme
from houses import Clock, Door, InProcess
from rows import add_member, everything
from scenes import House, set_the_scene

pytestmark = pytest.mark.anyio


def about_the_timer(shown: Any) -> list[str]:
    # Where the machine's SQLite is old there is a warning about that, too.
    return [warning for warning in shown["warnings"] if "timer" in warning]


async def test_a_new_house_says_what_is_missing(house: House, door: Door) -> None:
    runtime, _ = house
    before = await everything(runtime)
    shown = await door.call("overview")
    assert await everything(runtime) == before
    assert (shown["organization"], shown["member"], shown["role"]) == (
        "My business",
        "Owner",
        "OWNER",
    )
    assert shown["missing"] == ["name", "currency", "address"]
    assert shown["available_actions"] == [
        "set_up",
        "log_time",
        "start_timer",
        "list_time_entries",
        "find",
    ]
    assert (shown["today_hours"], shown["week_hours"]) == ("0", "0")
    assert shown["recent_time_entries"] == []
    assert "default_currency" not in shown
    await door.call("set_up", name="Studio", currency="EUR", address="1 Main St")
    shown = await door.call("overview")
    assert (shown["missing"], shown["default_currency"]) == ([], "EUR")
    assert "set_up" not in shown["available_actions"]


async def test_hours_of_today_and_of_the_week_that_begins_where_it_was_set_to(
    door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    days = {"2026-11-20": "1h", "2026-11-16": "2h", "2026-11-15": "4h", "2026-11-14": "8h"}
    for day, duration in days.items():
        clock.advance(seconds=1)
        await door.call("log_time", project="redesign", duration=duration, date=day)
    shown = await door.call("overview")
    assert (shown["today"], shown["weekday"]) == ("2026-11-20", "Friday")
    assert (shown["today_hours"], shown["week_hours"]) == ("1", "3")
    assert shown["week"] == "2026-11-16..2026-11-22"
    assert [one["entry_date"] for one in shown["recent_time_entries"]] == list(days)
    for start, week, hours in (
        ("sunday", "2026-11-15..2026-11-21", "7"),
        ("saturday", "2026-11-14..2026-11-20", "15"),
        ("friday", "2026-11-20..2026-11-26", "1"),
    ):
        await door.call("set_up", week_start=start)
        shown = await door.call("overview")
        assert (shown["week"], shown["week_hours"]) == (week, hours)
        page = await door.call("list_time_entries", period="this week")
        assert (page["period"], page["total_hours"]) == (week, hours)


async def test_a_forgotten_timer_is_asked_about(door: Door, clock: Clock) -> None:
    await set_the_scene(door)
    await door.call("start_timer", project="redesign", note="Menu")
    clock.advance(hours=8)
    shown = await door.call("overview")
    assert (shown["timer"]["running_for"], shown["timer"]["note"]) == ("8h", "Menu")
    assert about_the_timer(shown) == []
    assert "stop_timer" in shown["available_actions"]
    clock.advance(minutes=1)
    assert about_the_timer(await door.call("overview")) == [
        "The timer on Website redesign has been running for 8h1m; was it forgotten?"
    ]


@ONE_DOOR
async def test_money_that_is_unbilled_and_owed_is_summed_by_currency(
    door: Door, clock: Clock
) -> None:
    shown = await door.call("overview")
    assert (shown["unbilled"], shown["owed"]) == ([], [])
    await work_at_acme(door, "1h")
    await issued(door)
    await logged(door, "2h")
    shown = await door.call("overview")
    assert shown["unbilled"] == (await door.call("list_unbilled"))["totals"]
    assert shown["unbilled"] == [{"currency": "EUR", "total": "214.20"}]
    assert shown["owed"] == [{"currency": "EUR", "due": "107.10", "overdue": "0.00"}]
    clock.advance(hours=15 * 24)
    shown = await door.call("overview")
    assert shown["owed"] == [{"currency": "EUR", "due": "107.10", "overdue": "107.10"}]


@ONE_DOOR
async def test_a_member_is_told_of_no_money(house: House, door: Door) -> None:
    runtime, _ = house
    await work_at_acme(door, "1h")
    caller = await add_member(runtime, "Max", role="MEMBER")
    shown = await InProcess(runtime, caller).call("overview")
    assert not {"unbilled", "owed"} & shown.keys()
