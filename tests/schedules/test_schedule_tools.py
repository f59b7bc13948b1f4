"""Schedules as they are made, shown, changed and refused, and one that comes due."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import ONE_DOOR, confirmed, logged, work_at_acme
from houses import Clock, Door, InProcess
from rows import add_member, limit_scopes
from scenes import House, refused
from scheduling import noon, outcomes, run_due

pytestmark = pytest.mark.anyio

MONTHLY = {"client": "Acme", "rule": "monthly on the 1st for the month before"}


async def test_what_is_due_is_drafted_once(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    await door.call("create_invoice_schedule", **MONTHLY)
    noon(clock, "2026-12-01")
    await run_due(runtime)
    await run_due(runtime)
    assert await outcomes(runtime) == [("2026-12-01", "drafted")]


@ONE_DOOR
async def test_a_schedule_says_its_next_dates_in_words(door: Door) -> None:
    await work_at_acme(door)
    given: dict[str, Any] = {"client": "Acme", "at": "17:30", "projects": ["redesign"]}
    made = await door.call(
        "create_invoice_schedule",
        **given,
        every={"frequency": "weekly", "interval": 2, "weekday": 4},
        bills="since the last one",
        starting="next friday",
        notes="Thank you",
    )
    assert made["rule"] == "every second Friday"
    assert [made["at"], made["bills"], made["status"]] == ["17:30", "since the last", "active"]
    assert made["next_dates"] == [
        "Friday 2026-11-27, until 2026-11-26",
        "Friday 2026-12-11, for 2026-11-27..2026-12-10",
        "Friday 2026-12-25, for 2026-12-11..2026-12-24",
    ]
    changed = await door.call(
        "update_invoice_schedule", schedule=made["id"], rule="monthly on the last friday"
    )
    assert changed["bills"] == "since the last"
    assert changed["next_dates"][0].startswith("Friday 2026-11-27")
    assert (await door.call("list_invoice_schedules"))["schedules"] == [changed]


@pytest.mark.ci
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"rule": "every minute"}, "more than once a day"),
        ({"rule": "yearly on 30 february"}, "it names no day"),
        ({"rule": "monthly for ever"}, "names no days"),
        ({"rule": ""}, "is not a rule"),
        ({"bills": "whatever"}, "names no days"),
        ({"at": "25:00"}, "is not a time of day"),
        ({"starting": "2300-01-01"}, "out of reach"),
        ({"every": {"frequency": "weekly", "weekday": 4}}, "Give rule or every, not both"),
        ({"rule": None, "every": {"frequency": "monthly"}}, "Say one day of the month"),
        ({"group_by": "colour"}, "group_by"),
        ({"discount": "110%"}, "discount"),
        ({"projects": ["Other thing"]}, "no project"),
        ({"client": "Nobody"}, "no client"),
    ],
)
async def test_what_cannot_be_a_schedule_is_refused(
    house: House, wrong: dict[str, Any], says: str
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door)
    refusal = await refused(house, door, "create_invoice_schedule", **{**MONTHLY, **wrong})
    assert says in refusal.message


@pytest.mark.ci
async def test_an_equal_schedule_is_not_made_twice(house: House) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door)
    made = await door.call("create_invoice_schedule", **MONTHLY)
    refusal = await refused(house, door, "create_invoice_schedule", **MONTHLY)
    assert made["id"] in refusal.message


@pytest.mark.ci
async def test_issuing_by_itself_takes_the_right_to_issue_and_a_yes(house: House) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "1h")
    drafting = InProcess(runtime, await add_member(runtime, "Dan", role="MANAGER"))
    await limit_scopes(runtime, "Dan", without="invoices:send")
    made = await drafting.call("create_invoice_schedule", **MONTHLY)
    for operation, given in (
        ("create_invoice_schedule", {**MONTHLY, "rule": "weekly", "issue": True}),
        ("update_invoice_schedule", {"schedule": made["id"], "issue": True}),
    ):
        one = runtime.catalogue.operations[operation]
        with pytest.raises(Exception, match="invoices:send"):
            await runtime.invoke(one, drafting.caller, given)
    changed = await confirmed(door, "update_invoice_schedule", schedule=made["id"], issue=True)
    assert changed["issue"] is True
    shown = (await drafting.call("list_invoice_schedules"))["schedules"][0]
    assert shown["available_actions"] == ["skip_invoice_schedule", "delete_invoice_schedule"]
    schedule = {"schedule": made["id"]}
    assert (await door.call("update_invoice_schedule", **schedule, paused=True))["status"]
    asked = await door.call("update_invoice_schedule", **schedule, paused=False)
    assert asked["would"].startswith("Issue the invoices to Acme that come monthly on the 1st")


@pytest.mark.ci
async def test_what_running_by_hand_would_issue_is_shown_and_bound(house: House) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "1h")
    made = await confirmed(door, "create_invoice_schedule", **MONTHLY, issue=True)
    given = {"schedule": made["id"], "period": "today"}
    asked = await door.call("run_invoice_schedule", **given)
    assert asked["would"].startswith("Issue an invoice to Acme over 107.10 EUR for 2026-11-20")
    await logged(door, "1h")
    refusal = await refused(house, door, "run_invoice_schedule", **given, confirm=asked["confirm"])
    assert "Something has changed" in refusal.message
