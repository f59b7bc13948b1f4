"""Where the business and the caller's day stand: the first thing to ask."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.bills import bill_totals, standard_bill
from hoursmith_mcp.core.dates import weekday_name
from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.periods import Period, describe_period, parse_period
from hoursmith_mcp.core.thin_days import FAMILIAR_DAYS, thin_days
from hoursmith_mcp.core.timers import US
from hoursmith_mcp.core.working_patterns import USUAL_PATTERN
from hoursmith_mcp.errors import Conflict, NotFound
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.events import EVERY_KIND
from hoursmith_mcp.schemas.filters import InvoiceFilter, Selection, TimeEntryFilter
from hoursmith_mcp.schemas.invoices import receivables
from hoursmith_mcp.schemas.organization import missing_settings
from hoursmith_mcp.schemas.overview import OverviewOut, assigned_task, owed_amounts
from hoursmith_mcp.schemas.proposals import currency_totals
from hoursmith_mcp.schemas.schedules import refused_to_do, schedule_to_do
from hoursmith_mcp.schemas.time_entries import TimeEntryOut, TimerOut, time_entry_out, timer_out
from hoursmith_mcp.schemas.to_do import (
    MoneyToDo,
    ToDo,
    draft_to_do,
    overdue_to_do,
    settings_to_do,
    thin_day_to_do,
    timer_to_do,
    unbilled_to_do,
)
from hoursmith_mcp.schemas.webhooks import webhook_to_do

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hoursmith_mcp.core.bills import OpenWork

RECENT_DAYS = 30
RECENT_ENTRIES = 5
MOST_TASKS = 20
NEWLY_DAYS = 7


@operation(
    toolset="time",
    scope=None,
    least=Role.MEMBER,
    rest="GET /overview",
    resource="hoursmith://overview",
    page=Page("Overview", touched_by=EVERY_KIND, importance=100),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def overview(call: Call) -> OverviewOut:
    """Show what to do today and where things stand: timer, hours, unbilled and owed, missing."""
    organization = await call.store.organization.get()
    timer = await _timer(call)
    may_read_time = call.may(Scope.TIME_READ, Role.MEMBER)
    told_timer = timer if may_read_time else None
    recent = await _recent(call) if may_read_time else []
    week = parse_period("this week", call.today, week_start=call.actor.week_start)
    logged = await _logged(call, week)
    may_set_up = call.may(Scope.ORGANIZATION_WRITE, Role.ADMIN)
    missing = missing_settings(organization) if may_set_up else []
    money = await _money(call) if call.may(Scope.INVOICES_READ, Role.MANAGER) else {}
    shown = OverviewOut(
        organization=call.actor.organization_name,
        organization_id=call.actor.organization_id,
        member=call.actor.member_name,
        user_id=call.actor.member_id,
        role=call.actor.role.name,
        today=call.today.isoformat(),
        weekday=weekday_name(call.today),
        time_zone=call.actor.zone_name,
        default_currency=call.actor.currency,
        timer=told_timer,
        today_hours=hours_text(logged.get(call.today, 0)),
        week_hours=hours_text(sum(logged[day] for day in logged if week.first <= day <= week.last)),
        week=describe_period(week),
        to_do=[
            *timer_to_do(told_timer),
            *await _troubles(call),
            *await _thin_days(call, logged, recent),
            *settings_to_do(missing),
        ],
        recent_time_entries=recent,
        missing=missing,
        warnings=_warnings(call),
        available_actions=_actions(timer, missing),
    ).model_copy(update=money)
    if call.only_of is None or not call.may(Scope.PROJECTS_READ, Role.MEMBER):
        return shown
    return await _with_tasks(call, shown)


async def _with_tasks(call: Call, shown: OverviewOut) -> OverviewOut:
    """Add what a Member is to do, and what of it was assigned in the last days."""
    rows = await call.store.tasks.to_do(call.actor.member_id)
    since_us = call.now_us - NEWLY_DAYS * 24 * 3_600 * US
    new = [row for row in rows if row.assigned_at is not None and row.assigned_at > since_us]
    new.sort(key=lambda row: row.assigned_at or 0, reverse=True)
    added = {
        "tasks": [assigned_task(row) for row in rows[:MOST_TASKS]],
        "more_tasks": True if len(rows) > MOST_TASKS else None,
        "newly_assigned": [assigned_task(row) for row in new[:MOST_TASKS]],
        "available_actions": [*shown.available_actions, "list_tasks"],
    }
    return shown.model_copy(update=added)


async def _timer(call: Call) -> TimerOut | None:
    row = await call.store.timers.of_member(call.actor.member_id)
    if row is None:
        return None
    return timer_out(row, task=row.task_name, now_us=call.now_us)


async def _recent(call: Call) -> list[TimeEntryOut]:
    """Return what the caller logged last."""
    rows = await call.store.time_entries.page(
        _own(call, Period(call.today - timedelta(days=RECENT_DAYS), call.today)),
        after=None,
        limit=RECENT_ENTRIES,
    )
    return [time_entry_out(row) for row in rows]


async def _logged(call: Call, week: Period) -> dict[date, int]:
    """Return the caller's seconds by day, of the week and of the last days."""
    since = min(week.first, call.today - timedelta(days=FAMILIAR_DAYS))
    return await call.store.time_entries.seconds_by_day(_own(call, Period(since, week.last)))


async def _thin_days(
    call: Call, logged: dict[date, int], recent: Sequence[TimeEntryOut]
) -> list[ToDo]:
    # What is out of a limited token's reach would be told as missing.
    if not logged or call.actor.is_limited or not call.may(Scope.TIME_READ, Role.MEMBER):
        return []
    member = await call.store.members.get(call.actor.member_id)
    pattern = member.working_pattern or USUAL_PATTERN
    days = thin_days(pattern, logged, call.today)
    return thin_day_to_do(days, await _only_project(call, recent)) if days else []


async def _only_project(call: Call, recent: Sequence[TimeEntryOut]) -> str | None:
    """Return the only project that was worked on of late, where more can be logged in it."""
    projects = {entry.project_id for entry in recent}
    if len(projects) != 1:
        return None
    try:
        return (await call.store.projects.find_open(projects.pop())).id
    except (Conflict, NotFound):  # It is put away, or the caller has left it.
        return None


async def _money(call: Call) -> dict[str, Any]:
    """Return what there is to say of money to who sees it: the most urgent comes first."""
    works = await call.store.open_work.of(Selection())
    bills = [standard_bill(work) for work in works]
    unpaid = await call.store.invoices.unpaid(InvoiceFilter())
    drafts = await call.store.invoices.every(InvoiceFilter(statuses=("DRAFT",)))
    return {
        "unbilled": currency_totals(bill_totals(bills)),
        "owed": owed_amounts(receivables(unpaid), call.organization_today),
        "to_do_about_money": [
            *await _stopped_schedules(call, works),
            *overdue_to_do(unpaid, call.organization_today),
            *draft_to_do(drafts, call.today, call.actor.zone),
            *unbilled_to_do(list(zip(works, bills, strict=True)), call.organization_today),
        ],
    }


def _own(call: Call, days: Period) -> TimeEntryFilter:
    return TimeEntryFilter(
        first_day=days.first.isoformat(),
        last_day=days.last.isoformat(),
        member_id=call.actor.member_id,
    )


def _warnings(call: Call) -> list[str]:
    if call.store.journal_mode == "WAL":
        return []
    return [
        "This machine's SQLite is too old for safe use by several programs at full speed; "
        "update Python or SQLite (3.51.3 or newer)."
    ]


async def _stopped_schedules(call: Call, works: Sequence[OpenWork]) -> list[MoneyToDo]:
    """Say which schedules need somebody to look after them."""
    if not call.may(Scope.INVOICES_WRITE, Role.MANAGER):
        return []
    refused = await call.store.schedules.refused()
    return [
        *schedule_to_do(await call.store.schedules.troubled()),
        *refused_to_do(refused, works),
    ]


async def _troubles(call: Call) -> list[ToDo]:
    """Say which webhooks need somebody to look after them."""
    if not call.may(Scope.WEBHOOKS_WRITE, Role.ADMIN):
        return []
    return webhook_to_do(await call.store.webhooks.doing(), call.now_us)


def _actions(timer: TimerOut | None, missing: list[str]) -> list[str]:
    actions = ["log_time", "stop_timer" if timer is not None else "start_timer"]
    return [*(["set_up"] if missing else []), *actions, "list_time_entries", "find"]
