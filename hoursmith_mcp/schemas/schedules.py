"""Schedules of invoices, as callers see them, with their next days in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from hoursmith_mcp.core.billed_days import Billed, billed_days
from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.periods import BEGINNING, Period, describe_days
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.schedules import days
from hoursmith_mcp.core.times_of_day import time_of_day_text
from hoursmith_mcp.schemas.base import OfMoney
from hoursmith_mcp.schemas.invoices import InvoiceOut
from hoursmith_mcp.schemas.to_do import MoneyToDo, NextArguments, NextCall

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.schedules import RunRow, ScheduleRow

NEXT_DATES = 3
_DAY = timedelta(days=1)


class ScheduleRunOut(OfMoney):
    """How one run ended: drafted, issued, nothing, refused or missed."""

    number: int
    due_date: str | None = None
    outcome: str
    reason: str | None = None
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
    created_at: str
    updated_at: str
    available_actions: list[str] = []


class ScheduleRan(ScheduleOut):
    """A schedule that was run, and the invoice that was made."""

    invoice: InvoiceOut | None = None


class SchedulePage(OfMoney):
    """Schedules of invoices, the newest first."""

    listed = "schedules"

    schedules: list[ScheduleOut]
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
    active = row.state == "active"
    selection: dict[str, Any] = json.loads(row.selection)
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
        next_dates=list(islice(_next_dates(row, of.week_start), NEXT_DATES)) if active else [],
        last_run=_run_out(last_run) if last_run is not None else None,
        created_at=instant_text(row.created_at),
        updated_at=instant_text(row.updated_at),
        available_actions=[
            "update_invoice_schedule",
            *(["skip_invoice_schedule"] if active and row.next_day is not None else []),
            "run_invoice_schedule",
            "delete_invoice_schedule",
        ],
    )


def _next_dates(row: ScheduleRow, week_start: int) -> Iterator[str]:
    """Yield the days to come, each with what it will bill if nothing happens in between."""
    if row.next_day is None:
        return
    first, billed = date.fromisoformat(row.next_day), Billed(row.billed)
    until = date.fromisoformat(row.billed_until) if row.billed_until is not None else None
    rule, start = parse_rule(row.rule), date.fromisoformat(row.start_day)
    for day in days(rule, start, after=first - _DAY):
        period = billed_days(billed, day, week_start=week_start, billed_until=until)
        until = day - _DAY
        yield f"{describe_day(day)}{_billing(period)}"


def _billing(period: Period | None) -> str:
    """Return what a day bills, to stand behind it: ", for 2026-11" or ", until 2026-11-30"."""
    if period is None:
        return ""
    return f", {'' if period.first == BEGINNING else 'for '}{describe_days(period)}"


def _run_out(row: RunRow) -> ScheduleRunOut:
    period = None
    if row.first_day is not None and row.last_day is not None:
        period = Period(date.fromisoformat(row.first_day), date.fromisoformat(row.last_day))
    return ScheduleRunOut(
        number=row.number,
        due_date=describe_day(date.fromisoformat(row.due_day)) if row.due_day is not None else None,
        outcome=row.outcome,
        reason=row.reason,
        invoice_id=row.invoice_id,
        period=describe_days(period) if period is not None else None,
        at=instant_text(row.at),
    )


def schedule_to_do(rows: Sequence[ScheduleRow]) -> list[MoneyToDo]:
    """Say which schedules stand still because they could not go on, each with what resumes it."""
    return [
        MoneyToDo(
            what=f"The invoices to {row.client_name} that come {row.rule} are paused: "
            f"{row.paused_because} Resume them once that is mended.",
            next_call=NextCall(
                tool="update_invoice_schedule",
                arguments=NextArguments(schedule=row.id, paused=False),
            ),
        )
        for row in rows
    ]
