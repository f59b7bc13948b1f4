"""How PostgreSQL reads for a report: by a plan for the very days that are asked about."""

from __future__ import annotations

import pytest
from billing_scenes import work_at_acme
from houses import Clock, InProcess, open_house
from sqlalchemy import text

from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.session import Session

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

OFTEN = 14
"""From the sixth time on, in one connection of two, PostgreSQL may keep one plan for all values."""
TEN_YEARS = {"from_date": "2016-11-01", "to_date": "2026-11-20"}

_PLANS = text("""
    SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements
    WHERE statement LIKE 'SELECT %sum(%'""")


async def test_a_report_is_planned_for_its_days_however_often_it_was_asked_for(
    founded_postgresql_url: str, clock: Clock
) -> None:
    async with open_house(founded_postgresql_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door, "2h")
        for _ in range(OFTEN):
            await door.call("report", kind="time", group_by="month", **TEN_YEARS)
        plans = await plans_of_sums(runtime)
    assert plans
    assert not [plan for plan in plans if plan[1]], "a plan is kept, whatever the days are"


async def plans_of_sums(runtime: Runtime) -> list[tuple[str, int, int]]:
    """Return how often each sum was planned for any values and for its own, by any connection."""
    found: list[tuple[str, int, int]] = []

    async def look(session: Session) -> None:
        found.extend(tuple(row) for row in await session.unscoped(_PLANS))

    database = await runtime.database()
    for _ in range(OFTEN):  # connections are taken in turns
        await database.read(look)
    return found
