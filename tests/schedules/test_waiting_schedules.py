"""What cannot be read or run keeps nothing else from being run, and is given up in the end."""

from __future__ import annotations

import pytest
from billing_scenes import work_at_acme
from houses import Clock, InProcess
from raw_sql import run_raw
from scenes import House, refused
from scheduling import copied, noon, outcomes, run_due, runs, scheduled, the_schedule
from sqlalchemy import text

from hoursmith_mcp.schedules import runner
from hoursmith_mcp.schedules.runner import Runner
from hoursmith_mcp.store.diagnosis import diagnose
from hoursmith_mcp.store.session import Session

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

SPOILT = {
    "rule": "rule = 'whenever'",
    "first day": "start_day = '2026-02-31'",
    "time of day": "minute_of_day = 9999",
    "days": "billed = 'some'",
    "selection": """selection = '{"exclude": "internal"}'""",
    "next date": "next_day = '2026-02-31'",
}
"""What another program may have written into the row of a schedule."""


async def test_a_zone_that_is_unknown_here_stops_no_other_organisation(
    house: House, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    await door.call("create_invoice_schedule", client="Acme", rule="every day")
    await copied(runtime, "organization", {"id": "org_far", "time_zone": "Mars/Olympus"})
    await copied(runtime, "schedule", {"id": "sch_0", "organization_id": "org_far"})
    noon(clock, "2026-11-21")
    await Runner(runtime).look()
    assert await outcomes(runtime) == [("2026-11-21", "drafted")]
    assert 'sch_0 waits: "Mars/Olympus" is not a time zone' in caplog.text
    found = await diagnose(runtime.database_url, now_us=clock.now_us)
    of_the_zone = [one for one in found if "Mars/Olympus" in one.message]
    assert [one.code for one in of_the_zone] == ["organization.zone"]
    assert "set_up(time_zone=…)" in of_the_zone[0].way_out


async def test_what_fails_by_a_fault_each_time_is_refused_in_the_end(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    await door.call("create_invoice_schedule", client="Acme", rule="every day")

    async def spoil(session: Session) -> None:
        spoilt = "UPDATE client SET rounding_minutes = 6, rounding_mode = 'sideways'"
        await session.unscoped(text(spoilt))

    await (await runtime.database()).write(spoil)
    monkeypatch.setattr(runner, "AFTER_FAULT_SECONDS", 0.0)
    noon(clock, "2026-11-21")
    await run_due(runtime)
    [run] = await runs(runtime)
    assert [run["outcome"], run["last_day"]] == ["refused", "2026-11-20"]
    assert "again and again by a fault" in run["reason"]
    [shown] = (await door.call("list_invoice_schedules"))["schedules"]
    assert [shown["status"], shown["next_dates"][0].split(",")[0]] == [
        "active",
        "Sunday 2026-11-22",
    ]


async def test_what_cannot_be_read_is_paused_and_told_and_deleted(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    ids: dict[str, str] = {}
    for hour, (word, spoilt) in enumerate(SPOILT.items()):
        made = await scheduled(door, "every day", at=f"0{hour}:00")
        ids[word] = made["id"]
        await run_raw(
            runtime.database_url, f"UPDATE schedule SET {spoilt} WHERE id = '{made['id']}'"
        )
    sound = await scheduled(door, "every day", at="09:00")
    monkeypatch.setattr(runner, "AFTER_FAULT_SECONDS", 0.0)
    noon(clock, "2026-11-21")
    await run_due(runtime)
    by_id = {run["schedule_id"]: run["outcome"] for run in await runs(runtime)}
    assert by_id == {**dict.fromkeys(ids.values(), "refused"), sound["id"]: "drafted"}
    for word, schedule_id in ids.items():
        shown = await door.call("get_invoice_schedule", schedule=schedule_id)
        assert shown["paused_because"].startswith(f"What is stored as its {word} cannot be read.")
        assert shown["last_run"]["reason"] == shown["paused_because"]
        assert [shown["status"], shown["available_actions"]] == [
            "paused",
            ["delete_invoice_schedule"],
        ]
    [first, *_] = (await door.call("overview"))["to_do_about_money"]
    offered = first["next_call"]
    shown = await door.call(offered["tool"], **offered["arguments"])
    assert shown["paused_because"] in first["what"]
    schedule = {"schedule": shown["id"]}
    for operation in ("run_invoice_schedule", "skip_invoice_schedule", "update_invoice_schedule"):
        refusal = await refused(house, door, operation, **schedule)
        assert refusal.message == shown["paused_because"]
    for schedule_id in ids.values():
        await door.call("delete_invoice_schedule", schedule=schedule_id)
    assert (await the_schedule(door))["id"] == sound["id"]


async def test_what_cannot_even_be_noted_is_paused(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    made = await door.call("create_invoice_schedule", client="Acme", rule="every day")
    noon(clock, "2026-11-21")
    await run_due(runtime)
    # Its next run has a number that is taken.
    await run_raw(runtime.database_url, "UPDATE schedule SET runs = 0")
    monkeypatch.setattr(runner, "AFTER_FAULT_SECONDS", 0.0)
    noon(clock, "2026-11-22")
    await run_due(runtime)
    shown = await door.call("get_invoice_schedule", schedule=made["id"])
    assert [shown["status"], len(await runs(runtime))] == ["paused", 1]
    assert "again and again by a fault" in shown["paused_because"]
