"""The doctor sees where a schedule and its runs contradict themselves, and what nobody runs."""

from __future__ import annotations

import pytest
from billing_scenes import work_at_acme
from contradictions import assert_each_is_found
from houses import Clock, InProcess, open_house
from raw_sql import run_raw
from scheduling import noon, run_due

from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

THE_FIRST = "number = 1"
PLANTED = {
    "a state that there is none of": (
        "UPDATE schedule SET state = 'tired'",
        {"schedule.state"},
    ),
    "a day that was done already": (
        "UPDATE schedule SET next_day = '2026-11-27'",
        {"schedule.next_day"},
    ),
    "a day that its rule does not name": (
        "UPDATE schedule SET next_day = '2026-12-12'",
        {"schedule.day"},
    ),
    "a rule that nobody can read": (
        "UPDATE schedule SET rule = 'whenever'",
        {"schedule.unreadable"},
    ),
    "a time of day that there is none of": (
        "UPDATE schedule SET minute_of_day = 9999",
        {"schedule.unreadable"},
    ),
    "a run that was not counted": (
        "UPDATE schedule SET runs = 1",
        {"schedule.runs"},
    ),
    "a run that is lost": (
        f"DELETE FROM schedule_run WHERE {THE_FIRST}",
        {"schedule.runs"},
    ),
    "a run of nothing": (
        f"UPDATE schedule_run SET schedule_id = 'sch_gone' WHERE {THE_FIRST}",
        {"schedule_run.schedule", "schedule.runs"},
    ),
    "two runs for one day": (
        "UPDATE schedule_run SET due_day = '2026-11-27', outcome = 'skipped', invoice_id = NULL",
        {"repeated.schedule_run_day"},
    ),
    "an outcome that there is none of": (
        "UPDATE schedule_run SET outcome = 'tried', invoice_id = NULL WHERE number = 2",
        {"schedule_run.outcome"},
    ),
    "a refusal that does not say why": (
        "UPDATE schedule_run SET outcome = 'refused' WHERE number = 3",
        {"schedule_run.outcome"},
    ),
    "an invoice that is not there": (
        f"UPDATE schedule_run SET invoice_id = 'inv_gone' WHERE {THE_FIRST}",
        {"schedule_run.invoice"},
    ),
    "an invoice of what made none": (
        f"UPDATE schedule_run SET outcome = 'nothing' WHERE {THE_FIRST}",
        {"schedule_run.invoice"},
    ),
    "issued, and without a number": (
        f"UPDATE schedule_run SET outcome = 'issued' WHERE {THE_FIRST}",
        {"schedule_run.invoice"},
    ),
    "one invoice of two runs": (
        "UPDATE schedule_run SET outcome = 'drafted', "
        "invoice_id = (SELECT MIN(invoice_id) FROM schedule_run) WHERE number > 1",
        {"schedule_run.invoice_of_several"},
    ),
}


async def test_what_contradicts_itself_is_found(database_url: str, clock: Clock) -> None:
    async with open_house(database_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door, "2h")
        await door.call("create_invoice_schedule", client="Acme", rule="every friday")
        for day in ("2026-11-27", "2026-12-04", "2026-12-11"):
            noon(clock, day)
            await run_due(runtime)
        assert await diagnose(database_url, now_us=clock.now_us) == []
        clock.advance(hours=7 * 24)
        late = await diagnose(database_url, now_us=clock.now_us)
        assert [one.code for one in late] == ["schedule.overdue"]
    await run_raw(database_url, "DROP INDEX uq_schedule_run_day")
    await assert_each_is_found(database_url, PLANTED)
