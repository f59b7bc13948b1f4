"""Taking back: what was done is as if it had not been, or it is said what stands in the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from billing_scenes import ONE_DOOR, confirmed, drafted, logged, work_at_acme
from houses import Clock, Door, InProcess, Refused, open_door
from rows import add_member, events
from scenes import House, refused, set_the_scene

from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio


async def listed(door: Door, **narrow: Any) -> list[Any]:
    shown: list[Any] = (await door.call("list_activity", **narrow))["activity"]
    return shown


async def entries(door: Door) -> list[Any]:
    found: list[Any] = (await door.call("list_time_entries"))["time_entries"]
    return found


async def test_the_last_change_that_stands_is_taken_back_and_can_be_brought_back(
    house: House, door: Door, clock: Clock, database_url: str
) -> None:
    await set_the_scene(door)
    clock.advance(seconds=1)
    entry = await door.call("log_time", project="redesign", duration="2h")
    clock.advance(seconds=1)
    await door.call("update_time_entry", time_entry=entry["id"], duration="3h", note="More")
    clock.advance(seconds=1)
    undone = await door.call("undo")
    assert undone["message"] == "Took back update_time_entry of Website redesign."
    [there] = await entries(door)
    assert (there["duration"], there.get("note")) == ("2h", None)
    clock.advance(seconds=1)
    second = await door.call("undo")
    assert [one["operation"] for one in second["undone"]] == ["log_time"]
    assert await entries(door) == []
    clock.advance(seconds=1)
    await door.call("undo", activity=second["id"])
    assert len(await entries(door)) == 1
    told = [one["type"].partition(".")[2] for one in await events(house[0])]
    assert told[-5:] == ["created", "updated", "updated", "deleted", "created"]
    redo, undo, earlier, update, log = await listed(door, limit=5)
    assert (redo["undoes"], undo["undone_by"]) == (undo["unit"], redo["unit"])
    assert update["undone_by"] == earlier["unit"] == undone["id"]
    assert "undone_by" not in log
    assert await diagnose(database_url) == []


@ONE_DOOR
async def test_what_others_built_on_is_not_taken_back(
    house: House, door: Door, clock: Clock
) -> None:
    client, _ = await set_the_scene(door)
    entry = await door.call("log_time", project="redesign", duration="2h")
    clock.advance(seconds=1)
    ann = await add_member(house[0], "Ann", role="MANAGER")
    async with open_door(door.name, house[0], ann) as anns:
        changed = await anns.call("update_time_entry", time_entry=entry["id"], note="Fixed")
    clock.advance(seconds=1)
    [made] = await listed(door, about=client["id"])
    refusal = await refused(house, door, "undo", activity=made["id"])
    assert refusal.message.startswith("The client Acme has a project by now")
    [latest, log] = await listed(door, about=changed["id"])
    refusal = await refused(house, door, "undo", activity=log["id"])
    assert "Ann changed the same since with update_time_entry" in refusal.message
    assert latest["id"] in refusal.message
    await door.call("update_client", client="Acme", name="Acme Corporation")
    clock.advance(seconds=1)
    await door.call("create_client", name="Acme")
    [_, renamed] = [one for one in await listed(door, about=client["id"])][:2][::-1]
    refusal = await refused(house, door, "undo", activity=renamed["id"])
    assert "another client of that name" in refusal.message


@ONE_DOOR
async def test_a_day_that_was_filled_since_takes_no_time_back(
    house: House, door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    [entry] = await logged(door, "20h")
    clock.advance(seconds=1)
    await door.call("delete_time_entry", time_entry=entry["id"])
    clock.advance(seconds=1)
    await logged(door, "5h")
    clock.advance(seconds=1)
    gone = (await listed(door, about=entry["id"]))[0]
    refusal = await refused(house, door, "undo", activity=gone["id"])
    assert "would have 25h, and a day has 24h" in refusal.message


@ONE_DOOR
async def test_drafts_and_payments_are_taken_back_and_issued_invoices_are_not(
    house: House, door: Door, clock: Clock, database_url: str
) -> None:
    await work_at_acme(door, "2h")
    clock.advance(seconds=1)
    draft = await drafted(door)
    refusal = await refused(
        house, door, "undo", activity=(await listed(door, tool="log_time"))[0]["id"]
    )
    assert f"on the invoice {draft['id']}" in refusal.message
    clock.advance(seconds=1)
    await door.call("delete_invoice", invoice=draft["id"])
    clock.advance(seconds=1)
    await door.call("undo")
    assert (await door.call("get_invoice", invoice=draft["id"]))["status"] == "DRAFT"
    clock.advance(seconds=1)
    await door.call("undo")
    assert (await door.call("list_unbilled"))["clients"][0]["hours"] == "2"
    draft = await drafted(door)
    clock.advance(seconds=1)
    sent = await confirmed(door, "send_invoice", invoice=draft["id"])
    clock.advance(seconds=1)
    refusal = await refused(house, door, "undo")
    assert refusal.message.startswith("send_invoice is not taken back. What was issued")
    assert refusal.message.endswith("makes a new draft of it.")
    clock.advance(seconds=1)
    await door.call("record_payment", invoice=sent["number"], amount="10")
    clock.advance(seconds=1)
    taken = await door.call("undo")
    assert {one["operation"] for one in taken["undone"]} == {"record_payment"}
    shown = await door.call("get_invoice", invoice=sent["number"])
    assert (shown["amount_due"], shown["payments"]) == (shown["total"], [])
    refusal = await refused(house, door, "undo", activity=taken["id"])
    assert "voided payment stays voided" in refusal.message
    clock.advance(seconds=1)
    await confirmed(door, "cancel_invoice", invoice=sent["number"])
    clock.advance(seconds=1)
    refusal = await refused(house, door, "undo")
    assert f"{sent['number']} was issued, so it stays cancelled" in refusal.message
    assert await diagnose(database_url) == []


@ONE_DOOR
async def test_a_client_takes_back_its_own_changes_and_a_run_is_taken_back_whole(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, caller = house
    await set_the_scene(door)
    agent = InProcess(runtime, replace(caller, client="Agent", run="nightly"))
    for note in ("a", "b"):
        clock.advance(seconds=1)
        await agent.call("log_time", project="redesign", duration="1h", note=note)
    clock.advance(seconds=1)
    await door.call("log_time", project="redesign", duration="1h", note="mine")
    clock.advance(seconds=1)
    await InProcess(runtime, replace(caller, client="Agent")).call("undo")
    assert [one["note"] for one in await entries(door)] == ["mine", "a"]
    clock.advance(seconds=1)
    taken = await door.call("undo", run="nightly")
    assert taken["message"] == "Took back 1 change of the run nightly, the latest first."
    assert [one["note"] for one in await entries(door)] == ["mine"]
    refusal = await refused(house, door, "undo", run="nightly")
    assert refusal.message == "All of that run was taken back already."
    refusal = await refused(house, door, "undo", run="another")
    assert refusal.code == "not_found"
    assert (await refused(house, door, "undo", run="nightly", activity="act_1")).code == (
        "validation_error"
    )


@ONE_DOOR
async def test_a_member_takes_back_their_own_and_sees_nobody_elses(
    house: House, door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    clock.advance(seconds=1)
    theirs = (await listed(door))[0]["id"]
    ben = await add_member(house[0], "Ben")
    async with open_door(door.name, house[0], ben) as bens:
        foreign = await refused(house, bens, "undo", activity=theirs)
        missing = await refused(house, bens, "undo", activity="act_" + "0" * 26)
        assert foreign.error == missing.error
        await bens.call("start_timer", project="redesign")
        clock.advance(hours=1)
        stopped = await bens.call("stop_timer")
        clock.advance(seconds=1)
        await bens.call("undo")
        timer = (await bens.call("overview"))["timer"]
        assert timer["id"] == stopped["id"]
        assert await bens.call("list_time_entries") == {"time_entries": []}
    told = [one["type"] for one in await events(house[0])][-2:]
    assert sorted(told) == ["time_entry.deleted", "timer.started"]


@ONE_DOOR
async def test_of_two_who_take_back_the_same_one_does(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, caller = house
    await set_the_scene(door)
    clock.advance(seconds=1)
    await logged(door, "1h")
    clock.advance(seconds=1)
    logging = (await listed(door))[0]["id"]
    doors = [InProcess(runtime, caller) for _ in range(4)]
    tries = [one.call("undo", activity=logging) for one in doors]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    lost = [one for one in answers if isinstance(one, Refused)]
    assert len(lost) == 3
    assert all("was taken back already" in one.message for one in lost)


@ONE_DOOR
async def test_activity_is_searched_and_paged(house: House, door: Door, clock: Clock) -> None:
    await set_the_scene(door)
    for note in "abc":
        clock.advance(seconds=1)
        await door.call("log_time", project="redesign", duration="1h", note=note)
    found: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await door.call("list_activity", tool="log_time", limit=2, **cursor)
        found += page["activity"]
        if not page["more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(found) == len({one["id"] for one in found}) == 3
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    assert [one["name"] for one in await listed(door, about="acme")] == ["Acme"]
    assert await listed(door, period="yesterday") == []
    assert len(await listed(door, period="today", member="Owner", tool="log_time")) == 3
    assert await listed(door, run="nightly") == []
    assert await listed(door, program="nobody") == []
    for wrong in ({"about": "nothing at all"}, {"cursor": "x"}):
        assert (await refused(house, door, "list_activity", **wrong)).code in (
            "not_found",
            "validation_error",
        )
