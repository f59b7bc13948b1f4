"""Events, read again: for whoever wants to be sure that nothing was missed."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.access.telling import types_to_tell
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.event_patterns import ALL, read_patterns
from hoursmith_mcp.core.instants import DAY_US, instant_text
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.arguments import Limit, Line
from hoursmith_mcp.schemas.event_types import EVENT_TYPES, event_type
from hoursmith_mcp.schemas.told import EventOut, EventPage

KEPT_US = 30 * DAY_US


@operation(
    toolset="webhooks",
    scope=Scope.ACTIVITY_READ,
    least=Role.ADMIN,
    rest="GET /events",
    rest_defaults={"limit": 50},
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_events(
    call: Call,
    after: Annotated[Line, Field(description="Id of the last event that you have.")] | None = None,
    types: Annotated[list[Line], Field(description="Types of events: invoice.paid, task.*.")]
    | None = None,
    limit: Limit = 20,
) -> EventPage:
    """List events as webhooks are sent them, the oldest first: after one, or of 30 days."""
    with reading("types"):
        patterns = read_patterns(types or [ALL], EVENT_TYPES)
    wanted = types_to_tell(patterns, call.actor.scopes)
    if after:
        rows = await call.store.events.after(after, types=wanted, limit=limit + 1)
    else:
        since_us = call.now_us - KEPT_US
        rows = await call.store.events.since(since_us, types=wanted, limit=limit + 1)
    shown = rows[:limit]
    return EventPage(
        events=[
            EventOut(
                id=row.id,
                type=row.type,
                timestamp=instant_text(row.occurred_at),
                version=row.version,
                data=event_type(row.type).data(json.loads(row.data)),
            )
            for row in shown
        ],
        next_cursor=shown[-1].id if len(rows) > limit else None,
    )
