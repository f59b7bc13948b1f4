"""What issues by itself asks before it issues otherwise; what was done to it can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import confirmed, work_at_acme
from houses import Clock, InProcess
from rows import add_member, limit_scopes
from scenes import House, refused
from scheduling import IN_A_FILE, invoices, noon, outcomes, run_due, scheduled, the_schedule

from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [pytest.mark.anyio, pytest.mark.ci, IN_A_FILE]

YEARLY: dict[str, Any] = {"client": "Acme", "rule": "yearly on 1 march", "issue": True}


@pytest.fixture
async def door(house: House) -> InProcess:
    """Return a door to work at Acme."""
    door = InProcess(*house)
    await work_at_acme(door, "2h")
    return door


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "every day"},
        {"every": {"frequency": "daily"}},
        {"bills": "month before"},
        {"starting": "2028-01-01"},
        {"at": "23:00"},
        {"projects": ["Website redesign"]},
        {"exclude": ["internal"]},
        {"notes": "Thank you"},
    ],
    ids=str,
)
async def test_what_issues_asks_before_it_issues_otherwise(
    door: InProcess, change: dict[str, Any]
) -> None:
    made = await confirmed(door, "create_invoice_schedule", **YEARLY)
    given = {"schedule": made["id"], **change}
    asked = await door.call("update_invoice_schedule", **given)
    assert asked["would"].startswith("Issue the invoices to Acme that come ")
    assert (await the_schedule(door))["updated_at"] == made["updated_at"]
    changed = await door.call("update_invoice_schedule", **given, confirm=asked["confirm"])
    said = [
        changed["rule"],
        changed["at"],
        changed["bills"],
        changed["next_dates"][0].split(",")[0],
    ]
    assert all(part in asked["would"] for part in said)
    told: list[str] = change.get("projects") or change.get("exclude") or []
    assert [text for text in told if text not in asked["would"]] == [], asked["would"]


async def test_catching_up_with_what_would_be_issued_is_asked(door: InProcess) -> None:
    made = await confirmed(door, "create_invoice_schedule", **YEARLY, missed="skip")
    schedule = {"schedule": made["id"]}
    asked = await door.call("update_invoice_schedule", **schedule, missed="catch_up")
    assert "Dates that pass while nothing runs are made up for" in asked["would"]


async def test_what_is_stopped_drafts_or_stays_as_it_is_asks_nothing(door: InProcess) -> None:
    made = await confirmed(door, "create_invoice_schedule", **YEARLY)
    schedule = {"schedule": made["id"]}
    assert (await door.call("update_invoice_schedule", **schedule, at="06:00"))["at"] == "06:00"
    changes: list[dict[str, Any]] = [
        {"missed": "skip"},
        {"issue": False, "rule": "every day"},
        {"paused": True},
    ]
    for change in changes:
        assert "would" not in await door.call("update_invoice_schedule", **schedule, **change)


async def test_what_it_bills_is_changed_and_taken_back(
    house: House, door: InProcess, clock: Clock
) -> None:
    for name in ("Website", "Internal"):
        await door.call("create_project", client="Acme", name=name, hourly_rate="50")
        await door.call("log_time", project=name, duration="1h")
    made = await door.call(
        "create_invoice_schedule", client="Acme", rule="every day", exclude=["internal"], notes="A"
    )
    schedule = {"schedule": made["id"]}
    clock.advance(seconds=1)
    wanted: dict[str, Any] = {
        "projects": ["Website", "Redesign"],
        "group_by": "project",
        "discount": "10%",
    }
    changed = await door.call("update_invoice_schedule", **schedule, **wanted, po_number="7")
    assert await door.call("get_invoice_schedule", **schedule) == changed
    assert [changed["exclude"], changed["notes"], changed["po_number"]] == [
        made["exclude"],
        "A",
        "7",
    ]
    assert len(changed["project_ids"]) == 2
    assert changed["next_dates"] == made["next_dates"]
    again = await door.call(
        "update_invoice_schedule", **schedule, projects=changed["project_ids"], discount="10%"
    )
    assert again["updated_at"] == changed["updated_at"]
    cleared: dict[str, Any] = {"projects": ["website"], "exclude": [], "notes": "", "discount": ""}
    left = await door.call("update_invoice_schedule", **schedule, **cleared)
    assert [left.get("notes"), left.get("discount")] == [None, None]
    noon(clock, "2026-11-21")
    await run_due(house[0])
    assert [row["net"] for row in await invoices(house[0])] == [5_000]
    [line, *_] = (await door.call("list_activity", tool="update_invoice_schedule"))["activity"]
    refusal = await refused(house, door, "undo", activity=line["id"])
    assert "changed the same since with run_due_invoice_schedule" in refusal.message
    clock.advance(seconds=1)
    await door.call("update_invoice_schedule", **schedule, exclude=["redesign"], projects=[])
    await door.call("undo")
    shown = await the_schedule(door)
    assert [shown["project_ids"], shown["exclude"]] == [left["project_ids"], []]


async def test_what_another_could_not_say_no_change_says(house: House, door: InProcess) -> None:
    made = await scheduled(door, "every day")
    twin = await scheduled(door, "every day", notes="Thank you")
    await door.call("create_client", name="Other")
    await door.call("create_project", client="Other", name="Elsewhere")
    wrong: dict[str, dict[str, Any]] = {
        "is a project of Other": {"projects": ["Elsewhere"]},
        "no project": {"projects": ["Nothing"]},
        "group_by": {"group_by": "colour"},
        "discount": {"discount": "110%"},
        made["id"]: {"notes": ""},
        "client": {"client": "Other"},
    }
    for says, change in wrong.items():
        given = {"schedule": twin["id"], **change}
        assert says in (await refused(house, door, "update_invoice_schedule", **given)).message


async def test_making_changing_and_deleting_one_is_taken_back(
    house: House, door: InProcess, clock: Clock
) -> None:
    clock.advance(seconds=1)
    made = await door.call("create_invoice_schedule", client="Acme", rule="every day")
    schedule = {"schedule": made["id"]}
    clock.advance(seconds=1)
    await door.call("update_invoice_schedule", **schedule, rule="yearly", at="09:00", paused=True)
    await door.call("undo")
    shown = await the_schedule(door)
    assert {**shown, "updated_at": ""} == {**made, "updated_at": ""}
    clock.advance(seconds=1)
    await door.call("delete_invoice_schedule", **schedule)
    assert (await door.call("list_invoice_schedules"))["schedules"] == []
    await door.call("undo")
    noon(clock, "2026-11-21")
    await run_due(house[0])
    assert await outcomes(house[0]) == [("2026-11-21", "drafted")]
    [line] = (await door.call("list_activity", tool="create_invoice_schedule"))["activity"]
    refusal = await refused(house, door, "undo", activity=line["id"])
    assert "changed the same since with run_due_invoice_schedule" in refusal.message
    assert "another schedule" not in str(made)
    clock.advance(seconds=1)
    other = await door.call("create_invoice_schedule", client="Acme", rule="weekly")
    (warning,) = other["warnings"]
    assert warning.startswith(f"Acme has another schedule, {made['id']}")
    await door.call("undo")
    assert (await the_schedule(door))["id"] != other["id"]
    assert await diagnose(house[0].database_url) == []


async def test_one_that_was_deleted_does_not_come_back_beside_its_twin(
    house: House, door: InProcess
) -> None:
    wanted = {"client": "Acme", "rule": "every day"}
    made = await door.call("create_invoice_schedule", **wanted)
    await door.call("delete_invoice_schedule", schedule=made["id"])
    [line] = (await door.call("list_activity", tool="delete_invoice_schedule"))["activity"]
    twin = await door.call("create_invoice_schedule", **wanted)
    refusal = await refused(house, door, "undo", activity=line["id"])
    assert twin["id"] in refusal.message


async def test_nobody_lets_one_issue_again_who_may_not_issue(house: House, door: InProcess) -> None:
    made = await confirmed(door, "create_invoice_schedule", **YEARLY)
    drafting = InProcess(house[0], await add_member(house[0], "Dan", role="MANAGER"))
    await limit_scopes(house[0], "Dan", without="invoices:send")
    await drafting.call("delete_invoice_schedule", schedule=made["id"])
    refusal = await refused(house, drafting, "undo")
    assert "invoices:send" in refusal.message
    assert (await door.call("list_invoice_schedules"))["schedules"] == []
