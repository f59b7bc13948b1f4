"""Schedules as they are made, shown, changed and refused, and one that comes due."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from billing_scenes import ONE_DOOR, confirmed, logged, work_at_acme
from houses import POSTGRESQL_IN_CI, Clock, Door, InProcess, Refused
from rows import add_member, limit_scopes
from scenes import House, refused
from scheduling import noon, outcomes, run_due

pytestmark = pytest.mark.anyio

MONTHLY = {"client": "Acme", "rule": "monthly on the 1st for the month before"}


@POSTGRESQL_IN_CI
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
    assert [made["at"], made["bills"], made["status"]] == [
        "17:30",
        "until the day before",
        "active",
    ]
    assert made["next_dates"] == [
        "Friday 2026-11-27, until 2026-11-26",
        "Friday 2026-12-11, until 2026-12-10",
        "Friday 2026-12-25, until 2026-12-24",
    ]
    changed = await door.call(
        "update_invoice_schedule", schedule=made["id"], rule="monthly on the last friday"
    )
    assert changed["bills"] == "until the day before"
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
    assert "run_invoice_schedule" not in shown["available_actions"]
    # Whoever may not issue stops it all the same, and starts it no more.
    await drafting.call("update_invoice_schedule", schedule=made["id"], paused=True)
    update = runtime.catalogue.operations["update_invoice_schedule"]
    with pytest.raises(Exception, match="invoices:send"):
        await runtime.invoke(update, drafting.caller, {"schedule": made["id"], "paused": False})
    await confirmed(door, "update_invoice_schedule", schedule=made["id"], paused=False)
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


@pytest.mark.ci
async def test_only_another_rule_plans_anew(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "1h")
    made = await door.call("create_invoice_schedule", client="Acme", rule="every second friday")
    schedule = {"schedule": made["id"]}
    skipped = await door.call("skip_invoice_schedule", **schedule)
    for given in ({"at": "17:30"}, {"bills": "since the last"}, {"rule": "every second friday"}):
        changed = await door.call("update_invoice_schedule", **schedule, **given)
        assert _days(changed) == _days(skipped)
    # A day that came while nothing ran is not lost by a change.
    noon(clock, "2026-12-12")
    changed = await door.call("update_invoice_schedule", **schedule, at="10:00")
    await run_due(runtime)
    assert (await outcomes(runtime))[1:] == [("2026-12-11", "drafted")]
    # Nor is one that is done with planned again.
    noon(clock, "2026-12-11")
    changed = await door.call("update_invoice_schedule", **schedule, rule="every day", at="23:00")
    assert _days(changed)[0] == "2026-12-12"


@pytest.mark.ci
async def test_it_comes_to_its_end(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "1h")
    # Its time of today has passed, so today is none of the two.
    by_count = {"client": "Acme", "rule": "FREQ=DAILY;COUNT=2"}
    made = await door.call("create_invoice_schedule", **by_count)
    assert [made["rule"], _days(made)] == ["every day, 2 times", ["2026-11-21", "2026-11-22"]]
    by_parts = {"frequency": "weekly", "weekday": 4, "until": "2026-12-04"}
    other = await door.call("create_invoice_schedule", client="Acme", every=by_parts)
    assert other["rule"] == "every Friday until 2026-12-04"
    noon(clock, "2026-12-05")
    await run_due(runtime)
    assert len(await outcomes(runtime)) == 4
    shown = (await door.call("list_invoice_schedules", client="Acme"))["schedules"]
    assert [one["status"] for one in shown] == ["ended", "ended"]
    assert "skip_invoice_schedule" not in shown[0]["available_actions"]
    with pytest.raises(Refused, match="No day of it is still to come"):
        await door.call("create_invoice_schedule", client="Acme", rule="daily until 2026-12-04")
    schedule = {"schedule": made["id"]}
    longer = await door.call("update_invoice_schedule", **schedule, rule="daily, 3 times")
    assert longer["status"] == "active"
    assert _days(longer) == ["2026-12-06", "2026-12-07", "2026-12-08"]


@pytest.mark.ci
async def test_running_by_hand_again_is_answered_with_what_was_made(house: House) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    schedule = {"schedule": (await door.call("create_invoice_schedule", **MONTHLY))["id"]}
    first = await door.call("run_invoice_schedule", **schedule, period="today")
    again = await door.call("run_invoice_schedule", **schedule, period="2026-11-20")
    assert again["repeated"] is True
    assert again["invoice"]["id"] == first["invoice"]["id"]
    assert len(await outcomes(runtime)) == 1
    await door.call("delete_invoice", invoice=first["invoice"]["id"])
    anew = await door.call("run_invoice_schedule", **schedule, period="today")
    assert anew["invoice"]["id"] != first["invoice"]["id"]


@pytest.mark.ci
async def test_running_by_hand_again_bills_what_was_logged_since_and_tells_what_is_so_now(
    house: House,
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    schedule = {"schedule": (await door.call("create_invoice_schedule", **MONTHLY))["id"]}
    again = {**schedule, "period": "today"}
    first, other = await asyncio.gather(
        *(door.call("run_invoice_schedule", **again) for _ in range(2))
    )
    assert first["invoice"]["id"] == other["invoice"]["id"]
    await door.call("log_time", project="redesign", duration="1h", note="Late")
    second = await door.call("run_invoice_schedule", **again)
    assert "repeated" not in second
    assert second["invoice"]["id"] != first["invoice"]["id"]
    await door.call("update_invoice_schedule", **schedule, paused=True)
    with pytest.raises(Refused, match="nothing"):
        await door.call("run_invoice_schedule", **again)
    assert len(await outcomes(runtime)) == 2


@pytest.mark.ci
async def test_runs_are_listed_the_last_one_first(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    made = await door.call("create_invoice_schedule", client="Acme", rule="every day")
    schedule = {"schedule": made["id"]}
    noon(clock, "2026-11-23")
    await run_due(runtime)
    page = await door.call("list_invoice_schedule_runs", **schedule, limit=2)
    assert [(one["number"], one["outcome"]) for one in page["runs"]] == [
        (3, "nothing"),
        (2, "nothing"),
    ]
    assert page["runs"][0]["due_date"] == "Monday 2026-11-23"
    rest = await door.call("list_invoice_schedule_runs", **schedule, cursor=page["next_cursor"])
    assert [one["outcome"] for one in rest["runs"]] == ["drafted"]
    assert (await door.call("get_invoice", invoice=rest["runs"][0]["invoice_id"]))["total"]
    assert "next_cursor" not in rest
    other = await door.call("create_client", name="Other")
    with pytest.raises(Refused, match="other filters"):
        await door.call("list_invoice_schedules", client=other["id"], cursor=page["next_cursor"])
    assert (await door.call("list_invoice_schedules", client="Other"))["schedules"] == []


@pytest.mark.ci
async def test_whoever_lets_it_issue_answers_for_it(house: House) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "1h")
    manager = InProcess(runtime, await add_member(runtime, "Mia", role="MANAGER"))
    made = await manager.call("create_invoice_schedule", **MONTHLY)
    changed = await confirmed(door, "update_invoice_schedule", schedule=made["id"], issue=True)
    assert changed["user_id"] != made["user_id"]


def _days(shown: dict[str, Any]) -> list[str]:
    return [text.split()[1].strip(",") for text in shown["next_dates"]]
