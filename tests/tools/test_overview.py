"""Where things stand: the first thing that an assistant asks."""

from __future__ import annotations

import pytest
from billing_scenes import ONE_DOOR, drafted, issued, logged, work_at_acme
from houses import Clock, Door, InProcess, open_house
from rows import add_member, everything, limit_scopes
from scenes import House, set_the_scene

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token

pytestmark = pytest.mark.anyio

SETTINGS = {"name": "Studio", "currency": "EUR", "address": "1 Main St"}


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
    assert shown["to_do"] == [
        {
            "what": "Invoices need what is not set yet: name, currency, address.",
            "next_call": {
                "tool": "set_up",
                "arguments": {},
                "needs": ["name", "currency", "address"],
            },
        }
    ]
    await door.call("set_up", **SETTINGS)
    shown = await door.call("overview")
    assert (shown["missing"], shown["to_do"]) == ([], [])
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
    await door.call("set_up", **SETTINGS)
    await door.call("start_timer", project="redesign", note="Menu")
    clock.advance(hours=8)
    shown = await door.call("overview")
    assert (shown["timer"]["running_for"], shown["timer"]["note"]) == ("8h", "Menu")
    assert [one["what"] for one in shown["to_do"]] == ["The timer on Website redesign is running."]
    assert "stop_timer" in shown["available_actions"]
    clock.advance(minutes=1)
    shown = await door.call("overview")
    assert shown["to_do"] == [
        {
            "what": "The timer on Website redesign has been running for 8h1m; was it forgotten?",
            "next_call": {"tool": "stop_timer", "arguments": {}},
        }
    ]


async def test_working_days_with_little_time_are_asked_about(door: Door, clock: Clock) -> None:
    await set_the_scene(door)
    await door.call("set_up", **SETTINGS)
    assert (await door.call("overview"))["to_do"] == []  # Nobody kept their time here yet.
    days = {"2026-11-16": "8h", "2026-11-17": "3h59m", "2026-11-19": "4h"}
    for day, duration in days.items():
        clock.advance(seconds=1)
        await door.call("log_time", project="redesign", duration=duration, date=day)
    # Friday is not over, Thursday has half of what is usual, and before Monday nobody kept it.
    shown = await door.call("overview")
    project = shown["recent_time_entries"][0]["project_id"]
    assert shown["to_do"] == [
        {
            "what": "Wednesday 2026-11-18 has 0 h of 8 h: what else was done?",
            "next_call": {
                "tool": "log_time",
                "arguments": {"date": "2026-11-18", "project": project},
                "needs": ["duration"],
            },
        },
        {
            "what": "Tuesday 2026-11-17 has 3.9833 h of 8 h: what else was done?",
            "next_call": {
                "tool": "log_time",
                "arguments": {"date": "2026-11-17", "project": project},
                "needs": ["duration"],
            },
        },
    ]
    await door.call("update_member", member=shown["user_id"], working_hours="mon 8h, wed 8h")
    assert [one["next_call"]["arguments"] for one in (await door.call("overview"))["to_do"]] == [
        {"date": "2026-11-18", "project": project}
    ]
    await door.call("update_member", member=shown["user_id"], working_hours="40h")
    await door.call("create_project", client="Acme", name="Shop")
    await door.call("log_time", project="Shop", duration="1h", date="2026-11-19")
    # Now it may have been either.
    two = (await door.call("overview"))["to_do"]
    assert [one["next_call"]["needs"] for one in two] == [["project", "duration"]] * 2
    assert [[*one["next_call"]["arguments"]] for one in two] == [["date"]] * 2
    for one in shown["to_do"]:
        await door.call(one["next_call"]["tool"], **one["next_call"]["arguments"], duration="5h")
    assert (await door.call("overview"))["to_do"] == []


async def test_a_project_that_takes_no_time_any_more_is_not_offered_for_days_with_little_of_it(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        door, ben = InProcess(runtime, owner), InProcess(runtime, await add_member(runtime, "Ben"))
        await set_the_scene(door)
        await door.call("set_up", **SETTINGS)
        await door.call("add_project_member", project="redesign", member="Ben")
        for one in (door, ben):
            await one.call("log_time", project="redesign", duration="1h", date="2026-11-18")
        await door.call("remove_project_member", project="redesign", member="Ben")
        assert await _asked_of_days(ben) == {("project", "duration")}
        assert await _asked_of_days(door) == {("duration",)}
        await door.call("update_project", project="redesign", status="ARCHIVED")
        assert await _asked_of_days(door) == {("project", "duration")}


async def _asked_of_days(door: Door) -> set[tuple[str, ...]]:
    return {tuple(one["next_call"]["needs"]) for one in (await door.call("overview"))["to_do"]}


async def test_who_logged_nothing_for_two_weeks_is_asked_about_no_days(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await set_the_scene(door)
        await door.call("set_up", **SETTINGS)
        for days, asked in ((31, 0), (30, 0), (15, 0), (14, 5)):
            await door.call("log_time", project="redesign", duration="1h", date=f"{days} days ago")
            shown = await door.call("overview")
            assert len(shown["to_do"]) == asked
        recent = [one["entry_date"] for one in shown["recent_time_entries"]]
        assert recent == ["2026-11-06", "2026-11-05", "2026-10-21"]


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
async def test_what_is_to_be_done_about_money_is_told_with_the_call_that_does_it(
    door: Door, clock: Clock
) -> None:
    await work_at_acme(door, "1h")
    sent = await issued(door)
    await logged(door, "2h")
    draft = await drafted(door)
    clock.advance(hours=20 * 24)
    await logged(door, "30m")
    overdue, waiting, unbilled = (await door.call("overview"))["to_do_about_money"]
    assert overdue == {
        "what": f"Acme owes 107.10 EUR of {sent['number']}: send a friendly reminder.",
        "days": 6,
        "next_call": {"tool": "get_invoice", "arguments": {"invoice": sent["number"]}},
    }
    assert waiting == {
        "what": "A draft for Acme over 214.20 EUR waits.",
        "days": 20,
        "next_call": {"tool": "send_invoice", "arguments": {"invoice": draft["id"]}},
    }
    assert unbilled["what"] == "Acme can be billed 53.55 EUR with tax: 0.5 h."
    assert (unbilled["days"], unbilled["next_call"]["tool"]) == (0, "preview_invoice")
    for one in (overdue, waiting, unbilled):
        call = one["next_call"]
        await door.call(call["tool"], **call["arguments"])


@ONE_DOOR
async def test_of_much_that_is_alike_the_oldest_is_told_and_the_rest_is_counted(
    door: Door,
) -> None:
    for name in ("Acme", "Bolt", "Core", "Dune", "Echo"):
        await door.call("create_client", name=name, currency="EUR", default_rate="90")
        await door.call("create_project", client=name, name=f"{name} site")
        await door.call(
            "log_time", project=f"{name} site", duration="1h", date=f"{len(name)} days ago"
        )
    await door.call("log_time", project="Dune site", duration="1h", date="30 days ago")
    *told, others = (await door.call("overview"))["to_do_about_money"]
    assert [one["days"] for one in told] == [30, 4, 4]
    assert others == {
        "what": "2 more clients with unbilled work.",
        "next_call": {"tool": "list_unbilled", "arguments": {}},
    }


@ONE_DOOR
async def test_a_call_that_its_reader_may_not_make_is_not_offered(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await work_at_acme(door, "1h")
    await drafted(door)
    mia = await add_member(runtime, "Mia", role="MANAGER")
    await limit_scopes(runtime, "Mia", without="invoices:send")
    (waiting,) = (await InProcess(runtime, mia).call("overview"))["to_do_about_money"]
    assert waiting == {"what": "A draft for Acme over 107.10 EUR waits.", "days": 0}


@ONE_DOOR
async def test_a_member_is_told_of_no_money(house: House, door: Door) -> None:
    runtime, _ = house
    await work_at_acme(door, "1h")
    caller = await add_member(runtime, "Max", role="MEMBER")
    shown = await InProcess(runtime, caller).call("overview")
    assert not {"unbilled", "owed", "to_do_about_money"} & shown.keys()


@ONE_DOOR
async def test_a_token_is_told_what_its_scopes_let_it_read(house: House, door: Door) -> None:
    runtime, _ = house
    await work_at_acme(door, "1h")
    await door.call("start_timer", project="redesign", note="Menu")
    told = {
        "time:read": {"timer", "recent_time_entries", "to_do"},
        "invoices:read": {"unbilled", "to_do_about_money"},
        "reports:read": set[str](),
    }
    everything_told = {part for parts in told.values() for part in parts}
    for scope, parts in told.items():
        token = (await issue_token(runtime, name=scope, scopes=[scope])).token
        shown = await InProcess(runtime, Caller(door="test", token=token)).call("overview")
        assert {part for part in everything_told if shown.get(part)} == parts
        assert shown["today_hours"] == "1"
