"""Schedules: invoices that are made by themselves, again and again."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.billed_days import Billed, read_billed, split_billed, usual_billed
from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.grouping import parse_grouping
from hoursmith_mcp.core.instants import load_zone, local_day
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.schedules import Frequency, Rule, describe_rule, next_due
from hoursmith_mcp.core.times_of_day import parse_time_of_day
from hoursmith_mcp.core.totals import parse_discount
from hoursmith_mcp.errors import Conflict, InvalidInput
from hoursmith_mcp.operation import Undo, operation
from hoursmith_mcp.schemas.arguments import (
    ClientRef,
    Cursor,
    DueDayText,
    Limit,
    Line,
    LongText,
    ProjectRef,
)
from hoursmith_mcp.schemas.base import Hidden, Would
from hoursmith_mcp.schemas.given import Given
from hoursmith_mcp.schemas.paging import read_cursor, write_cursor
from hoursmith_mcp.schemas.schedules import ScheduleOut, SchedulePage, schedule_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hoursmith_mcp.store.queries.schedules import ScheduleRow
    from hoursmith_mcp.store.tables import Client

MOST_SCHEDULES = 500
_TIMING = ("rule", "start_day", "minute_of_day")

RuleText = Annotated[
    Line,
    Field(description="As monthly on the 1st for the month before; every second friday."),
]
Bills = Annotated[
    Line,
    Field(description="week, month, quarter, year before; since the last; until the day before."),
]
Starting = Annotated[
    DueDayText, Field(description="The first day that counts; today, if left out.")
]
At = Annotated[Line, Field(description="Time of day in the organisation's zone, as 06:00.")]
Issue = Annotated[bool, Field(description="Issue each at once; else it is a draft.")]
Missed = Annotated[
    Literal["catch_up", "skip"],
    Field(description="What becomes of days that passed while nothing ran."),
]
ScheduleId = Annotated[Line, Field(description="Schedule id.")]


class Every(Given):
    """A rule by its parts."""

    frequency: Annotated[
        Literal["daily", "weekly", "monthly", "quarterly", "yearly"],
        Field(description="What it counts in."),
    ]
    interval: Annotated[int, Field(description="Every so many of them.")] = 1
    weekday: Annotated[int, Field(description="0 (Monday) to 6 (Sunday).")] | None = None
    day: Annotated[int, Field(description="Of the month, 1 to 31; -1 is the last.")] | None = None
    ordinal: (
        Annotated[int, Field(description="Which such weekday of the month; -1 is the last.")] | None
    ) = None
    month: Annotated[int, Field(description="1 to 12, of a yearly one.")] | None = None


RuleParts = Annotated[Every, Field(description="The rule by its parts, instead of words.")]


async def would_create_schedule(
    call: Call,
    client: str,
    rule: str | None = None,
    every: Every | None = None,
    bills: str | None = None,
    starting: str | None = None,
    at: str = "06:00",
    issue: bool = False,
    **_: Any,
) -> Would | None:
    """Say what a schedule would issue without asking any more; a draft needs no asking."""
    if not issue:
        return None
    owner = await call.store.clients.find(client, writing=True)
    values = _timing(call, rule, every, bills, starting, at)
    return Would(
        would=f"Issue an invoice to {owner.name} {values['rule']}, from "
        f"{describe_day(date.fromisoformat(values['next_day']))} on, with a number each and "
        "without asking again. What is issued cannot be changed; nothing is e-mailed yet."
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
    undo=Undo("Take the schedule away with delete_invoice_schedule."),
)
async def create_invoice_schedule(
    call: Call,
    client: ClientRef,
    rule: RuleText | None = None,
    every: RuleParts | None = None,
    bills: Bills | None = None,
    starting: Starting | None = None,
    at: At = "06:00",
    projects: Annotated[list[ProjectRef], Field(description="Only these projects.")] | None = None,
    exclude: Annotated[list[Line], Field(description="Tasks, projects or note words.")]
    | None = None,
    group_by: Annotated[Line, Field(description="project, task, member, date, note; or entry.")]
    | None = None,
    discount: Annotated[Hidden[Line], Field(description="As 10% or 150.00.")] | None = None,
    po_number: Annotated[Line, Field(description="PO number.")] | None = None,
    notes: Annotated[LongText, Field(description="Notes on it.")] | None = None,
    issue: Issue = False,
    missed: Missed = "catch_up",
) -> ScheduleOut:
    """Bill a client by itself, again and again, in your name; answers the next dates."""
    if await call.store.schedules.count() >= MOST_SCHEDULES:
        raise Conflict(f"There are {MOST_SCHEDULES} schedules already; delete one first.")
    if issue:
        call.permit(Scope.INVOICES_SEND, Role.MANAGER)
    owner = await call.store.clients.find(client, writing=True)
    values = _timing(call, rule, every, bills, starting, at)
    given = {"group_by": group_by, "discount": discount, "po_number": po_number, "notes": notes}
    selection = await _selection(call, owner, projects or [], exclude or [], given)
    await _refuse_twin(call, owner, {**values, "selection": selection})
    row = await call.store.schedules.add(
        **values,
        id=call.new_id("sch"),
        member_id=call.actor.member_id,
        client_id=owner.id,
        selection=selection,
        issues=issue,
        catches_up=missed == "catch_up",
    )
    made = schedule_out(row, None, of=call.actor)
    call.emit("schedule.created", made)
    return made


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    rest="GET /invoice-schedules",
    rest_defaults={"limit": 50},
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_invoice_schedules(
    call: Call, cursor: Cursor | None = None, limit: Limit = 20
) -> SchedulePage:
    """List the schedules of invoices, the newest first, with their next dates and last runs."""
    after = read_cursor(cursor, "schedules")[1] if cursor is not None else None
    rows = await call.store.schedules.page(before_id=after, limit=limit + 1)
    shown = rows[:limit]
    runs = await call.store.schedules.last_runs([row.id for row in shown])
    return SchedulePage(
        schedules=[schedule_out(row, runs.get(row.id), of=call.actor) for row in shown],
        next_cursor=write_cursor(("", shown[-1].id), "schedules") if len(rows) > limit else None,
    )


def _to_issue(schedule: Mapping[str, Any]) -> Scope | None:
    """Return what a schedule takes beside the scope for drafts: one that issues has numbers."""
    return Scope.INVOICES_SEND if schedule.get("issue") else None


async def would_update_schedule(
    call: Call, schedule: str, issue: bool | None = None, paused: bool | None = None, **_: Any
) -> Would | None:
    """Say what a schedule would issue from now on, where it did not before."""
    row = await call.store.schedules.get(schedule)
    resumes = paused is False and row.state != "active"
    issues = row.issues if issue is None else issue
    if not issues or (row.issues and not resumes):
        return None
    return Would(
        would=f"Issue the invoices to {row.client_name} that come {row.rule}, with a number each "
        "and without asking again. What is issued cannot be changed; nothing is e-mailed.",
        basis=str(row.version),
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
    also=_to_issue,
    undo=Undo("Change the schedule back with update_invoice_schedule."),
)
async def update_invoice_schedule(
    call: Call,
    schedule: ScheduleId,
    paused: Annotated[
        bool, Field(description="Make none; false goes on with the next date, in your name.")
    ]
    | None = None,
    rule: RuleText | None = None,
    every: RuleParts | None = None,
    bills: Bills | None = None,
    starting: Starting | None = None,
    at: At | None = None,
    issue: Issue | None = None,
    missed: Missed | None = None,
) -> ScheduleOut:
    """Pause or resume a schedule, or change its rule; dates that pass while paused are left out."""
    row = await call.store.schedules.get(schedule)
    if row.issues or issue:
        call.permit(Scope.INVOICES_SEND, Role.MANAGER)
    before = await _with_last_run(call, row)
    values: dict[str, Any] = {}
    if (rule, every, bills, starting, at) != (None,) * 5:
        values |= _timing(call, rule, every, bills, starting, at, row=row)
    if issue is not None:
        values["issues"] = issue
    if missed is not None:
        values["catches_up"] = missed == "catch_up"
    if paused:
        values["state"] = "paused"
    elif paused is False and row.state != "active":
        values |= _resumed(call, row, values)
    values = {name: new for name, new in values.items() if getattr(row, name) != new}
    if not values:
        return before
    after = await _with_last_run(call, await call.store.schedules.update(row.id, values))
    call.emit("schedule.updated", after, before=before)
    return after


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="DELETE /invoice-schedules/{schedule}",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    undo=Undo("Make another schedule with create_invoice_schedule."),
)
async def delete_invoice_schedule(call: Call, schedule: ScheduleId) -> ScheduleOut:
    """Delete a schedule; what it made stays."""
    shown = await _with_last_run(call, await call.store.schedules.get(schedule))
    await call.store.schedules.remove(shown.id)
    call.emit("schedule.deleted", shown, gone=True)
    return shown.model_copy(update={"available_actions": []})


async def _with_last_run(call: Call, row: ScheduleRow) -> ScheduleOut:
    runs = await call.store.schedules.last_runs([row.id])
    return schedule_out(row, runs.get(row.id), of=call.actor)


def _timing(
    call: Call,
    words: str | None,
    parts: Every | None,
    bills: str | None,
    starting: str | None,
    at: str | None,
    *,
    row: ScheduleRow | None = None,
) -> dict[str, Any]:
    """Return when, and for which days, as it is stored; what is not given stays as it is."""
    rule, said = _rule(words, parts, row)
    with reading("bills"):
        wanted = bills or said
        billed = read_billed(wanted) if wanted else None
    with reading("at"):
        minute = parse_time_of_day(at) if at is not None else row.minute_of_day if row else 0
    start = _today(call)
    if starting:
        start = call.due_day(starting, "starting")
    elif row is not None and words is None and parts is None:
        start = date.fromisoformat(row.start_day)
    usual = Billed(row.billed) if row is not None else usual_billed(rule)
    return {
        "rule": describe_rule(rule),
        "start_day": start.isoformat(),
        "minute_of_day": minute,
        "billed": (billed or usual).value,
        "next_day": _next_day(call, rule, start, minute),
    }


def _rule(
    words: str | None, parts: Every | None, row: ScheduleRow | None
) -> tuple[Rule, str | None]:
    """Return a rule, and what was said within its words of the days that it bills."""
    if words and parts is not None:
        raise InvalidInput("Give rule or every, not both: they say the same in two ways.")
    if parts is not None:
        with reading("every"):
            return Rule(Frequency(parts.frequency), **parts.model_dump(exclude={"frequency"})), None
    with reading("rule"):
        said, billed = split_billed(words or (row.rule if row is not None else ""))
        return parse_rule(said), billed


def _today(call: Call) -> date:
    return local_day(call.now_us, load_zone(call.actor.organization_zone_name))


def _next_day(call: Call, rule: Rule, start: date, minute: int) -> str:
    zone = load_zone(call.actor.organization_zone_name)
    day = next_due(rule, start, minute, zone, now_us=call.now_us)
    if day is None:
        sentence = "rule: no day of it is still to come, up to the year 2199; start it earlier."
        raise InvalidInput(sentence, fields={"rule": sentence})
    return day.isoformat()


def _resumed(call: Call, row: ScheduleRow, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes a schedule go on with its next date, in the name of who resumes it."""
    now = {name: values.get(name, getattr(row, name)) for name in _TIMING}
    start = date.fromisoformat(now["start_day"])
    next_day = _next_day(call, parse_rule(now["rule"]), start, now["minute_of_day"])
    whose = {"state": "active", "paused_because": None, "member_id": call.actor.member_id}
    return {**whose, "next_day": next_day}


async def _selection(
    call: Call, owner: Client, projects: list[str], exclude: list[str], given: dict[str, Any]
) -> str:
    """Return what previewing will be given, as it is stored; raises for what it would not take."""
    found = [await call.store.projects.find(one, writing=True) for one in projects]
    for project in found:
        if project.client_id != owner.id:
            sentence = f"projects: {project.name} is a project of {project.client_name}."
            raise InvalidInput(sentence, fields={"projects": sentence})
    if given["group_by"]:
        with reading("group_by"):
            parse_grouping(given["group_by"])
    currency = owner.currency or call.actor.currency
    if given["discount"]:
        if currency is None:
            raise Conflict(f"{owner.name} has no currency yet: set one before a discount.")
        with reading("discount"):
            parse_discount(given["discount"], currency)
    selection = {
        "projects": [project.id for project in found],
        "exclude": [wish for wish in exclude if wish],
        **given,
    }
    return json.dumps({name: part for name, part in selection.items() if part}, ensure_ascii=False)


async def _refuse_twin(call: Call, owner: Client, values: Mapping[str, Any]) -> None:
    """Raise Conflict where the client has an equal schedule: the second would find nothing."""
    same = ("rule", "billed", "minute_of_day", "selection")
    for row in await call.store.schedules.of_client(owner.id):
        if all(getattr(row, name) == values[name] for name in same):
            raise Conflict(
                f"{owner.name} has that schedule already: {row.id}. Change it with "
                "update_invoice_schedule."
            )
