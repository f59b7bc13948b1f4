"""Schedules in a house, and runners that a test leads by the hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from houses import Clock, Door
from rows import everything
from sqlalchemy import insert

from hoursmith_mcp.core.instants import load_zone, wall_time_us
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schedules.runner import Runner
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.store.tables import Table

MONTHLY = "monthly on the 1st for the month before"

IN_A_FILE = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.ci)],
    indirect=True,
)
"""For what lies above the database: every day on SQLite, in `ci` on both."""


def noon(clock: Clock, day: str, zone: str = "UTC") -> None:
    """Let it be noon of a day."""
    clock.now_us = wall_time_us(date.fromisoformat(day), 12 * 60, load_zone(zone))


def at(clock: Clock, instant: str) -> None:
    """Let it be an instant of RFC 3339."""
    moment = datetime.fromisoformat(instant).astimezone(UTC)
    clock.now_us = int(moment.timestamp()) * 1_000_000


async def run_due(runtime: Runtime) -> None:
    """Run all that is due, what is caught up with included."""
    runner = Runner(runtime)
    while await runner.look() == 0:
        pass


async def runs(runtime: Runtime) -> list[dict[str, Any]]:
    """Return all runs in their order."""
    rows = (await everything(runtime))["schedule_run"]
    return sorted(rows, key=lambda row: (row["schedule_id"], row["number"]))


async def outcomes(runtime: Runtime) -> list[tuple[Any, str]]:
    """Return the day and the outcome of each run."""
    return [(row["due_day"], row["outcome"]) for row in await runs(runtime)]


async def invoices(runtime: Runtime) -> list[dict[str, Any]]:
    """Return all invoices, the oldest first."""
    rows = (await everything(runtime))["invoice"]
    return sorted(rows, key=lambda row: int(row["created_at"]))


async def scheduled(door: Door, rule: str = MONTHLY, **given: Any) -> Any:
    """Schedule the invoices to Acme."""
    return await door.call("create_invoice_schedule", client="Acme", rule=rule, **given)


async def the_schedule(door: Door) -> Any:
    """Return the schedule that there is."""
    [one] = (await door.call("list_invoice_schedules"))["schedules"]
    return one


async def copied(runtime: Runtime, table_name: str, *copies: dict[str, Any]) -> None:
    """Put copies of the only row of a table beside it, each with some values of its own."""
    [row] = (await everything(runtime))[table_name]

    async def unit(session: Session) -> None:
        for copy in copies:
            await session.unscoped(insert(Table.metadata.tables[table_name]), {**row, **copy})

    await (await runtime.database()).write(unit)
