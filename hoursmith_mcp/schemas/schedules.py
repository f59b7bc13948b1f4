"""Schedules of invoices, as callers see them, with their next days in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from hoursmith_mcp.access.roles import Scope
from hoursmith_mcp.core.billed_days import Billed, billed_days, leaves_days_out
from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.periods import BEGINNING, Period, describe_days
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.schedules import days
from hoursmith_mcp.core.stored_schedules import MAKE_ANEW, fault_of, read_selection
from hoursmith_mcp.core.times_of_day import time_of_day_text
from hoursmith_mcp.schemas.base import OfMoney
from hoursmith_mcp.schemas.invoices import InvoiceOut
from hoursmith_mcp.schemas.to_do import (
    MOST_OF_EACH,
    MoneyToDo,
    NextArguments,
    NextCall,
    others_to_do,
)

if TYPE_CHECKING:
    from hoursmith_mcp.core.bills import OpenWork
    from hoursmith_mcp.store.queries.schedules import RefusedRow, RunRow, ScheduleRow

NEXT_DATES = 3
_DAY = timedelta(days=1)


def to_issue(schedule: Mapping[str, Any]) -> Scope | None:
    """Return what a schedule takes beside the scope for drafts: one that issues has numbers."""
    return Scope.INVOICES_SEND if schedule.get("issue") else None


class ScheduleRunOut(OfMoney):
    """How one run ended: drafted, issued, nothing, refused, missed or skipped."""

    number: int
    due_date: str | None = None
    outcome: str
    reason: str | None = None
    warning: str | None = None
    invoice_id: str | None = None
    period: str | None = None
    at: str


class ScheduleOut(OfMoney):
    """A schedule of invoices: whose, when, for which days, and how it went last."""

    id: str
    client: str
    client_id: str
    rule: str
    starts: str
    at: str
    time_zone: str
    bills: str
    project_ids: list[str] = []
    exclude: list[str] = []
    group_by: str | None = None
    discount: str | None = None
    po_number: str | None = None
    notes: str | None = None
    issue: bool
    missed: str
    status: str
    paused_because: str | None = None
    user_id: str
    next_dates: list[str] = []
    last_run: ScheduleRunOut | None = None
    warnings: list[str] = []
    created_at: str
    updated_at: str
    available_actions: list[str] = []


class ScheduleRan(ScheduleOut):
    """A schedule that was run, and the invoice that was made."""

    invoice: InvoiceOut | None = None
    repeated: bool | None = None


class SchedulePage(OfMoney):
    """Schedules of invoices, the newest first."""

    listed = "schedules"

    schedules: list[ScheduleOut]
    next_cursor: str | None = None


class ScheduleRunPage(OfMoney):
    """Runs of a schedule, the last one first."""

    listed = "runs"

    runs: list[ScheduleRunOut]
    next_cursor: str | None = None


class Calendar(Protocol):
    """What says where an organisation's days and weeks begin."""

    @property
    def organization_zone_name(self) -> str:
        """The zone in which its days begin."""
        ...

    @property
    def week_start(self) -> int:
        """The weekday on which its weeks begin, 0 (Monday) to 6 (Sunday)."""
        ...


def schedule_out(row: ScheduleRow, last_run: RunRow | None, *, of: Calendar) -> ScheduleOut:
    """Show a schedule's row, by the calendar of its organisation."""
    fault = fault_of(row)
    active = row.state == "active"
    goes_on = active and fault is None
    selection = read_selection(row.selection) if fault is None else {}
    return ScheduleOut(
        id=row.id,
        client=row.client_name,
        client_id=row.client_id,
        rule=row.rule,
        starts=row.start_day,
        at=time_of_day_text(row.minute_of_day),
        time_zone=of.organization_zone_name,
        bills=row.billed,
        project_ids=selection.get("projects", []),
        exclude=selection.get("exclude", []),
        group_by=selection.get("group_by"),
        discount=selection.get("discount"),
        po_number=selection.get("po_number"),
        notes=selection.get("notes"),
        issue=row.issues,
        missed="catch_up" if row.catches_up else "skip",
        status=row.state if row.next_day is not None else "ended",
        paused_because=None if active else row.paused_because,
        user_id=row.member_id,
        next_dates=list(islice(_next_dates(row, of.week_start), NEXT_DATES)) if goes_on else [],
        last_run=schedule_run_out(last_run) if last_run is not None else None,
        warnings=_warnings(row) if fault is None else [f"{fault} {MAKE_ANEW}"],
        created_at=instant_text(row.created_at),
        updated_at=instant_text(row.updated_at),
        available_actions=[
            *(["update_invoice_schedule"] if fault is None else []),
            *(["skip_invoice_schedule"] if goes_on and row.next_day is not None else []),
            *(["run_invoice_schedule"] if fault is None else []),
            "delete_invoice_schedule",
        ],
    )


def _warnings(row: ScheduleRow) -> list[str]:
    warnings: list[str] = []
    if row.client_archived_at is not None and row.state == "active" and row.next_day is not None:
        warnings.append(
            f"{row.client_name} is archived, and is billed all the same: pause or delete it "
            "where nothing is to come any more."
        )
    if leaves_days_out(Billed(row.billed), parse_rule(row.rule)):
        warnings.append(
            f"It comes {row.rule} and bills the {row.billed} alone: work of the days between stays "
            'open. update_invoice_schedule(bills="until the day before") takes all of it.'
        )
    return warnings


def _next_dates(row: ScheduleRow, week_start: int) -> Iterator[str]:
    """Yield the days to come, each with what it will bill if nothing happens in between."""
    if row.next_day is None:
        return
    first, billed = date.fromisoformat(row.next_day), Billed(row.billed)
    rule, start = parse_rule(row.rule), date.fromisoformat(row.start_day)
    for day in days(rule, start, after=first - _DAY):
        period = billed_days(billed, day, week_start=week_start)
        yield f"{describe_day(day)}{_billing(period)}"


def _billing(period: Period) -> str:
    """Return what a day bills, to stand behind it: ", for 2026-11" or ", until 2026-11-30"."""
    return f", {'' if period.first == BEGINNING else 'for '}{describe_days(period)}"


def schedule_run_out(row: RunRow) -> ScheduleRunOut:
    """Show how a run ended."""
    period = None
    if row.first_day is not None and row.last_day is not None:
        period = Period(date.fromisoformat(row.first_day), date.fromisoformat(row.last_day))
    return ScheduleRunOut(
        number=row.number,
        due_date=describe_day(date.fromisoformat(row.due_day)) if row.due_day is not None else None,
        outcome=row.outcome,
        reason=row.reason,
        warning=row.warning,
        invoice_id=row.invoice_id,
        period=describe_days(period) if period is not None else None,
        at=instant_text(row.at),
    )


def schedule_to_do(rows: Sequence[ScheduleRow]) -> list[MoneyToDo]:
    """Say which schedules stand still because they could not go on, each with what resumes it."""
    told = [
        MoneyToDo(
            what=f"The invoices to {row.client_name} that come {row.rule} are paused: "
            f"{row.paused_because}{'' if fault_of(row) else ' Resume them once that is mended.'}",
            next_call=_next_of(row),
        )
        for row in rows[:MOST_OF_EACH]
    ]
    ask = NextCall(tool="list_invoice_schedules")
    paused = ("schedule that is paused", "schedules that are paused")
    return [*told, *others_to_do(len(rows), *paused, ask)]


def _next_of(row: ScheduleRow) -> NextCall:
    if fault_of(row) is not None:  # It is to be deleted: nobody does so without a look at it.
        return NextCall(tool="get_invoice_schedule", arguments=NextArguments(schedule=row.id))
    arguments = NextArguments(schedule=row.id, paused=False)
    return NextCall(tool="update_invoice_schedule", arguments=arguments)


def refused_to_do(rows: Sequence[RefusedRow], works: Sequence[OpenWork]) -> list[MoneyToDo]:
    """Say which days of schedules were not billed, why, and how they are; of `works`, the open."""
    clients = {work.client_id: work for work in works}
    open_rows = [row for row in rows if _is_open(row, clients.get(row.client_id))]
    told = [
        MoneyToDo(
            what=f"The invoice to {row.client_name} of {run.due_date}, "
            f"{'' if row.first_day == BEGINNING.isoformat() else 'for '}{run.period}, could not be "
            f"made: {row.reason}",
            next_call=NextCall(
                tool="run_invoice_schedule",
                arguments=NextArguments(
                    schedule=row.schedule_id, period=f"{row.first_day}..{row.last_day}"
                ),
            ),
        )
        for row in open_rows[:MOST_OF_EACH]
        for run in [schedule_run_out(row)]
    ]
    others = NextCall(tool="list_invoice_schedules")
    counted = ("invoice that could not be made", "invoices that could not be made")
    return [*told, *others_to_do(len(open_rows), *counted, others)]


def _is_open(row: RefusedRow, work: OpenWork | None) -> bool:
    """Say whether anything of a client is still there to bill of the days of a run."""
    if work is None or row.first_day is None or row.last_day is None:
        return False
    days = {time.day for time in work.times} | {one.day for one in work.unpriced}
    return bool(work.fees) or any(row.first_day <= str(day) <= row.last_day for day in days)
