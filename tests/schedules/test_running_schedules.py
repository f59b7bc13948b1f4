"""What is due is run once, as its owner would have billed it, whatever else happens."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from billing_scenes import confirmed, issued, logged, work_at_acme
from houses import Clock, InProcess, Refused
from rows import add_member, events, everything
from scenes import House
from scheduling import MONTHLY, at, invoices, noon, outcomes, run_due, runs, scheduled, the_schedule

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schedules.runner import Runner

pytestmark = [pytest.mark.anyio, pytest.mark.ci]


async def told(runtime: Runtime) -> list[str]:
    """Return the types of the events of schedules, and of the invoices that were made."""
    kinds = ("schedule", "invoice")
    return [one["type"] for one in await events(runtime) if one["type"].split(".")[0] in kinds]


async def test_a_due_schedule_drafts_what_its_owner_would(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h", "30m")
    made = await scheduled(door, group_by="entry", discount="10%", exclude=["nothing like it"])
    assert made["next_dates"] == [
        "Tuesday 2026-12-01, for 2026-11",
        "Friday 2027-01-01, for 2026-12",
        "Monday 2027-02-01, for 2027-01",
    ]
    await run_due(runtime)
    assert await runs(runtime) == []
    noon(clock, "2026-12-01")
    await logged(door, "4h")
    wanted = {"client": "Acme", "period": "2026-11", "group_by": "entry", "discount": "10%"}
    proposed = await door.call("preview_invoice", **wanted)
    await run_due(runtime)
    shown = await the_schedule(door)
    assert shown["last_run"] | {"at": "", "invoice_id": ""} == {
        "number": 1,
        "due_date": "Tuesday 2026-12-01",
        "outcome": "drafted",
        "invoice_id": "",
        "period": "2026-11",
        "at": "",
    }
    assert shown["next_dates"][0] == "Friday 2027-01-01, for 2026-12"
    draft = await door.call("get_invoice", invoice=shown["last_run"]["invoice_id"])
    assert draft["status"] == "DRAFT"
    assert [draft["total"], draft["grouped_by"]] == [proposed["total"], "entry"]
    assert (await told(runtime))[-2:] == ["invoice.created", "schedule.ran"]
    [line] = (await door.call("list_activity", tool="run_due_invoice_schedule", limit=1))[
        "activity"
    ]
    assert line["door"] == "schedule"


async def test_days_that_passed_are_caught_up_with_one_by_one(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    await scheduled(door)
    noon(clock, "2026-12-20")
    await logged(door, "1h")
    noon(clock, "2027-03-05")
    await run_due(runtime)
    assert await outcomes(runtime) == [
        ("2026-12-01", "drafted"),
        ("2027-01-01", "drafted"),
        ("2027-02-01", "nothing"),
        ("2027-03-01", "nothing"),
    ]
    assert sorted(row["net"] for row in await invoices(runtime)) == [9_000, 18_000]


async def test_days_that_passed_are_left_out_where_that_is_wanted(
    house: House, clock: Clock
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    await scheduled(door, "every day", missed="skip", starting="2026-11-29")
    noon(clock, "2026-12-01")
    await run_due(runtime)
    assert await outcomes(runtime) == [
        ("2026-11-29", "missed"),
        ("2026-11-30", "missed"),
        ("2026-12-01", "drafted"),
    ]
    assert (await told(runtime)).count("schedule.missed") == 2
    at(clock, "2026-12-02T06:59:59Z")
    await door.call(
        "update_invoice_schedule", schedule=(await the_schedule(door))["id"], at="23:59"
    )
    at(clock, "2026-12-03T00:20:00Z")
    await logged(door, "1h", date="2026-12-01")
    await run_due(runtime)
    assert (await outcomes(runtime))[-1] == ("2026-12-02", "drafted")


async def test_what_is_issued_has_its_number_and_asked_once(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    given: dict[str, Any] = {"client": "Acme", "rule": MONTHLY, "issue": True}
    asked = await door.call("create_invoice_schedule", **given)
    assert asked["would"].startswith(
        "Issue an invoice to Acme monthly on the 1st, from Tuesday 2026-12-01 on, each over the "
        "work of the month before, with a number each"
    )
    await door.call("create_invoice_schedule", **given, confirm=asked["confirm"])
    noon(clock, "2026-12-01")
    await run_due(runtime)
    [invoice] = await invoices(runtime)
    assert invoice["status"] == "SENT"
    assert invoice["number"] == "INV-2026-0001"
    assert (await told(runtime))[-3:] == ["invoice.created", "invoice.sent", "schedule.ran"]


async def test_what_cannot_be_issued_stays_a_draft_and_is_told(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    await door.call("set_up", invoice_number_pattern="A{number}{dd}")
    assert (await issued(door))["number"] == "A120"
    await door.call("set_up", invoice_number_pattern="a1{number}0")
    await logged(door, "1h")
    await confirmed(door, "create_invoice_schedule", client="Acme", rule=MONTHLY, issue=True)
    noon(clock, "2026-12-01")
    await run_due(runtime)
    *_, draft = await invoices(runtime)
    assert draft["status"] == "DRAFT"
    shown = await the_schedule(door)
    assert "a second time" in shown["last_run"]["reason"]
    assert (await told(runtime))[-2:] == ["invoice.created", "schedule.failed"]


async def test_what_stands_in_the_way_is_told_and_nothing_is_made(
    house: House, clock: Clock
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await door.call("create_client", name="Acme", currency="EUR")
    await door.call("create_project", client="Acme", name="Redesign")
    await door.call("log_time", project="Redesign", duration="1h")
    await scheduled(door)
    noon(clock, "2026-12-01")
    await run_due(runtime)
    shown = await the_schedule(door)
    assert shown["last_run"]["outcome"] == "refused"
    assert "have no rate in EUR" in shown["last_run"]["reason"]
    assert shown["status"] == "active"
    assert (await told(runtime))[-1] == "schedule.failed"
    everything_there = await everything(runtime)
    assert everything_there["invoice"] == everything_there["proposal"] == []
    await door.call("update_client", client="Acme", default_rate="90")
    ran = await door.call("run_invoice_schedule", schedule=shown["id"], period="november")
    assert ran["invoice"]["subtotal"] == "90.00"
    assert ran["next_dates"][0].startswith("Friday 2027-01-01")


async def test_one_whose_owner_lost_the_right_is_paused_until_somebody_resumes_it(
    house: House, clock: Clock
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    manager = InProcess(runtime, await add_member(runtime, "Mia", role="MANAGER"))
    made = await scheduled(manager)
    await door.call("update_member", member="Mia", role="MEMBER")
    noon(clock, "2026-12-01")
    await asyncio.gather(*(run_due(runtime) for _ in range(3)))
    shown = await the_schedule(door)
    assert shown["status"] == "paused"
    assert shown["paused_because"] == "Whoever it belongs to may not bill any more."
    assert await outcomes(runtime) == [("2026-12-01", "refused")]
    assert (await told(runtime))[-1] == "schedule.failed"
    [to_do, *others] = (await door.call("overview"))["to_do_about_money"]
    assert "are paused: Whoever it belongs to" in to_do["what"]
    reader = (await issue_token(runtime, name="reader", scopes=["invoices:read"])).token
    shown = await InProcess(runtime, Caller(door="test", token=reader)).call("overview")
    assert [one["what"] for one in shown["to_do_about_money"]] == [one["what"] for one in others]
    resumed = await door.call("update_invoice_schedule", schedule=made["id"], paused=False)
    assert resumed["user_id"] != made["user_id"]
    noon(clock, "2027-01-01")
    await logged(door, "1h", date="2026-12-15")
    await run_due(runtime)
    assert (await outcomes(runtime))[-1] == ("2027-01-01", "drafted")


async def test_a_removed_owner_and_a_client_that_is_gone_pause_it(
    house: House, clock: Clock
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await door.call("create_client", name="Acme", currency="EUR")
    manager = InProcess(runtime, await add_member(runtime, "Mia", role="MANAGER"))
    await scheduled(manager)
    await confirmed(door, "remove_member", member="Mia")
    noon(clock, "2026-12-01")
    await run_due(runtime)
    assert (await the_schedule(door))["paused_because"]
    await door.call(
        "update_invoice_schedule", schedule=(await the_schedule(door))["id"], paused=False
    )
    await confirmed(door, "delete_client", client="Acme")
    noon(clock, "2027-01-01")
    await run_due(runtime)
    assert "client" in (await the_schedule(door))["paused_because"]


async def test_pausing_and_skipping_leave_days_out(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    made = await scheduled(door, "every friday")
    schedule = {"schedule": made["id"]}
    skipped = await door.call("skip_invoice_schedule", **schedule)
    assert skipped["next_dates"][0].startswith("Friday 2026-12-04")
    paused = await door.call("update_invoice_schedule", **schedule, paused=True)
    assert paused["status"] == "paused"
    assert "next_dates" not in paused or paused["next_dates"] == []
    with pytest.raises(Refused, match="no next date"):
        await door.call("skip_invoice_schedule", **schedule)
    noon(clock, "2026-12-12")
    await run_due(runtime)
    resumed = await door.call("update_invoice_schedule", **schedule, paused=False)
    assert resumed["next_dates"][0].startswith("Friday 2026-12-18")
    gone = await door.call("delete_invoice_schedule", **schedule)
    assert (gone["id"], gone["status"]) == (made["id"], "deleted")
    assert "next_dates" not in gone or gone["next_dates"] == []
    noon(clock, "2026-12-19")
    await run_due(runtime)
    assert await outcomes(runtime) == [("2026-11-27", "skipped")]


async def test_running_by_hand_bills_now_and_moves_no_date(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door)
    await logged(door, "2h", date="2026-11-19")
    made = await confirmed(
        door, "create_invoice_schedule", client="Acme", rule="every friday", issue=True
    )
    ran = await confirmed(door, "run_invoice_schedule", schedule=made["id"])
    assert ran["invoice"]["number"] == "INV-2026-0001"
    assert ran["last_run"]["outcome"] == "issued"
    assert ran["next_dates"][0] == made["next_dates"][0]
    with pytest.raises(Refused, match="nothing of Acme"):
        await door.call("run_invoice_schedule", schedule=made["id"])
    assert (await told(runtime))[-3:] == ["invoice.created", "invoice.sent", "schedule.ran"]


async def test_the_wall_clock_of_the_organisation_decides(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    await scheduled(door, at="08:00")
    await door.call("set_up", time_zone="Pacific/Auckland")
    at(clock, "2026-11-30T18:59:59Z")
    assert 0 < await Runner(runtime).look() <= 1
    assert await runs(runtime) == []
    clock.advance(seconds=1)
    await run_due(runtime)
    assert await outcomes(runtime) == [("2026-12-01", "drafted")]
