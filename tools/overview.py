"""Where the business and the caller's day stand: the first thing to ask."""

from __future__ import annotations

from datetime import timedelta

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.bills import standard_totals
from hoursmith_mcp.core.dates import weekday_name
from hoursmith_mcp.core.durations import format_duration, hours_text
from hoursmith_mcp.core.periods import Period, describe_period, parse_period
from hoursmith_mcp.core.timers import LONG_SECONDS, US
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.events import EVERY_KIND
from hoursmith_mcp.schemas.filters import InvoiceFilter, Selection, TimeEntryFilter
from hoursmith_mcp.schemas.invoices import receivables
from hoursmith_mcp.schemas.organization import missing_settings
from hoursmith_mcp.schemas.overview import OverviewOut, Owed, assigned_task, owed_amounts
from hoursmith_mcp.schemas.proposals import CurrencyTotal, currency_totals
from hoursmith_mcp.schemas.schedules import schedule_warnings
from hoursmith_mcp.schemas.time_entries import TimerOut, time_entry_out, timer_out
from hoursmith_mcp.schemas.webhooks import webhook_warnings

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
    """Show where things stand: today, timer, hours, unbilled and owed money, what is missing."""
    organization = await call.store.organization.get()
    timer = await _timer(call)
    week = parse_period("this week", call.today, week_start=call.actor.week_start)
    recent = await call.store.time_entries.page(
        _own(call, Period(call.today - timedelta(days=RECENT_DAYS), call.today)),
        after=None,
        limit=RECENT_ENTRIES,
    )
    may_set_up = call.may(Scope.ORGANIZATION_WRITE, Role.ADMIN)
    missing = missing_settings(organization) if may_set_up else []
    sees_money = call.may(Scope.INVOICES_READ, Role.MANAGER)
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
        timer=timer,
        today_hours=await _hours(call, Period(call.today, call.today)),
        week_hours=await _hours(call, week),
        week=describe_period(week),
        recent_time_entries=[time_entry_out(row) for row in recent],
        unbilled=await _unbilled(call) if sees_money else None,
        owed=await _owed(call) if sees_money else None,
        missing=missing,
        warnings=[*_warnings(call, timer), *await _troubles(call)],
        available_actions=_actions(timer, missing),
    )
    return shown if call.only_of is None else await _with_tasks(call, shown)


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


async def _hours(call: Call, days: Period) -> str:
    totals = await call.store.time_entries.totals(_own(call, days))
    return hours_text(int(totals.seconds))


async def _unbilled(call: Call) -> list[CurrencyTotal]:
    works = await call.store.open_work.of(Selection())
    return currency_totals(standard_totals(works))


async def _owed(call: Call) -> list[Owed]:
    rows = await call.store.invoices.unpaid(InvoiceFilter())
    return owed_amounts(receivables(rows), call.today)


def _own(call: Call, days: Period) -> TimeEntryFilter:
    return TimeEntryFilter(
        first_day=days.first.isoformat(),
        last_day=days.last.isoformat(),
        member_id=call.actor.member_id,
    )


def _warnings(call: Call, timer: TimerOut | None) -> list[str]:
    found: list[str] = []
    if timer is not None and timer.running_seconds > LONG_SECONDS:
        found.append(
            f"The timer on {timer.project} has been running for "
            f"{format_duration(timer.running_seconds)}; was it forgotten?"
        )
    if call.store.journal_mode != "WAL":
        found.append(
            "This machine's SQLite is too old for safe use by several programs at full speed; "
            "update Python or SQLite (3.51.3 or newer)."
        )
    return found


async def _troubles(call: Call) -> list[str]:
    """Say which schedules and webhooks need somebody to look after them."""
    found: list[str] = []
    if call.may(Scope.INVOICES_WRITE, Role.MANAGER):
        found += schedule_warnings(await call.store.schedules.troubled())
    if call.may(Scope.WEBHOOKS_WRITE, Role.ADMIN):
        found += webhook_warnings(await call.store.webhooks.doing(), call.now_us)
    return found


def _actions(timer: TimerOut | None, missing: list[str]) -> list[str]:
    actions = ["log_time", "stop_timer" if timer is not None else "start_timer"]
    return [*(["set_up"] if missing else []), *actions, "list_time_entries", "find"]
