"""Running schedules: by themselves when they are due, by hand, and not at all once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.instants import HOUR_US, wall_time_us
from hoursmith_mcp.core.periods import Period, describe_period
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.schedules import next_day
from hoursmith_mcp.errors import Conflict, InvalidInput, NotFound
from hoursmith_mcp.operation import BY_ROWS, Undo, operation
from hoursmith_mcp.scheduled_work import (
    days_billed,
    left_outside,
    previewed_selection,
    work_to_bill,
)
from hoursmith_mcp.scheduling import shown_schedule, sound_schedule
from hoursmith_mcp.schemas.arguments import DueDayText, Line, PeriodText, ScheduleRef
from hoursmith_mcp.schemas.base import Would
from hoursmith_mcp.schemas.invoices import invoice_out
from hoursmith_mcp.schemas.schedules import ScheduleOut, ScheduleRan, to_issue

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.schedules import ScheduleRow

LATE_US = HOUR_US
"""What is late by less was not missed: a busy machine may be so near midnight."""

DRAFTED, ISSUED, NOTHING = "drafted", "issued", "nothing"
REFUSED, MISSED, SKIPPED = "refused", "missed", "skipped"


@dataclass(frozen=True)
class _Run:
    """How a run ended, and what becomes of its schedule by that."""

    outcome: str
    period: Period | None = None
    invoice_id: str | None = None
    reason: str | None = None
    values: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def event(self) -> str:
        """The type of the event that tells it."""
        if self.outcome == MISSED:
            return "schedule.missed"
        return "schedule.failed" if self.reason is not None else "schedule.ran"


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="POST /invoice-schedules/{schedule}/skip",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def skip_invoice_schedule(
    call: Call,
    schedule: ScheduleRef,
    due: Annotated[DueDayText, Field(description="A date that was refused, not the next.")]
    | None = None,
) -> ScheduleOut:
    """Leave the next date of a schedule out, or one that was refused."""
    row = await sound_schedule(call, schedule)
    day = call.due_day(due, "due").isoformat() if due is not None else row.next_day
    before = await shown_schedule(call, row)
    if day is not None and day == row.next_day and row.state == "active":
        days = days_billed(call, row, date.fromisoformat(day))
        after = await _noted(call, row, day, _Run(SKIPPED, days), moves_on=True)
    elif due is not None:
        days = await _refused_days(call, row, day or "")
        after = await _noted(call, row, day, _Run(SKIPPED, days))
    else:
        raise Conflict("That schedule has no next date: it is paused, or has come to its end.")
    call.emit("schedule.updated", after, before=before)
    return after


async def _refused_days(call: Call, row: ScheduleRow, day: str) -> Period:
    for run in await call.store.schedules.refused():
        if (run.schedule_id, run.due_day) == (row.id, day) and run.first_day and run.last_day:
            return Period(date.fromisoformat(run.first_day), date.fromisoformat(run.last_day))
    raise Conflict(
        f"{describe_day(date.fromisoformat(day))} is not the next date of that schedule, and was "
        "not refused. list_invoice_schedule_runs() has those that were."
    )


async def would_run_schedule(call: Call, schedule: str, period: str | None = None) -> Would | None:
    """Say what a schedule would issue now; a draft needs no asking."""
    row = await sound_schedule(call, schedule)
    if not row.issues:
        return None
    proposed = await _preview(call, row, _period_by_hand(call, row, period))
    return Would(
        would=f"Issue an invoice to {proposed.client} over {proposed.total} {proposed.currency}"
        f"{f' for {proposed.period}' if proposed.period else ''}, with the next number. It cannot "
        "be changed afterwards; nothing is e-mailed yet.",
        basis=json.dumps(proposed.model_dump(exclude={"proposal", "expires_at"})),
    )


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="POST /invoice-schedules/{schedule}/run",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=True,
    asks=would_run_schedule,
    also=to_issue,
    undo=Undo("Take what was made away with delete_invoice, or with cancel_invoice once issued."),
)
async def run_invoice_schedule(
    call: Call,
    schedule: ScheduleRef,
    period: Annotated[
        PeriodText, Field(description="The days to bill, if not those it would bill today.")
    ]
    | None = None,
) -> ScheduleRan:
    """Make the invoice of a schedule now, beside its dates, which stay as they are."""
    row = await sound_schedule(call, schedule)
    if row.issues:
        call.permit(Scope.INVOICES_SEND, Role.MANAGER)
    wanted = call.period(period, "period") if period is not None else call.organization_today
    days = _period_by_hand(call, row, period)
    # What is open was logged since, and what was changed is to be told as it is now.
    is_meant = await work_to_bill(call, row, days) is not None
    as_it_is = (row.state, row.rule, row.next_day, row.billed, row.selection, row.issues)
    await call.answer_repeats(row.id, wanted, *as_it_is, allow_duplicate=is_meant)
    before = await shown_schedule(call, row)
    proposed = await _preview(call, row, days)
    invoice = await _do(call, "create_invoice", proposal=proposed.proposal)
    if row.issues:
        await _do(call, "send_invoice", invoice=invoice.id)
    outcome = ISSUED if row.issues else DRAFTED
    ran = _Run(outcome, days, invoice.id)
    after = await _noted(call, row, None, ran)
    call.emit(ran.event, after, before=before)
    made = invoice_out(await call.store.invoices.find(invoice.id), call.organization_today)
    return ScheduleRan(**dict(after), invoice=made)


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    mcp=False,
    read_only=False,
    destructive=False,
    idempotent=True,
    open_world=False,
    undo=Undo("Take what was made away with delete_invoice, or with cancel_invoice once issued."),
)
async def run_due_invoice_schedule(
    call: Call,
    schedule: ScheduleRef,
    due: Annotated[Line, Field(description="The day that is due, as 2026-12-01.")],
) -> ScheduleOut:
    """Run a schedule of your own for a day that has come, once; nothing where that was done."""
    row = await sound_schedule(call, schedule)
    before = await shown_schedule(call, row)
    if row.member_id != call.actor.member_id or row.state != "active":
        return before
    if row.next_day != due or _due_us(call, row) > call.now_us:
        return before
    if await call.store.schedules.is_done(row.id, due):
        # Nobody plans such a day; where one comes all the same, it is done with.
        passed = await shown_schedule(
            call, await call.store.schedules.update(row.id, _moved_on(row))
        )
        call.emit("schedule.updated", passed, before=before)
        return passed
    ran = await _due_run(call, row, date.fromisoformat(due))
    after = await _noted(call, row, due, ran, moves_on=True)
    call.emit(ran.event, after, before=before)
    return after


async def _due_run(call: Call, row: ScheduleRow, day: date) -> _Run:
    """Bill what a day takes; what stands in the way becomes the reason why not."""
    if (
        not row.catches_up
        and day < call.organization_today
        and call.now_us - _due_us(call, row) > LATE_US
    ):
        return _Run(MISSED)
    days = days_billed(call, row, day)
    if row.issues:
        call.permit(Scope.INVOICES_SEND, Role.MANAGER)
    try:
        if await work_to_bill(call, row, days) is None:
            return _Run(NOTHING, days)
        proposed = await _preview(call, row, days)
        invoice = await _do(call, "create_invoice", proposal=proposed.proposal)
    except NotFound as error:
        paused = {"state": "paused", "paused_because": error.message}
        return _Run(REFUSED, days, reason=error.message, values=paused)
    except (Conflict, InvalidInput) as error:
        # Both were raised before anything was made.
        return _Run(REFUSED, days, reason=error.message)
    return await _issued(call, row, days, invoice.id)


async def _issued(call: Call, row: ScheduleRow, days: Period, invoice_id: str) -> _Run:
    """Issue a draft where the schedule does; one that cannot be issued stays a draft."""
    if not row.issues:
        return _Run(DRAFTED, days, invoice_id)
    send = call.look_up("send_invoice")
    assert send is not None
    assert send.asks is not None
    try:
        # It looks whether the invoice can be issued, and moves no number along.
        await send.asks(call, invoice=invoice_id)
    except (Conflict, InvalidInput) as error:
        return _Run(DRAFTED, days, invoice_id, error.message)
    await _do(call, "send_invoice", invoice=invoice_id)
    return _Run(ISSUED, days, invoice_id)


async def _preview(call: Call, row: ScheduleRow, days: Period) -> Any:
    given = await previewed_selection(call, row, days)
    return await _do(
        call, "preview_invoice", client=row.client_id, period=describe_period(days), **given
    )


async def _do(call: Call, operation_name: str, **given: Any) -> Any:
    """Run another operation within this call, exactly as if it had been called."""
    one = call.look_up(operation_name)
    assert one is not None, operation_name
    return await one(call, **one.arguments.read(given))


def _period_by_hand(call: Call, row: ScheduleRow, period: str | None) -> Period:
    if period is not None:
        return call.period(period, "period")
    return days_billed(call, row, call.organization_today)


def _moved_on(row: ScheduleRow) -> dict[str, Any]:
    """Return what makes a schedule wait for the day after its next one."""
    assert row.next_day is not None
    rule, start = parse_rule(row.rule), date.fromisoformat(row.start_day)
    day = next_day(rule, start, after=date.fromisoformat(row.next_day))
    return {"next_day": day.isoformat() if day is not None else None}


def _due_us(call: Call, row: ScheduleRow) -> int:
    assert row.next_day is not None
    zone = call.actor.organization_zone
    return wall_time_us(date.fromisoformat(row.next_day), row.minute_of_day, zone)


async def _noted(
    call: Call, row: ScheduleRow, due: str | None, ran: _Run, *, moves_on: bool = False
) -> ScheduleOut:
    """Keep how a run ended; returns the schedule as it is after that."""
    run = {
        "due_day": due,
        "outcome": ran.outcome,
        "reason": ran.reason,
        "warning": await _warning(call, row, ran),
        "invoice_id": ran.invoice_id,
        "first_day": ran.period.first.isoformat() if ran.period is not None else None,
        "last_day": ran.period.last.isoformat() if ran.period is not None else None,
    }
    moved = _moved_on(row) if moves_on else {}
    return await shown_schedule(
        call, await call.store.schedules.add_run(row, run, {**moved, **ran.values})
    )


async def _warning(call: Call, row: ScheduleRow, ran: _Run) -> str | None:
    """Say what a run left open that it might have been meant to bill."""
    if ran.period is None or ran.outcome in (REFUSED, SKIPPED):
        return None
    return await left_outside(call, row, ran.period)
