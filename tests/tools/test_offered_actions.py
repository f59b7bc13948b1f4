"""What answers offer to do next: no more than can be done, by this caller, in this house."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import ONE_DOOR, confirmed, drafted, issued, logged, work_at_acme
from houses import Clock, Door, open_door, open_house
from rows import add_member, events, limit_scopes
from scenes import A_KEY_DECIDES, House

from hoursmith_mcp.actions import permitted

pytestmark = pytest.mark.anyio


def test_only_what_is_permitted_is_left_however_deep_it_lies() -> None:
    data: dict[str, Any] = {
        "id": "x",
        "available_actions": ["a", "b"],
        "list": [{"available_actions": ["b"]}, {"inner": {"available_actions": ["c", "b"]}}],
        "note": "b",
        "do": [{"next_call": {"tool": "b"}}, {"next_call": {"tool": "a", "arguments": {}}}],
    }
    assert permitted(data, lambda name, _: name != "b") == {
        "id": "x",
        "available_actions": ["a"],
        "list": [{"available_actions": []}, {"inner": {"available_actions": ["c"]}}],
        "note": "b",
        "do": [{}, {"next_call": {"tool": "a", "arguments": {}}}],
    }
    assert permitted(data, lambda _name, _thing: True) is data


async def test_a_manager_is_offered_no_payments(house: House, door: Door) -> None:
    runtime, _ = house
    await work_at_acme(door, "1h")
    sent = await issued(door)
    part = await door.call("record_payment", invoice=sent["number"], amount="7.10")
    whole = await door.call("get_invoice", invoice=sent["number"])
    assert {"record_payment", "void_payment"} <= {*whole["available_actions"]}
    assert "record_payment" in part["invoice"]["available_actions"]
    mia = await add_member(runtime, "Mia", role="MANAGER")
    async with open_door(door.name, runtime, mia) as manager:
        shown = await manager.call("get_invoice", invoice=sent["number"])
        assert shown["available_actions"] == ["get_invoice", "duplicate_invoice"]
        listed = await manager.call("list_unpaid_invoices")
        assert listed["available_actions"] == ["get_invoice"]
        assert listed["invoices"][0]["available_actions"] == ["get_invoice", "duplicate_invoice"]


async def test_a_token_is_offered_what_its_scopes_cover(house: House, door: Door) -> None:
    runtime, _ = house
    await work_at_acme(door, "1h")
    mia = await add_member(runtime, "Mia", role="ADMIN")
    await limit_scopes(runtime, "Mia", without="invoices:send")
    async with open_door(door.name, runtime, mia) as limited:
        draft = await drafted(limited)
        assert "update_invoice" in draft["available_actions"]
        assert "send_invoice" not in draft["available_actions"]
        await confirmed(door, "send_invoice", invoice=draft["id"])
        sent = await limited.call("get_invoice", invoice=draft["id"])
        assert "cancel_invoice" in draft["available_actions"]
        assert "cancel_invoice" not in sent["available_actions"]
    # What is told to everybody else is no less for it.
    told = [one["data"] for one in await events(runtime) if one["type"] == "invoice.created"]
    assert "send_invoice" in told[0]["available_actions"]
    shown = await door.call("get_invoice", invoice=draft["id"])
    assert "cancel_invoice" in shown["available_actions"]


@ONE_DOOR
@A_KEY_DECIDES
async def test_a_repeat_offers_what_may_be_done_by_then(house: House, door: Door) -> None:
    runtime, _ = house
    mia = await add_member(runtime, "Mia", role="ADMIN")
    async with open_door(door.name, runtime, mia) as limited:
        first = await limited.call("create_client", name="Acme")
        keyed = await limited.call("create_client", name="Borg", key="k")
        assert first["available_actions"] == ["create_project", "update_client"]
        await limit_scopes(runtime, "Mia", without="projects:write")
        again = await limited.call("create_client", name="Acme")
        assert (again["id"], again["repeated"]) == (first["id"], True)
        by_key = await limited.call("create_client", name="Borg", key="k")
        assert by_key["id"] == keyed["id"]
        assert again["available_actions"] == by_key["available_actions"] == ["update_client"]


async def test_a_house_that_only_reads_offers_no_change(database_url: str, clock: Clock) -> None:
    async with (
        open_house(database_url, clock=clock) as (runtime, caller),
        open_door("in-process", runtime, caller) as door,
    ):
        await work_at_acme(door, "1h")
        draft = await drafted(door)
    async with open_house(database_url, clock=clock, read_only=True) as (runtime, _):
        async with open_door("in-process", runtime, caller) as door:
            shown = await door.call("get_invoice", invoice=draft["id"])
            assert shown["available_actions"] == ["get_invoice"]
            assert (await door.call("list_unbilled"))["available_actions"] == []


@ONE_DOOR
async def test_an_empty_draft_is_not_offered_for_sending(door: Door) -> None:
    await work_at_acme(door, "1h")
    draft = await drafted(door)
    assert "send_invoice" in draft["available_actions"]
    await door.call("cancel_invoice", invoice=draft["id"])
    await issued(door)
    copy = await door.call("duplicate_invoice", invoice="INV-2026-0001")
    assert copy["lines"] == []
    assert "send_invoice" not in copy["available_actions"]
    [listed] = (await door.call("list_invoices", status=["DRAFT"]))["invoices"]
    assert listed["available_actions"] == copy["available_actions"]


async def test_locked_time_says_so_and_names_its_invoice_to_who_may_see_it(
    house: House, door: Door
) -> None:
    runtime, _ = house
    [entry] = await work_at_acme(door, "1h")
    assert "locked" not in entry
    ben = await add_member(runtime, "Ben")
    await door.call("add_project_member", project="redesign", member="Ben")
    async with open_door(door.name, runtime, ben) as member:
        [own] = await logged(member, "3h")
    sent = await issued(door)
    await logged(door, "2h")
    entries = (await door.call("list_time_entries"))["time_entries"]
    fresh, locked = [
        one
        for one in sorted(entries, key=lambda one: one["id"] == entry["id"])
        if one["member"] != "Ben"
    ]
    assert fresh["available_actions"] == ["update_time_entry", "delete_time_entry"]
    assert not {"locked", "invoice_id"} & fresh.keys()
    assert (locked["locked"], locked["invoice_id"]) == (True, sent["id"])
    assert locked["available_actions"] == ["get_invoice"]
    assert await door.call("update_time_entry", time_entry=entry["id"], duration="1h") == locked
    async with open_door(door.name, runtime, ben) as member:
        [seen] = (await member.call("list_time_entries"))["time_entries"]
        assert seen["id"] == own["id"]
        assert (seen["locked"], seen["available_actions"]) == (True, [])
        assert "invoice_id" not in seen
    await confirmed(door, "cancel_invoice", invoice=sent["number"])
    entries = (await door.call("list_time_entries"))["time_entries"]
    assert not any({"locked", "invoice_id"} & one.keys() for one in entries)
