"""Logging time that was worked: one entry, or many at once."""

from __future__ import annotations

from datetime import date as calendar_date
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.billing import SECONDS_PER_DAY, is_billable
from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.durations import format_duration, hours_text
from hoursmith_mcp.errors import Conflict, HoursmithError, InvalidInput
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.arguments import (
    AllowDuplicate,
    DayText,
    Duration,
    Note,
    ProjectRef,
    Tags,
    TaskRef,
)
from hoursmith_mcp.schemas.time_entries import TimeEntriesLogged, TimeEntryOut, time_entry_out

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.projects import ProjectRow

LONG_DAY_SECONDS = 12 * 3_600

Billable = Annotated[bool, Field(description="Charged for; as the project, if left out.")]


class WorkedTime(BaseModel):
    """One of several entries that are logged together."""

    model_config = ConfigDict(extra="forbid", strict=True)

    project: ProjectRef
    duration: Duration
    date: DayText = "today"
    task: TaskRef = ""
    note: Note = ""
    billable: Billable | None = None
    tags: Tags = []


@operation(
    toolset="time",
    scope=Scope.TIME_WRITE,
    least=Role.MEMBER,
    rest="POST /time-entries",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
)
async def log_time(
    call: Call,
    project: ProjectRef,
    duration: Duration,
    date: DayText = "today",
    task: TaskRef | None = None,
    note: Note | None = None,
    billable: Billable | None = None,
    tags: Tags | None = None,
    allow_duplicate: AllowDuplicate = False,
) -> TimeEntryOut:
    """Log time that was worked on a project."""
    worked = WorkedTime.model_construct(
        project=project,
        duration=duration,
        date=date,
        task=task or "",
        note=note or "",
        billable=billable,
        tags=tags or [],
    )
    return await _log(call, worked, allow_duplicate=allow_duplicate)


@operation(
    toolset="time",
    scope=Scope.TIME_WRITE,
    least=Role.MEMBER,
    rest="POST /time-entries/bulk",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
)
async def log_times(
    call: Call,
    entries: Annotated[
        list[WorkedTime], Field(min_length=1, max_length=100, description="Up to 100 entries.")
    ],
    allow_duplicate: AllowDuplicate = False,
) -> TimeEntriesLogged:
    """Log several entries at once: all of them, or none where one is refused."""
    parts = [entry.model_dump(mode="json") for entry in entries]
    await call.answer_repeats(str(call.today), *parts, allow_duplicate=allow_duplicate)
    logged: list[TimeEntryOut] = []
    for place, worked in enumerate(entries, start=1):
        try:
            logged.append(await _log(call, worked, allow_duplicate=True, remember=False))
        except HoursmithError as error:
            error.message = f"Entry {place} of {len(entries)}: {error.message} Nothing was logged."
            error.args = (error.message,)
            raise
    return TimeEntriesLogged(
        time_entries=logged,
        total_hours=hours_text(sum(entry.duration_seconds for entry in logged)),
        warnings=sorted({warning for entry in logged for warning in entry.warnings}),
    )


async def _log(
    call: Call, worked: WorkedTime, *, allow_duplicate: bool, remember: bool = True
) -> TimeEntryOut:
    day = call.day(worked.date, "date")
    project = await call.store.projects.find(worked.project, writing=True)
    _refuse_closed(project)
    task = None
    if worked.task:
        task = await call.store.tasks.find_in(project.id, worked.task, writing=True)
    billable = is_billable(
        worked.billable,
        rate_type=project.rate_type,
        task_billable=task.billable if task is not None else None,
    )
    values = {
        "project_id": project.id,
        "task_id": task.id if task is not None else None,
        "entry_date": day.isoformat(),
        "duration_seconds": worked.duration,
        "note": worked.note or None,
        "billable": billable,
        "tags": worked.tags,
    }
    if remember:
        await call.answer_repeats(*values.values(), allow_duplicate=allow_duplicate)
    day_seconds = await _room_on(call, day, worked.duration)
    row = await call.store.time_entries.add(
        id=call.new_id("te"), member_id=call.actor.member_id, **values
    )
    entry = time_entry_out(
        row, warnings=_warnings(project, day, day_seconds), day_seconds=day_seconds
    )
    call.emit("time_entry.created", entry)
    return entry


def _refuse_closed(project: ProjectRow) -> None:
    if project.status == "ARCHIVED":
        raise Conflict(
            f"The project {project.name} is archived; bring it back first with "
            'update_project(status="ACTIVE").'
        )


async def _room_on(call: Call, day: calendar_date, seconds: int) -> int:
    """Return what the member will have on that day; raises InvalidInput past 24 hours."""
    entries = call.store.time_entries
    total = await entries.seconds_of_day(call.actor.member_id, day.isoformat()) + seconds
    if total <= SECONDS_PER_DAY:
        return total
    rows = await entries.of_day(call.actor.member_id, day.isoformat())
    there = ", ".join(
        f"{format_duration(row.duration_seconds)} on {row.project_name}" for row in rows[:8]
    )
    already = f" There already: {there}." if there else ""
    raise InvalidInput(
        f"{describe_day(day)} would have {format_duration(total)}, and a day has 24h.{already} "
        "Give another day, a shorter duration, or correct what is there with update_time_entry.",
        candidates=[
            {"id": row.id, "name": f"{format_duration(row.duration_seconds)} {row.project_name}"}
            for row in rows[:8]
        ],
    )


def _warnings(project: ProjectRow, day: calendar_date, day_seconds: int) -> list[str]:
    found: list[str] = []
    if project.status == "COMPLETED":
        found.append(f"The project {project.name} is marked as completed.")
    if day_seconds > LONG_DAY_SECONDS:
        found.append(f"{describe_day(day)} now has {format_duration(day_seconds)}.")
    return found
