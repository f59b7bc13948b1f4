"""Running schedules: by themselves when they are due, by hand, and not at all once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.billed_days import Billed, billed_days
from hoursmith_mcp.core.exclusions import leave_out, leaves_out
from hoursmith_mcp.core.instants import load_zone, local_day, wall_time_us
from hoursmith_mcp.core.periods import Period, describe_period
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.schedules import next_day
from hoursmith_mcp.errors import Conflict, InvalidInput, NotFound
from hoursmith_mcp.operation import Undo, operation
from hoursmith_mcp.schemas.arguments import Line, PeriodText
from hoursmith_mcp.schemas.base import Would
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.schemas.invoices import invoice_out
from hoursmith_mcp.schemas.schedules import ScheduleOut, ScheduleRan, schedule_out

if TYPE_CHECKING:
    from hoursmith_mcp.core.bills import OpenWork
    from hoursmith_mcp.store.queries.schedules import ScheduleRow

ScheduleId = Annotated[Line, Field(description="Schedule id.")]

DRAFTED, ISSUED, NOTHING, REFUSED, MISSED = "drafted", "issued", "nothing", "refused", "missed"


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
    undo=Undo("Bill those days all the same with run_invoice_schedule(period=…)."),
)
async def skip_invoice_schedule(call: Call, schedule: ScheduleId) -> ScheduleOut:
    """Leave the next date of a schedule out; the one after it comes next."""
    row = await call.store.schedules.get(schedule)
    if row.state != "active" or row.next_day is None:
        raise Conflict("That schedule has no next date: it is paused, or has come to its end.")
    before = await _shown(call, row)
    after = await _shown(call, await call.store.schedules.update(row.id, _moved_on(row)))
    call.emit("schedule.updated", after, before=before)
    return after


def _to_issue(schedule: Mapping[str, Any]) -> Scope | None:
    """Return what a schedule takes beside the scope for drafts: one that issues has numbers."""
    return Scope.INVOICES_SEND if schedule.get("issue") else None


async def would_run_schedule(call: Call, schedule: str, period: str | None = None) -> Would | None:
    """Say what a schedule would issue now; a draft needs no asking."""
    row = await call.store.schedules.get(schedule)
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
    also=_to_issue,
    undo=Undo("Take what was made away with delete_invoice, or with cancel_invoice once issued."),
)
async def run_invoice_schedule(
    call: Call,
    schedule: ScheduleId,
    period: Annotated[
        PeriodText, Field(description="The days to bill, if not those it would bill today.")
    ]
    | None = None,
) -> ScheduleRan:
    """Make the invoice of a schedule now, beside its dates, which stay as they are."""
    row = await call.store.schedules.get(schedule)
    if row.issues:
        call.permit(Scope.INVOICES_SEND, Role.MANAGER)
    days = _period_by_hand(call, row, period)
    before = await _shown(call, row)
    proposed = await _preview(call, row, days)
    invoice = await _do(call, "create_invoice", proposal=proposed.proposal)
    if row.issues:
        await _do(call, "send_invoice", invoice=invoice.id)
    outcome = ISSUED if row.issues else DRAFTED
    ran = _Run(outcome, days, invoice.id, values={} if period else _done_until(days))
    after = await _noted(call, row, None, ran)
    call.emit(ran.event, after, before=before)
    made = invoice_out(await call.store.invoices.find(invoice.id), call.today)
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
    schedule: ScheduleId,
    due: Annotated[Line, Field(description="The day that is due, as 2026-12-01.")],
) -> ScheduleOut:
    """Run a schedule of your own for a day that has come, once; nothing where that was done."""
    row = await call.store.schedules.get(schedule)
    before = await _shown(call, row)
    if row.member_id != call.actor.member_id or row.state != "active":
        return before
    if row.next_day != due or not _has_come(call, row):
        return before
    if await call.store.schedules.has_run(row.id, due):
        # The clock went back, or the rule was changed: that day is done with.
        return await _shown(call, await call.store.schedules.update(row.id, _moved_on(row)))
    ran = await _due_run(call, row, date.fromisoformat(due))
    after = await _noted(call, row, due, ran)
    call.emit(ran.event, after, before=before)
    return after


async def _due_run(call: Call, row: ScheduleRow, day: date) -> _Run:
    """Bill what a day takes; what stands in the way becomes the reason why not."""
    if not row.catches_up and day < _today(call):
        return _Run(MISSED)
    days = _days(call, row, day)
    if days is None:
        return _Run(NOTHING)
    if row.issues:
        call.permit(Scope.INVOICES_SEND, Role.MANAGER)
    try:
        if await _has_nothing(call, row, days):
            return _Run(NOTHING, days, values=_done_until(days))
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
    done = _done_until(days)
    if not row.issues:
        return _Run(DRAFTED, days, invoice_id, values=done)
    send = call.look_up("send_invoice")
    assert send is not None
    assert send.asks is not None
    try:
        # It looks whether the invoice can be issued, and moves no number along.
        await send.asks(call, invoice=invoice_id)
    except (Conflict, InvalidInput) as error:
        return _Run(DRAFTED, days, invoice_id, error.message, done)
    await _do(call, "send_invoice", invoice=invoice_id)
    return _Run(ISSUED, days, invoice_id, values=done)


async def _preview(call: Call, row: ScheduleRow, days: Period) -> Any:
    given: dict[str, Any] = json.loads(row.selection)
    if wishes := given.pop("exclude", None):
        given["exclude"] = await _of_account(call, row, days, wishes)
    return await _do(
        call, "preview_invoice", client=row.client_id, period=describe_period(days), **given
    )


async def _do(call: Call, operation_name: str, **given: Any) -> Any:
    """Run another operation within this call, exactly as if it had been called."""
    one = call.look_up(operation_name)
    assert one is not None, operation_name
    return await one(call, **one.arguments.read(given))


async def _open(call: Call, row: ScheduleRow, days: Period) -> OpenWork | None:
    projects = json.loads(row.selection).get("projects")
    selection = Selection(
        client_id=row.client_id, period=days, project_ids=tuple(projects) if projects else None
    )
    works = await call.store.open_work.of(selection)
    return works[0] if works else None


async def _of_account(call: Call, row: ScheduleRow, days: Period, wishes: list[str]) -> list[str]:
    """Return the exclusions that leave out anything of these days: the others mean other days."""
    work = await _open(call, row, days)
    if work is None:
        return []
    found: list[str] = []
    for wish in wishes:
        try:
            if leaves_out(work, wish):
                found.append(wish)
        except Refusal:
            found.append(wish)  # It is refused where the others are, in the same words.
    return found


async def _has_nothing(call: Call, row: ScheduleRow, days: Period) -> bool:
    """Say whether nothing is there to bill; raises NotFound where the client is gone."""
    await call.store.clients.find(row.client_id, writing=False)
    selection = json.loads(row.selection)
    for project_id in selection.get("projects", []):
        await call.store.projects.find(project_id, writing=False)
    work = await _open(call, row, days)
    if work is None:
        return True
    wishes = await _of_account(call, row, days, selection.get("exclude", []))
    try:
        work, _ = leave_out(work, wishes)
    except Refusal:
        return False
    return not (work.times or work.unpriced or work.fees)


def _period_by_hand(call: Call, row: ScheduleRow, period: str | None) -> Period:
    if period is not None:
        return call.period(period, "period")
    days = _days(call, row, _today(call))
    if days is None:
        raise Conflict(
            f"{row.client_name} is billed until yesterday: there are no days left. Give a period "
            "to bill others."
        )
    return days


def _days(call: Call, row: ScheduleRow, day: date) -> Period | None:
    until = date.fromisoformat(row.billed_until) if row.billed_until is not None else None
    return billed_days(
        Billed(row.billed), day, week_start=call.actor.week_start, billed_until=until
    )


def _done_until(days: Period) -> dict[str, Any]:
    return {"billed_until": days.last.isoformat()}


def _moved_on(row: ScheduleRow) -> dict[str, Any]:
    """Return what makes a schedule wait for the day after its next one."""
    assert row.next_day is not None
    rule, start = parse_rule(row.rule), date.fromisoformat(row.start_day)
    day = next_day(rule, start, after=date.fromisoformat(row.next_day))
    return {"next_day": day.isoformat() if day is not None else None}


def _has_come(call: Call, row: ScheduleRow) -> bool:
    assert row.next_day is not None
    zone = load_zone(call.actor.organization_zone_name)
    return wall_time_us(date.fromisoformat(row.next_day), row.minute_of_day, zone) <= call.now_us


def _today(call: Call) -> date:
    return local_day(call.now_us, load_zone(call.actor.organization_zone_name))


async def _noted(call: Call, row: ScheduleRow, due: str | None, ran: _Run) -> ScheduleOut:
    """Keep how a run ended; returns the schedule as it is after that."""
    run = {
        "due_day": due,
        "outcome": ran.outcome,
        "reason": ran.reason,
        "invoice_id": ran.invoice_id,
        "first_day": ran.period.first.isoformat() if ran.period is not None else None,
        "last_day": ran.period.last.isoformat() if ran.period is not None else None,
    }
    moved = _moved_on(row) if due is not None else {}
    return await _shown(call, await call.store.schedules.add_run(row, run, {**moved, **ran.values}))


async def _shown(call: Call, row: ScheduleRow) -> ScheduleOut:
    runs = await call.store.schedules.last_runs([row.id])
    return schedule_out(row, runs.get(row.id), of=call.actor)
