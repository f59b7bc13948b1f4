"""Events and activity: written with the change that they tell of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, update

from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Activity, Event, EventCounter
from hoursmith_mcp.store.tenancy import scoped

_TURN = scoped(select(core_table(EventCounter)).with_for_update())
_COUNT = scoped(update(core_table(EventCounter)).values(last_sequence=bindparam("sequence")))


async def write_changes(
    session: Session, events: list[dict[str, Any]], activities: list[dict[str, Any]]
) -> None:
    """Add events and activity rows, and move the organisation's event counter along."""
    await session.insert(Activity, *activities)
    if events:
        await session.insert(Event, *events)
        await session.change(_COUNT, sequence=events[-1]["sequence"])


async def take_turn(session: Session) -> int:
    """Wait for the turn among the organisation's writers; returns the number of the last event."""
    (counter,) = await session.all(EventCounter, _TURN)
    return counter.last_sequence


async def write_event(session: Session, **row: Any) -> None:
    """Add one event of what happened by itself, in its turn among those of its organisation."""
    sequence = await take_turn(session) + 1
    await session.insert(Event, {**row, "sequence": sequence, "occurred_at": session.now_us})
    await session.change(_COUNT, sequence=sequence)


async def write_activity(session: Session, **row: Any) -> None:
    """Add one line of activity, of what is told to people and is no event for machines."""
    await session.insert(Activity, {**row, "at": session.now_us})
