"""A week of one's own time, to be read."""

from __future__ import annotations

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.weeks import parse_week
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.arguments import WeekText
from hoursmith_mcp.schemas.filters import TimeEntryFilter
from hoursmith_mcp.schemas.timesheets import Timesheet, timesheet

MOST_ENTRIES = 7 * 24 * 60
"""More than a week has minutes: no entry is ever left out."""


@operation(
    toolset="time",
    scope=Scope.TIME_READ,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /timesheets/{week}",
    resource="hoursmith://timesheets/{week}",
    page=Page(
        "Timesheet",
        # An invoice locks what it bills.
        touched_by=(
            "time_entry",
            "timer",
            "invoice",
            "project",
            "client",
            "task",
            "member",
            "organization",
        ),
        importance=70,
        named_by=("week",),
    ),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_timesheet(call: Call, week: WeekText) -> Timesheet:
    """Show what you logged in a week, by day and by project."""
    with reading("week"):
        days = parse_week(week, call.today, week_start=call.actor.week_start)
    wanted = TimeEntryFilter(
        first_day=days.first.isoformat(),
        last_day=days.last.isoformat(),
        member_id=call.actor.member_id,
    )
    rows = await call.store.time_entries.page(wanted, after=None, limit=MOST_ENTRIES)
    return timesheet(rows, days, member=call.actor.member_name, member_id=call.actor.member_id)
