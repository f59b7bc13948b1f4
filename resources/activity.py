"""Who changed what, to be read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.activity import ActivityPage, activity_out
from hoursmith_mcp.schemas.arguments import Line
from hoursmith_mcp.schemas.events import EVERY_KIND

MOST_CHANGES = 50


@operation(
    toolset="admin",
    scope=Scope.ACTIVITY_READ,
    least=Role.MANAGER,
    mcp=False,
    rest="GET /activity",
    resource="hoursmith://activity",
    page=Page("Activity", touched_by=EVERY_KIND, importance=40),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_activity(call: Call) -> ActivityPage:
    """Show the latest changes: who, when and what."""
    rows = await call.store.activity.latest(most=MOST_CHANGES + 1)
    return ActivityPage(
        activity=[activity_out(row) for row in rows[:MOST_CHANGES]], more=len(rows) > MOST_CHANGES
    )


@operation(
    toolset="admin",
    scope=Scope.ACTIVITY_READ,
    least=Role.MANAGER,
    mcp=False,
    rest="GET /activity/{thing}",
    resource="hoursmith://activity/{thing}",
    page=Page("Activity", touched_by=EVERY_KIND, importance=30),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_activity(
    call: Call,
    thing: Annotated[Line, Field(description="Id of what was changed.")],
) -> ActivityPage:
    """Show the latest changes of one thing, by its id: who, when and what."""
    subject_id = thing.strip().lower()
    rows = await call.store.activity.of_subject(subject_id, most=MOST_CHANGES + 1)
    return ActivityPage(
        activity=[activity_out(row) for row in rows[:MOST_CHANGES]], more=len(rows) > MOST_CHANGES
    )
