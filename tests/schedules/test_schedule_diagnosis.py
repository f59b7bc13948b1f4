"""The doctor sees where a schedule and its runs contradict themselves, and what nobody runs."""

from __future__ import annotations

import pytest
from billing_scenes import work_at_acme
from houses import Clock, InProcess, open_house
from raw_sql import run_raw
from scheduling import noon, run_due
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from hoursmith_mcp.store.database import read_url
from hoursmith_mcp.store.diagnosis import diagnose
from hoursmith_mcp.store.diagnosis.invariants import broken_invariants

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
    if database_url.startswith("sqlite"):  # What is planted is what the rules would refuse.
        names = await run_raw(database_url, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
        await run_raw(database_url, *(f"DROP TRIGGER {name}" for (name,) in names))
    await run_raw(database_url, "DROP INDEX uq_schedule_run_day")
    found = {what: await _codes_after(database_url, sql) for what, (sql, _) in PLANTED.items()}
    assert found == {what: wanted for what, (_, wanted) in PLANTED.items()}


async def _codes_after(database_url: str, statement: str) -> set[str]:
    """Examine what a statement makes of a house, and take it back."""
    engine = create_async_engine(read_url(database_url), poolclass=NullPool)
    async with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        changed = await connection.exec_driver_sql(statement)
        assert changed.rowcount, statement
        breaches = await connection.run_sync(broken_invariants)
        await connection.rollback()
    await engine.dispose()
    assert all(one.way_out for one in breaches)
    return {one.code for one in breaches}
