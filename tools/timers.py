"""The running clock: one per member, and stopping it never fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.billing import is_billable
from hoursmith_mcp.core.durations import format_duration
from hoursmith_mcp.core.timers import LONG_SECONDS, MINIMUM_SECONDS, US
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.questions import Option, Question
from hoursmith_mcp.schemas.arguments import Billable, Note, ProjectRef, Tags, TaskRef
from hoursmith_mcp.schemas.time_entries import (
    TimeEntryOut,
    TimerStarted,
    TimerStopped,
    piece_warnings,
    time_entry_out,
    timer_out,
    timer_stopped,
)

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.timers import TimerRow

Keeping = Annotated[
    Literal["keep", "trim", "discard"],
    Field(description="trim cuts it to 8h."),
]


@operation(
    toolset="time",
    scope=Scope.TIME_WRITE,
    least=Role.MEMBER,
    rest="POST /timers",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
    unlisted=("billable", "tags"),
)
async def start_timer(
    call: Call,
    project: ProjectRef,
    task: TaskRef | None = None,
    note: Note | None = None,
    billable: Billable | None = None,
    tags: Tags | None = None,
) -> TimerStarted:
    """Start the clock on a project; a timer that is running is stopped and saved first."""
    found = await call.store.projects.find_open(project)
    the_task = await call.store.tasks.find_open(found.id, task) if task else None
    running = await call.store.timers.of_member(call.actor.member_id)
    if running is None:
        await _refuse_out_of_reach(call)
    saved = await _stop(call, running, "keep") if running is not None else None
    await call.store.timers.add(
        id=call.new_id("tm"),
        member_id=call.actor.member_id,
        project_id=found.id,
        task_id=the_task.id if the_task is not None else None,
        billable=is_billable(
            billable,
            rate_type=found.rate_type,
            task_billable=the_task.billable if the_task is not None else None,
        ),
        note=note or None,
        tags=tags or [],
        started_at=call.now_us,
    )
    row = await call.store.timers.of_member(call.actor.member_id)
    assert row is not None, "a timer that was just started is there"
    timer = timer_out(row, task=the_task.name if the_task is not None else None, now_us=call.now_us)
    call.emit("timer.started", timer)
    return TimerStarted(
        timer=timer,
        saved=saved,
        warnings=saved.warnings if saved is not None else [],
        available_actions=["stop_timer"],
    )


async def _refuse_out_of_reach(call: Call) -> None:
    """Refuse to start beside a timer on a project that a limited token does not reach."""
    if call.actor.is_limited and await call.store.timers.runs(call.actor.member_id):
        raise Conflict(
            "A timer is running that this token does not reach; stop it first with another."
        )


async def what_to_keep(
    call: Call, note: str | None = None, keeping: str = "keep"
) -> Question | None:
    """Ask what a timer that was probably forgotten is to leave behind."""
    row = await call.store.timers.of_member(call.actor.member_id)
    seconds = (call.now_us - row.started_at) // US if row is not None else 0
    if row is None or seconds <= LONG_SECONDS:
        return None
    return Question(
        f"The timer on {row.project_name} ran for {format_duration(seconds)}. What shall be kept?",
        "keeping",
        (
            Option("keep", f"All of it, {format_duration(seconds)}"),
            Option("trim", "8h of it"),
            Option("discard", "Nothing"),
        ),
        fallback="keep",
    )


@operation(
    toolset="time",
    scope=Scope.TIME_WRITE,
    least=Role.MEMBER,
    rest="POST /timers/stop",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    offers=what_to_keep,
    undo=BY_ROWS,
)
async def stop_timer(
    call: Call,
    note: Annotated[Note, Field(description="Replaces the note.")] | None = None,
    keeping: Keeping = "keep",
) -> TimerStopped:
    """Stop the running timer and save its time; under a minute is discarded."""
    row = await call.store.timers.of_member(call.actor.member_id)
    if row is None:
        raise Conflict("No timer is running. Start one with start_timer, or use log_time.")
    return await _stop(call, row, keeping, note=note)


async def _stop(
    call: Call, row: TimerRow, keeping: str, *, note: str | None = None
) -> TimerStopped:
    # A clock that was set back must not make a negative duration.
    stop_us = max(row.started_at, call.now_us)
    seconds = (stop_us - row.started_at) // US
    warnings: list[str] = []
    if keeping == "trim" and seconds > LONG_SECONDS:
        stop_us = row.started_at + LONG_SECONDS * US
        warnings.append(f"Trimmed from {format_duration(seconds)} to 8h.")
    elif keeping == "keep" and seconds > LONG_SECONDS:
        warnings.append(
            f"The timer ran for {format_duration(seconds)}; correct it with update_time_entry if "
            "it was forgotten."
        )
    await call.store.timers.remove(row.id)
    if keeping == "discard" or seconds < MINIMUM_SECONDS:
        return _discarded(call, row, seconds, asked=keeping == "discard")
    pieces = await call.store.timers.pieces(row, stop_us, call.actor.zone)
    warnings += piece_warnings(pieces)
    entries: list[TimeEntryOut] = []
    for piece in pieces:
        if piece.seconds > 0:
            saved = await call.store.timers.save(call.new_id("te"), row, piece, note=note)
            entries.append(time_entry_out(saved))
            call.emit("time_entry.created", entries[-1])
    stopped = timer_stopped(row, entries, warnings=warnings)
    call.emit("timer.stopped", stopped)
    return stopped


def _discarded(call: Call, row: TimerRow, seconds: int, *, asked: bool) -> TimerStopped:
    reason = "as asked" if asked else "because it ran for less than a minute"
    message = f"Discarded {format_duration(seconds)} on {row.project_name}, {reason}."
    discarded = timer_stopped(row, [], message=message)
    call.emit("timer.stopped", discarded)
    return discarded
