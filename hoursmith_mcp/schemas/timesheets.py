"""A week of one member, as callers see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from hoursmith_mcp.core.dates import weekday_name
from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.weeks import week_name
from hoursmith_mcp.schemas.base import DateText, DecimalText, Public
from hoursmith_mcp.schemas.time_entries import TimeEntryOut, time_entry_out

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.time_entries import TimeEntryRow


class TimesheetDay(Public):
    """A day and what was logged on it."""

    entry_date: DateText
    weekday: str
    hours: DecimalText


class TimesheetProject(Public):
    """A project and what was logged on it in the week."""

    project: str
    client: str
    hours: DecimalText
    billable_hours: DecimalText


class Timesheet(Public):
    """What a member logged in a week, by day and by project."""

    week: str
    first_day: str
    last_day: str
    member: str
    user_id: str
    hours: DecimalText
    billable_hours: DecimalText
    days: list[TimesheetDay]
    projects: list[TimesheetProject]
    time_entries: list[TimeEntryOut]
    available_actions: list[str] = []


def timesheet(
    rows: Sequence[TimeEntryRow], week: Period, *, member: str, member_id: str
) -> Timesheet:
    """Show a member's entries of a week, the earliest first."""
    in_order = sorted(rows, key=lambda row: (row.entry_date, row.id))
    return Timesheet(
        week=week_name(week.first),
        first_day=week.first.isoformat(),
        last_day=week.last.isoformat(),
        member=member,
        user_id=member_id,
        hours=_hours(rows),
        billable_hours=_hours([row for row in rows if row.billable]),
        days=[_day(week.first + timedelta(days=number), rows) for number in range(week.days)],
        projects=_projects(in_order),
        time_entries=[time_entry_out(row) for row in in_order],
        available_actions=["log_time", "list_time_entries"],
    )


def _day(day: date, rows: Sequence[TimeEntryRow]) -> TimesheetDay:
    own = [row for row in rows if row.entry_date == day.isoformat()]
    return TimesheetDay(entry_date=day.isoformat(), weekday=weekday_name(day), hours=_hours(own))


def _projects(rows: Sequence[TimeEntryRow]) -> list[TimesheetProject]:
    by_project: dict[str, list[TimeEntryRow]] = {}
    for row in rows:
        by_project.setdefault(row.project_id, []).append(row)
    return [
        TimesheetProject(
            project=own[0].project_name,
            client=own[0].client_name,
            hours=_hours(own),
            billable_hours=_hours([row for row in own if row.billable]),
        )
        for own in by_project.values()
    ]


def _hours(rows: Sequence[TimeEntryRow]) -> str:
    return hours_text(sum(row.duration_seconds for row in rows))
