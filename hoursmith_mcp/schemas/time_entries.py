"""Time entries and timers, as callers see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from hoursmith_mcp.core.dates import describe_day, weekday_name
from hoursmith_mcp.core.durations import format_duration, hours_text
from hoursmith_mcp.core.instants import instant_text, local_day
from hoursmith_mcp.core.money import Money
from hoursmith_mcp.schemas.base import (
    AmountText,
    DateText,
    DecimalText,
    Hidden,
    InstantText,
    OfTheCall,
    Personal,
    Public,
    RateText,
    Unlisted,
)
from hoursmith_mcp.schemas.invoice_lines import price_text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from hoursmith_mcp.core.timers import Piece
    from hoursmith_mcp.store.queries.claims import Billed
    from hoursmith_mcp.store.queries.time_entries import TimeEntryRow
    from hoursmith_mcp.store.queries.timers import TimerRow


class TimeEntryOut(Public):
    """A duration on a day against a project.

    To programs, lists say the hours as a number, and of what is billed on which invoice it is and
    what that charges: the hours after rounding, their price, and the entry's share of the amount.
    """

    id: str
    entry_date: DateText
    weekday: str
    duration: str
    duration_seconds: int
    hours: Unlisted[DecimalText] | None = None
    project: str
    project_id: str
    client: str
    client_id: str
    task: str | None = None
    task_id: str | None = None
    member: Personal[str]
    user_id: str
    billable: bool
    note: str | None = None
    tags: list[str] = []
    locked: Unlisted[bool] | None = None
    invoice_id: Unlisted[Hidden[str]] | None = None
    invoice_number: Unlisted[Hidden[str]] | None = None
    billed_hours: Unlisted[Hidden[DecimalText]] | None = None
    billed_rate: Unlisted[RateText] | None = None
    billed_amount: Unlisted[AmountText] | None = None
    currency: Unlisted[Hidden[str]] | None = None
    started_at: InstantText | None = None
    stopped_at: InstantText | None = None
    created_at: InstantText
    updated_at: InstantText
    day_total: OfTheCall[str] | None = None
    warnings: OfTheCall[list[str]] = []
    available_actions: list[str] = []
    repeated: OfTheCall[bool] | None = None


class TimeEntryPage(Public):
    """Entries, the newest day first, and what the whole selection adds up to."""

    listed = "time_entries"

    time_entries: list[TimeEntryOut]
    period: str | None = None
    total_entries: int | None = None
    total_hours: DecimalText | None = None
    billable_hours: DecimalText | None = None
    next_cursor: str | None = None


class TimeEntriesLogged(Public):
    """Several entries that were logged together."""

    time_entries: list[TimeEntryOut]
    total_hours: DecimalText
    warnings: list[str] = []
    repeated: bool | None = None


class TimeEntryDeleted(Public):
    """What was deleted."""

    id: str
    deleted: bool
    time_entry: TimeEntryOut


class TimerOut(Public):
    """A clock that is running."""

    id: str
    project: str
    project_id: str
    client: str
    client_id: str
    task: str | None = None
    task_id: str | None = None
    user_id: str
    billable: bool
    note: str | None = None
    tags: list[str] = []
    started_at: InstantText
    running_for: str
    running_seconds: int
    warnings: list[str] = []


class TimerStopped(Public):
    """What became of a timer: the entries it left, or that it was discarded."""

    id: str
    project_id: str
    user_id: str
    stopped: bool
    discarded: bool
    message: str
    time_entries: list[TimeEntryOut] = []
    warnings: list[str] = []
    available_actions: list[str] = []


class TimerStarted(Public):
    """The timer that runs now, and what became of the one before."""

    timer: TimerOut
    saved: TimerStopped | None = None
    warnings: list[str] = []
    available_actions: list[str] = []


ENTRY_ACTIONS = ["update_time_entry", "delete_time_entry"]
LOCKED_ACTIONS = ["get_invoice"]


def time_entry_out(
    row: TimeEntryRow,
    *,
    warnings: list[str] | None = None,
    day_seconds: int | None = None,
    invoice_id: str | None = None,
) -> TimeEntryOut:
    """Show an entry; `day_seconds` is what its member has on that day by then.

    One that is billed is locked; `invoice_id` says by what, to those who may see it.
    """
    locked = row.line_id is not None
    return TimeEntryOut(
        id=row.id,
        entry_date=row.entry_date,
        weekday=weekday_name(date.fromisoformat(row.entry_date)),
        duration=format_duration(row.duration_seconds),
        duration_seconds=row.duration_seconds,
        project=row.project_name,
        project_id=row.project_id,
        client=row.client_name,
        client_id=row.client_id,
        task=row.task_name,
        task_id=row.task_id,
        member=row.member_name,
        user_id=row.member_id,
        billable=row.billable,
        note=row.note,
        tags=row.tags,
        locked=locked or None,
        invoice_id=invoice_id,
        started_at=instant_text(row.started_at) if row.started_at is not None else None,
        stopped_at=instant_text(row.stopped_at) if row.stopped_at is not None else None,
        created_at=instant_text(row.created_at),
        updated_at=instant_text(row.updated_at),
        day_total=f"{hours_text(day_seconds)} h" if day_seconds is not None else None,
        warnings=warnings or [],
        available_actions=LOCKED_ACTIONS if locked else ENTRY_ACTIONS,
    )


def listed_time_entry(row: TimeEntryRow, billed: Billed | None) -> TimeEntryOut:
    """Show an entry to programs, with what its invoice charges for it to those who may see that."""
    entry = time_entry_out(row, invoice_id=billed.invoice_id if billed is not None else None)
    more: dict[str, str | None] = {"hours": hours_text(row.duration_seconds)}
    if billed is not None:
        more |= {
            "invoice_number": billed.invoice_number,
            "billed_hours": hours_text(billed.seconds),
            "billed_rate": price_text(billed.unit_price_e4, billed.currency),
            "billed_amount": Money(billed.amount_minor, billed.currency).text(),
            "currency": billed.currency,
        }
    return entry.model_copy(update=more)


def _seconds_so_far(row: TimerRow, now_us: int) -> int:
    return max(0, now_us - row.started_at) // 1_000_000


def timer_out(
    row: TimerRow, *, task: str | None, now_us: int, warnings: list[str] | None = None
) -> TimerOut:
    """Show a running timer as it stands at an instant."""
    seconds = _seconds_so_far(row, now_us)
    return TimerOut(
        id=row.id,
        project=row.project_name,
        project_id=row.project_id,
        client=row.client_name,
        client_id=row.client_id,
        task=task,
        task_id=row.task_id,
        user_id=row.member_id,
        billable=row.billable,
        note=row.note,
        tags=row.tags,
        started_at=instant_text(row.started_at),
        running_for=format_duration(seconds),
        running_seconds=seconds,
        warnings=warnings or [],
    )


def running_entry(row: TimerRow, *, member: str, zone: ZoneInfo, now_us: int) -> TimeEntryOut:
    """Show a running timer as the time entry that stopping it now would make."""
    seconds = _seconds_so_far(row, now_us)
    day = local_day(row.started_at, zone)
    return TimeEntryOut(
        id=row.id,
        entry_date=day.isoformat(),
        weekday=weekday_name(day),
        duration=format_duration(seconds),
        duration_seconds=seconds,
        hours=hours_text(seconds),
        project=row.project_name,
        project_id=row.project_id,
        client=row.client_name,
        client_id=row.client_id,
        task=row.task_name,
        task_id=row.task_id,
        member=member,
        user_id=row.member_id,
        billable=row.billable,
        note=row.note,
        tags=row.tags,
        started_at=instant_text(row.started_at),
        created_at=instant_text(row.started_at),
        updated_at=instant_text(row.started_at),
        available_actions=["stop_timer"],
    )


def timer_stopped(
    row: TimerRow,
    entries: list[TimeEntryOut],
    *,
    warnings: list[str] | None = None,
    message: str | None = None,
) -> TimerStopped:
    """Show what became of a timer: the entries that it left, if any."""
    total = format_duration(sum(entry.duration_seconds for entry in entries))
    saved = f"Saved {total}" if entries else "Nothing was saved"
    return TimerStopped(
        id=row.id,
        project_id=row.project_id,
        user_id=row.member_id,
        stopped=True,
        discarded=not entries,
        message=message or f"{saved} on {row.project_name}.",
        time_entries=entries,
        warnings=warnings or [],
        available_actions=["log_time" if message else "update_time_entry", "start_timer"],
    )


def piece_warnings(pieces: Sequence[Piece]) -> list[str]:
    """Say where a timer's time was cut, and what of it found no room."""
    warnings = ["It was split at midnight, because a day has 24h."] if len(pieces) > 1 else []
    for piece in pieces:
        lost = (piece.stop_us - piece.start_us) // 1_000_000 - piece.seconds
        if lost > 0:
            warnings.append(
                f"{describe_day(piece.day)} was full: {format_duration(lost)} was left out."
            )
    return warnings
