"""Schedules in a house, and runners that a test leads by the hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from houses import Clock
from rows import everything

from hoursmith_mcp.core.instants import load_zone, wall_time_us
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schedules.runner import Runner


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
