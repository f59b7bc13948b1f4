"""No work is left unbilled for good, and no day comes twice, whatever is changed on the way."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import logged, work_at_acme
from houses import Clock, InProcess, Refused
from scenes import House
from scheduling import IN_A_FILE, invoices, noon, outcomes, run_due, runs

from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [pytest.mark.anyio, IN_A_FILE]


async def planned(house: House, rule: str, *durations: str, **given: Any) -> tuple[InProcess, Any]:
    """Schedule Acme's invoices; returns the door, and the arguments that name the schedule."""
    door = InProcess(*house)
    await work_at_acme(door, *durations)
    made = await door.call("create_invoice_schedule", client="Acme", rule=rule, **given)
    return door, {"schedule": made["id"]}


async def test_work_that_is_logged_late_is_billed_by_the_next_one(
    house: House, clock: Clock
) -> None:
    door, _ = await planned(house, "every friday since the last")
    noon(clock, "2026-11-27")
    await run_due(house[0])
    noon(clock, "2026-11-28")
    await logged(door, "5h", date="2026-11-25")
    noon(clock, "2026-12-04")
    await run_due(house[0])
    assert await outcomes(house[0]) == [("2026-11-27", "nothing"), ("2026-12-04", "drafted")]
    assert [row["net"] for row in await invoices(house[0])] == [45_000]


@pytest.mark.ci
async def test_what_is_older_than_the_days_of_a_run_is_told(house: House, clock: Clock) -> None:
    door, schedule = await planned(house, "monthly for the month before")
    await logged(door, "2h", "1h", date="2026-10-05")
    noon(clock, "2026-12-01")
    await run_due(house[0])
    [run] = await runs(house[0])
    assert run["outcome"] == "nothing"
    assert run["warning"] == (
        "3h of before 2026-11-01 stay open: bill them with run_invoice_schedule(period="
        '"2026-10-05..2026-10-31").'
    )
    ran = await door.call("run_invoice_schedule", **schedule, period="2026-10-05..2026-10-31")
    assert ran["invoice"]["subtotal"] == "270.00"
    assert "warning" not in ran["last_run"]


async def test_a_skipped_day_stays_skipped_and_a_due_one_due(house: House, clock: Clock) -> None:
    door, schedule = await planned(house, "every friday", "1h")
    await door.call("skip_invoice_schedule", **schedule)
    await door.call("update_invoice_schedule", **schedule, at="07:00", paused=True)
    resumed = await door.call("update_invoice_schedule", **schedule, paused=False)
    assert resumed["next_dates"][0].startswith("Friday 2026-12-04")
    other = await door.call("update_invoice_schedule", **schedule, rule="last friday of the month")
    assert other["next_dates"][0].startswith("Friday 2026-12-25")
    assert other["last_run"]["outcome"] == "skipped"
    noon(clock, "2026-12-26")
    await door.call("update_invoice_schedule", **schedule, at="06:30", bills="month before")
    with pytest.raises(Refused, match="invoice of Friday 2026-12-25 is due"):
        await door.call("update_invoice_schedule", **schedule, rule="every day")
    await run_due(house[0])
    assert await outcomes(house[0]) == [("2026-11-27", "skipped"), ("2026-12-25", "drafted")]


async def test_days_that_a_wrong_clock_let_come_early_come_again_if_nothing_was_billed(
    house: House, clock: Clock
) -> None:
    door, schedule = await planned(house, "every friday", "1h")
    noon(clock, "2026-12-11")
    await run_due(house[0])
    noon(clock, "2026-11-21")
    await door.call("update_invoice_schedule", **schedule, paused=True)
    resumed = await door.call("update_invoice_schedule", **schedule, paused=False)
    assert resumed["next_dates"][0].startswith("Friday 2026-12-04")
    noon(clock, "2026-12-03")
    await logged(door, "2h")
    noon(clock, "2026-12-04")
    await run_due(house[0])
    days = ["2026-11-27", "2026-12-04", "2026-12-11", "2026-12-04"]
    came_to = ["drafted", "nothing", "nothing", "drafted"]
    assert await outcomes(house[0]) == list(zip(days, came_to, strict=True))
    assert await diagnose(house[0].database_url) == []


async def test_days_that_passed_are_caught_up_with_or_missed(house: House, clock: Clock) -> None:
    door, schedule = await planned(house, "monthly for the month before", "2h")
    noon(clock, "2027-01-05")
    await run_due(house[0])
    await door.call("update_invoice_schedule", **schedule, missed="skip")
    noon(clock, "2027-02-05")
    await run_due(house[0])
    days = ["2026-12-01", "2027-01-01", "2027-02-01"]
    came_to = ["drafted", "nothing", "missed"]
    assert await outcomes(house[0]) == list(zip(days, came_to, strict=True))


async def test_another_rule_bills_what_is_usual_for_it(house: House) -> None:
    door, schedule = await planned(house, "monthly")
    changed = await door.call("update_invoice_schedule", **schedule, rule="quarterly")
    assert changed["next_dates"][0] == "Friday 2027-01-01, for 2026-Q4"
    assert "warnings" not in changed or changed["warnings"] == []
    ending = {"rule": "quarterly, 4 times", "bills": "month before"}
    short = await door.call("update_invoice_schedule", **schedule, **ending)
    assert "work of the days between stays open" in short["warnings"][0]
    longer = await door.call("update_invoice_schedule", **schedule, rule="quarterly, 8 times")
    assert longer["bills"] == "month before"


async def test_what_was_refused_is_to_do_until_it_is_run_or_skipped(
    house: House, clock: Clock
) -> None:
    door, schedule = await planned(house, "monthly for the month before")
    await door.call("create_project", client="Acme", name="Unpriced")
    await door.call("log_time", project="Unpriced", duration="1h")
    noon(clock, "2026-12-20")
    await door.call("log_time", project="Unpriced", duration="1h")
    noon(clock, "2027-01-02")
    await run_due(house[0])
    november, december, *_ = (await door.call("overview"))["to_do_about_money"]
    assert "of Tuesday 2026-12-01, for 2026-11, could not be made: 1h on Unp" in november["what"]
    await door.call("skip_invoice_schedule", **schedule, due="2027-01-01")
    await door.call("update_project", project="Unpriced", hourly_rate="50")
    november, *others = (await door.call("overview"))["to_do_about_money"]
    assert not any("could not be made" in one["what"] for one in others)
    assert december["next_call"]["arguments"]["period"] == "2026-12-01..2026-12-31"
    call = november["next_call"]
    ran = await door.call(call["tool"], **call["arguments"])
    assert ran["invoice"]["subtotal"] == "50.00"
    left = (await door.call("overview"))["to_do_about_money"]
    assert not any("could not be made" in one["what"] for one in left)
    with pytest.raises(Refused, match="is not the next date"):
        await door.call("skip_invoice_schedule", **schedule, due="2026-12-01")


@pytest.mark.ci
async def test_what_is_left_out_is_what_was_meant_whatever_is_named_so_later(
    house: House, clock: Clock
) -> None:
    door, schedule = await planned(house, "every day", "2h", exclude=["redesign", "call"])
    [shown] = (await door.call("list_invoice_schedules"))["schedules"]
    redesign, words = shown["exclude"]
    assert [redesign[:3], words] == ["pr_", "call"]
    for name in ("Redesign two", "Other"):
        await door.call("create_project", client="Acme", name=name, hourly_rate="50")
        await door.call("create_task", project=name, name="Call")
        await door.call("log_time", project=name, task="Call", duration="1h")
    await door.call("log_time", project="Other", duration="1h", note="A call")
    await door.call("log_time", project="Redesign two", duration="30m")
    noon(clock, "2026-11-21")
    await run_due(house[0])
    assert [row["net"] for row in await invoices(house[0])] == [2_500]
    with pytest.raises(Refused, match="fits several"):
        await door.call("create_invoice_schedule", client="Acme", rule="weekly", exclude=["call"])
    assert schedule


@pytest.mark.ci
async def test_a_discount_in_another_currency_is_refused_until_it_is_said_anew(
    house: House, clock: Clock
) -> None:
    door, schedule = await planned(house, "every day", discount="50.00")
    await door.call("update_client", client="Acme", currency="USD", default_rate="90")
    await logged(door, "2h")
    noon(clock, "2026-11-21")
    await run_due(house[0])
    [run] = await runs(house[0])
    assert run["outcome"] == "refused"
    assert "is an amount in EUR, and Acme is billed in USD" in run["reason"]
    await door.call("update_invoice_schedule", **schedule, discount="60.00")
    noon(clock, "2026-11-23")
    await run_due(house[0])
    assert [row["net"] for row in await invoices(house[0])] == [12_000]


@pytest.mark.ci
async def test_what_an_archived_client_is_billed_by_warns(house: House) -> None:
    door, schedule = await planned(house, "every day")
    await door.call("update_client", client="Acme", archived=True)
    shown = await door.call("get_invoice_schedule", **schedule)
    assert "Acme is archived, and is billed all the same" in shown["warnings"][0]
    stopped = await door.call("update_invoice_schedule", **schedule, paused=True)
    assert stopped["warnings"] == []
