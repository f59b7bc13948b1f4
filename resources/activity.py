"""Who changed one thing, to be read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.access.telling import may_be_shown
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.activity import ActivityPage, activity_out
from hoursmith_mcp.schemas.arguments import Line
from hoursmith_mcp.schemas.events import EVERY_KIND
from hoursmith_mcp.schemas.filters import ActivityFilter

MOST_CHANGES = 50


@operation(
    toolset="admin",
    scope=Scope.ACTIVITY_READ,
    least=Role.MEMBER,
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
    wanted = ActivityFilter(member_id=call.only_of, subject_id=thing.strip().lower())
    rows = await call.store.activity.page(wanted, after=None, limit=MOST_CHANGES + 1)
    shown = rows[:MOST_CHANGES]
    gone = await call.store.undo.taken_back([row.unit_id for row in shown])
    reached = await call.store.activity.reached(shown, call.actor.member_id)
    return ActivityPage(
        activity=[
            activity_out(
                row,
                reached=row.id in reached and may_be_shown(row, call.actor),
                undone_by=gone.get(row.unit_id),
            )
            for row in shown
        ],
        more=len(rows) > MOST_CHANGES,
    )
