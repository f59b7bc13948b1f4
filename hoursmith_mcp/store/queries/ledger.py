"""Events and activity: written with the change that they tell of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, update

from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.tables import Activity, Event, EventCounter
from hoursmith_mcp.store.tenancy import scoped

_COUNT = scoped(update(core_table(EventCounter)).values(last_sequence=bindparam("sequence")))


async def write_changes(
    session: Session, events: list[dict[str, Any]], activities: list[dict[str, Any]]
) -> None:
    """Add events and activity rows, and move the organisation's event counter along."""
    await session.insert(Event, *events)
    await session.insert(Activity, *activities)
    await session.change(_COUNT, sequence=events[-1]["sequence"])


async def write_activity(session: Session, **row: Any) -> None:
    """Add one line of activity, of what is told to people and is no event for machines."""
    await session.insert(Activity, {**row, "at": session.now_us})
