"""Schedules: invoices that are made by themselves, again and again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.billed_days import Billed
from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.instants import wall_time_us
from hoursmith_mcp.core.stored_schedules import SELECTED, read_selection, write_selection
from hoursmith_mcp.core.times_of_day import time_of_day_text
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.scheduled_selection import selection_of, told_selection
from hoursmith_mcp.scheduling import next_day_of, shown_schedule, sound_schedule, timing_of
from hoursmith_mcp.schemas.arguments import (
    ClientRef,
    Discount,
    DueDayText,
    InvoiceNotes,
    Line,
    LineGrouping,
    PoNumber,
    ProjectRef,
    ScheduleRef,
)
from hoursmith_mcp.schemas.base import Would
from hoursmith_mcp.schemas.rules import Every
from hoursmith_mcp.schemas.schedules import ScheduleOut, schedule_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hoursmith_mcp.store.queries.schedules import ScheduleRow

MOST_SCHEDULES = 500
_SAID = ("issues", "rule", "minute_of_day", "billed", "next_day", "selection")
_MADE_ALIKE = {"rule", "billed", "minute_of_day", "selection"}

RuleText = Annotated[
    Line,
    Field(description="As monthly on the 1st for the month before; every friday, 9 times; RRULE."),
]
Bills = Annotated[
    Line,
    Field(description="week, month, quarter or year before; until the day before: all."),
]
Starting = Annotated[
    DueDayText, Field(description="The first day that counts, if not the first to come.")
]
At = Annotated[Line, Field(description="Time of day in the organisation's zone, as 06:00.")]
Issue = Annotated[bool, Field(description="Issue each at once; else it is a draft.")]
Missed = Annotated[
    Literal["catch_up", "skip"],
    Field(description="What becomes of days that passed while nothing ran."),
]
RuleParts = Annotated[Every, Field(description="The rule by its parts, instead of words.")]
Projects = Annotated[list[ProjectRef], Field(description="Only these projects; empty for all.")]
Exclude = Annotated[list[Line], Field(description="Tasks, projects or note words.")]

_CATCHING_UP = " Dates that pass while nothing runs are made up for, one invoice each."


async def would_create_schedule(
    call: Call,
    client: str,
    rule: str | None = None,
    every: Every | None = None,
    bills: str | None = None,
    starting: str | None = None,
    at: str = "06:00",
    issue: bool = False,
    **given: Any,
) -> Would | None:
    """Say what a schedule would issue without asking any more; a draft needs no asking."""
    if not issue:
        return None
    owner = await call.store.clients.find(client, writing=True)
    timing = timing_of(call, rule=rule, every=every, bills=bills, starting=starting, at=at)
    said = {name: given.get(name) for name in SELECTED}
    selection = await selection_of(call, owner, said)
    return Would(
        would=f"Issue an invoice to {owner.name} {timing.stored()['rule']}, from "
        f"{describe_day(date.fromisoformat(next_day_of(call, timing)))} on, each over the work "
        f"{_of_days(timing.billed)}{await told_selection(call, owner.id, selection)}, with a "
        "number each and without asking again. What is issued cannot be changed; nothing is "
        "e-mailed yet."
    )


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="POST /invoice-schedules",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    asks=would_create_schedule,
    undo=BY_ROWS,
)
async def create_invoice_schedule(
    call: Call,
    client: ClientRef,
    rule: RuleText | None = None,
    every: RuleParts | None = None,
    bills: Bills | None = None,
    starting: Starting | None = None,
    at: At = "06:00",
    projects: Projects | None = None,
    exclude: Exclude | None = None,
    group_by: LineGrouping | None = None,
    discount: Discount | None = None,
    po_number: PoNumber | None = None,
    notes: InvoiceNotes | None = None,
    issue: Issue = False,
    missed: Missed = "catch_up",
) -> ScheduleOut:
    """Bill a client by itself, again and again, in your name; answers the next dates."""
    if await call.store.schedules.count() >= MOST_SCHEDULES:
        raise Conflict(f"There are {MOST_SCHEDULES} schedules already; delete one first.")
    if issue:
        call.permit(Scope.INVOICES_SEND, Role.MANAGER)
    owner = await call.store.clients.find(client, writing=True)
    timing = timing_of(call, rule=rule, every=every, bills=bills, starting=starting, at=at)
    given = (projects, exclude, group_by, discount, po_number, notes)
    said = dict(zip(SELECTED, given, strict=True))
    values: dict[str, Any] = {
        **timing.stored(),
        "next_day": next_day_of(call, timing),
        "client_id": owner.id,
        "selection": write_selection(await selection_of(call, owner, said)),
    }
    await _refuse_twin(call, owner.name, values)
    others = await call.store.schedules.page(client_id=owner.id, before_id=None, limit=1)
    row = await call.store.schedules.add(
        **values,
        id=call.new_id("sch"),
        member_id=call.actor.member_id,
        issues=issue,
        catches_up=missed == "catch_up",
    )
    made = schedule_out(row, None, of=call.actor)
    call.emit("schedule.created", made)
    beside = [
        f"{owner.name} has another schedule, {one.id}: what one bills the other finds no more."
        for one in others
    ]
    return made.model_copy(update={"warnings": [*made.warnings, *beside]})


def _of_days(billed: str) -> str:
    """Say of which days work is billed, to stand behind it."""
    return billed if billed == Billed.UNTIL_THE_DAY_BEFORE else f"of the {billed}"


async def would_update_schedule(
    call: Call, schedule: str, paused: bool | None = None, **given: Any
) -> Would | None:
    """Say what a schedule would issue from now on, where that is not what it did before."""
    row = await sound_schedule(call, schedule)
    values = {} if paused else await _changes(call, row, paused=paused, **given)
    after = {name: values.get(name, getattr(row, name)) for name in _SAID}
    if not after["issues"] or not values or values == {"catches_up": False}:
        return None
    first = describe_day(date.fromisoformat(after["next_day"])) if after["next_day"] else "no day"
    selection = read_selection(after["selection"])
    return Would(
        would=f"Issue the invoices to {row.client_name} that come {after['rule']} at "
        f"{time_of_day_text(after['minute_of_day'])}, from {first} on, each over the work "
        f"{_of_days(after['billed'])}"
        f"{await told_selection(call, row.client_id, selection)}, with a number each and without "
        "asking again. What is issued cannot be changed; nothing is e-mailed."
        f"{_CATCHING_UP if values.get('catches_up') else ''}",
        basis=f"{row.id} {row.version}",
    )


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="PATCH /invoice-schedules/{schedule}",
    read_only=False,
    destructive=False,
    idempotent=True,
    open_world=False,
    asks=would_update_schedule,
    undo=BY_ROWS,
)
async def update_invoice_schedule(
    call: Call,
    schedule: ScheduleRef,
    paused: Annotated[
        bool, Field(description="Make none; false goes on with the next date, in your name.")
    ]
    | None = None,
    rule: RuleText | None = None,
    every: RuleParts | None = None,
    bills: Bills | None = None,
    starting: Starting | None = None,
    at: At | None = None,
    projects: Projects | None = None,
    exclude: Exclude | None = None,
    group_by: LineGrouping | None = None,
    discount: Discount | None = None,
    po_number: PoNumber | None = None,
    notes: InvoiceNotes | None = None,
    issue: Issue | None = None,
    missed: Missed | None = None,
) -> ScheduleOut:
    """Pause, resume or change a schedule, but not its client; dates while paused are left out."""
    row = await sound_schedule(call, schedule)
    selected = (projects, exclude, group_by, discount, po_number, notes)
    given: dict[str, Any] = dict(zip(SELECTED, selected, strict=True))
    given |= {"rule": rule, "every": every, "bills": bills, "starting": starting, "at": at}
    given |= {"issue": issue, "missed": missed}
    stops = paused is True and all(one is None for one in given.values())
    if (row.issues or issue) and not stops:
        call.permit(Scope.INVOICES_SEND, Role.MANAGER)
    before = await shown_schedule(call, row)
    values = await _changes(call, row, paused=paused, **given)
    if not values:
        return before
    after = await shown_schedule(call, await call.store.schedules.update(row.id, values))
    call.emit("schedule.updated", after, before=before)
    return after


async def _changes(
    call: Call,
    row: ScheduleRow,
    *,
    paused: bool | None = None,
    issue: bool | None = None,
    missed: str | None = None,
    **given: Any,
) -> dict[str, Any]:
    """Return what of a schedule becomes another by what is said; raises what that raises."""
    said = {name: given.pop(name, None) for name in SELECTED}
    timing = timing_of(call, row=row, **given)
    values = timing.stored()
    if any(part is not None for part in said.values()):
        owner = await call.store.clients.find(row.client_id, writing=True)
        selection = read_selection(row.selection) | await selection_of(call, owner, said)
        values["selection"] = write_selection(selection)
    resumes = paused is False and row.state != "active"
    if resumes or (values["rule"], values["start_day"]) != (row.rule, row.start_day):
        _refuse_due(call, row)
        done = await call.store.schedules.last_done_day(row.id, call.organization_today)
        values["next_day"] = next_day_of(call, timing, done)
    if issue is not None:
        values["issues"] = issue
    if missed is not None:
        values["catches_up"] = missed == "catch_up"
    if resumes or (issue and not row.issues):
        values["member_id"] = call.actor.member_id
    if paused or resumes:
        values |= {"state": "paused"} if paused else {"state": "active", "paused_because": None}
    changes = {name: new for name, new in values.items() if getattr(row, name) != new}
    if changes.keys() & _MADE_ALIKE:
        named = {"id": row.id, "client_id": row.client_id, "selection": row.selection}
        await _refuse_twin(call, row.client_name, named | values)
    return changes


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="DELETE /invoice-schedules/{schedule}",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def delete_invoice_schedule(call: Call, schedule: ScheduleRef) -> ScheduleOut:
    """Delete a schedule; what it made stays."""
    shown = await shown_schedule(call, await call.store.schedules.find(schedule))
    await call.store.schedules.remove(shown.id)
    call.emit("schedule.deleted", shown, gone=True)
    gone: dict[str, Any] = {"status": "deleted", "next_dates": [], "available_actions": []}
    return shown.model_copy(update=gone)


def _refuse_due(call: Call, row: ScheduleRow) -> None:
    """Raise Conflict where a day has come that was not run yet: another rule would pass it over."""
    if row.state != "active" or row.next_day is None:
        return
    day = date.fromisoformat(row.next_day)
    if wall_time_us(day, row.minute_of_day, call.actor.organization_zone) <= call.now_us:
        raise Conflict(
            f"Its invoice of {describe_day(day)} is due and is made as soon as a server runs. Wait "
            "for it, or leave it out with skip_invoice_schedule first."
        )


async def _refuse_twin(call: Call, client: str, values: Mapping[str, Any]) -> None:
    """Raise Conflict where the client has an equal schedule: the second would find nothing."""
    twin = await call.store.schedules.twin(values["client_id"], values)
    if twin is not None:
        raise Conflict(
            f"{client} has that schedule already: {twin.id}. Change it with "
            "update_invoice_schedule."
        )
