"""Logging time that was worked: one entry, or many at once."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date as calendar_date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, Repeated
from hoursmith_mcp.core.billing import is_billable
from hoursmith_mcp.core.dates import describe_day, far_off
from hoursmith_mcp.core.durations import format_duration, hours_text
from hoursmith_mcp.errors import HoursmithError, InvalidInput
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import (
    AllowDuplicate,
    Billable,
    Duration,
    EntryDay,
    MemberRef,
    Note,
    ProjectRef,
    RestName,
    Tags,
    TaskRef,
)
from hoursmith_mcp.schemas.given import Given
from hoursmith_mcp.schemas.time_entries import TimeEntriesLogged, TimeEntryOut, time_entry_out

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.projects import ProjectRow
    from hoursmith_mcp.store.queries.time_entries import TimeEntryRow

LONG_DAY_SECONDS = 12 * 3_600

WhoseTime = Annotated[
    MemberRef, RestName("userId"), Field(description="Whose time it is, if not yours.")
]


class WorkedTime(Given):
    """One of several entries that are logged together."""

    duration: Duration
    project: ProjectRef | None = None
    date: EntryDay = "today"
    task: TaskRef = ""
    note: Note = ""
    billable: Billable | None = None
    tags: Tags = []


@operation(
    toolset="time",
    scope=Scope.TIME_WRITE,
    least=Role.MEMBER,
    rest="POST /time-entries",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    rest_only=("member",),
    undo=BY_ROWS,
)
async def log_time(
    call: Call,
    project: ProjectRef,
    duration: Duration,
    date: EntryDay = "today",
    task: TaskRef | None = None,
    note: Note | None = None,
    billable: Billable | None = None,
    tags: Tags | None = None,
    member: WhoseTime | None = None,
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
    meant = await _understand(call, worked, project, member)
    await call.answer_repeats(*meant.values.values(), allow_duplicate=allow_duplicate)
    if not (allow_duplicate or call.keyed) and (known := await _known(call, [meant])):
        raise Repeated(time_entry_out(known[0]).model_dump_json(exclude_none=True))
    return await _store(call, meant)


@operation(
    toolset="time",
    scope=Scope.TIME_WRITE,
    least=Role.MEMBER,
    rest="POST /time-entries/bulk",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def log_times(
    call: Call,
    entries: Annotated[
        list[WorkedTime], Field(min_length=1, max_length=100, description="Up to 100 entries.")
    ],
    project: Annotated[ProjectRef, Field(description="Project of entries that name none.")]
    | None = None,
    allow_duplicate: AllowDuplicate = False,
) -> TimeEntriesLogged:
    """Log several entries at once: all of them, or none where one is refused."""
    meant: list[_Meant] = []
    for place, worked in enumerate(entries):
        with _one_of_several(place, []):
            meant.append(await _understand(call, worked, worked.project or project))
    parts = [list(one.values.values()) for one in meant]
    await call.answer_repeats(*parts, allow_duplicate=allow_duplicate)
    known: dict[int, TimeEntryRow] = {}
    if not (allow_duplicate or call.keyed):
        known = await _known(call, meant)
    if len(known) == len(meant):
        rows = [time_entry_out(known[place]) for place in range(len(meant))]
        raise Repeated(_together(rows, []).model_dump_json(exclude_none=True))
    logged: list[TimeEntryOut] = []
    for place, one in enumerate(meant):
        with _one_of_several(place, logged):
            logged.append(await _store(call, one))
    twins = [
        f"entries.{place} equals one of the last two minutes, {row.id}; delete "
        "one with delete_time_entry if it was logged twice."
        for place, row in sorted(known.items())
    ]
    return _together(logged, twins)


@dataclass(frozen=True)
class _Meant:
    """Worked time whose names and days were resolved."""

    project: ProjectRow
    day: calendar_date
    values: dict[str, Any]


@contextmanager
def _one_of_several(place: int, logged: list[TimeEntryOut]) -> Generator[None]:
    """Say in a refusal which entry it is about, and offer none that is not stored with it.

    Entries are counted from 0, as where an argument cannot be read.
    """
    try:
        yield
    except HoursmithError as error:
        where = f"entries.{place}"
        inner = next((name for name in error.fields or {} if error.message.startswith(name)), None)
        sentence = where + (f": {error.message}" if inner is None else f".{error.message}")
        error.fields = {where if inner is None else f"{where}.{inner}": sentence}
        error.message = f"{sentence} Nothing was logged."
        error.args = (error.message,)
        undone = {entry.id for entry in logged}
        candidates = [one for one in error.candidates or [] if one["id"] not in undone]
        error.candidates = candidates or None
        raise


async def _understand(
    call: Call, worked: WorkedTime, named: str | None, member: str | None = None
) -> _Meant:
    if named is None:
        raise InvalidInput("It has no project: name one in it, or one for all as project.")
    day = call.day(worked.date, "date")
    project = await call.store.projects.find_open(named)
    task = None
    if worked.task:
        task = await call.store.tasks.find_open(project.id, worked.task)
    billable = is_billable(
        worked.billable,
        rate_type=project.rate_type,
        task_billable=task.billable if task is not None else None,
    )
    values = {
        "member_id": await _whose(call, project, member),
        "project_id": project.id,
        "task_id": task.id if task is not None else None,
        "entry_date": day.isoformat(),
        "duration_seconds": worked.duration,
        "note": worked.note or None,
        "billable": billable,
        "tags": worked.tags,
    }
    return _Meant(project, day, values)


async def _whose(call: Call, project: ProjectRow, member: str | None) -> str:
    """Return whose time it is; a MEMBER's is on their own projects only, whoever logs it."""
    if member is None:
        return call.actor.member_id
    found = await call.store.members.find(member)
    if found.id == call.actor.member_id:
        return found.id
    call.permit(Scope.TIME_WRITE, Role.MANAGER)
    if Role[found.role] is Role.MEMBER:
        await call.store.enrolments.refuse_absent(project.id, found)
    return found.id


async def _known(call: Call, meant: list[_Meant]) -> dict[int, TimeEntryRow]:
    """Return by place what equals an entry that this member just logged, each of them once."""
    known: dict[int, TimeEntryRow] = {}
    for place, one in enumerate(meant):
        taken = {row.id for row in known.values()}
        for row in await call.store.time_entries.just_logged(one.values):
            if row.id not in taken:
                known[place] = row
                break
    return known


def _together(entries: list[TimeEntryOut], warnings: list[str]) -> TimeEntriesLogged:
    return TimeEntriesLogged(
        time_entries=entries,
        total_hours=hours_text(sum(entry.duration_seconds for entry in entries)),
        warnings=[*warnings, *sorted({warning for entry in entries for warning in entry.warnings})],
    )


async def _store(call: Call, meant: _Meant) -> TimeEntryOut:
    day_seconds = await call.store.time_entries.day_with(
        meant.values["member_id"], meant.day, meant.values["duration_seconds"]
    )
    row = await call.store.time_entries.add(id=call.new_id("te"), **meant.values)
    warnings = _warnings(call, meant.project, meant.day, day_seconds)
    entry = time_entry_out(row, warnings=warnings, day_seconds=day_seconds)
    call.emit("time_entry.created", entry)
    return entry


def _warnings(call: Call, project: ProjectRow, day: calendar_date, day_seconds: int) -> list[str]:
    found = far_off(day, call.today)
    if project.status == "COMPLETED":
        found.append(f"The project {project.name} is marked as completed.")
    if day_seconds > LONG_DAY_SECONDS:
        found.append(f"{describe_day(day)} now has {format_duration(day_seconds)}.")
    return found
