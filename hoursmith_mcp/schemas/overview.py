"""The overview: where the business and the caller's day stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from hoursmith_mcp.core.ageing import Receivable, aged
from hoursmith_mcp.core.money import Money
from hoursmith_mcp.schemas.base import (
    AmountText,
    DateText,
    DecimalText,
    Hidden,
    OfMoney,
    Public,
    Unlisted,
)
from hoursmith_mcp.schemas.proposals import CurrencyTotal
from hoursmith_mcp.schemas.time_entries import TimeEntryOut, TimerOut
from hoursmith_mcp.schemas.to_do import MoneyToDo, ToDo

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.tasks import TaskRow


class Owed(OfMoney):
    """What clients owe in one currency, and what of it should have come."""

    currency: Hidden[str] | None = None
    due: AmountText | None = None
    overdue: AmountText | None = None


class AssignedTask(Public):
    """A task that is the caller's to do."""

    id: str
    name: str
    project: str
    project_id: str
    client: str
    status: str
    priority: str
    due_date: DateText | None = None


class OverviewOut(Public):
    """Where the business and the caller's day stand."""

    organization: str
    organization_id: str
    member: str
    user_id: str
    role: str
    today: str
    weekday: str
    time_zone: str
    default_currency: Hidden[str] | None = None
    timer: TimerOut | None = None
    today_hours: DecimalText
    week_hours: DecimalText
    week: str
    to_do: list[ToDo] = []
    to_do_about_money: list[MoneyToDo] = []
    recent_time_entries: list[TimeEntryOut] = []
    tasks: Unlisted[list[AssignedTask] | None] = None
    more_tasks: Unlisted[bool | None] = None
    newly_assigned: Unlisted[list[AssignedTask] | None] = None
    unbilled: list[CurrencyTotal] | None = None
    owed: list[Owed] | None = None
    missing: Hidden[list[str]] = []
    warnings: list[str] = []
    available_actions: list[str] = []


def assigned_task(row: TaskRow) -> AssignedTask:
    """Show a task to whoever is to do it."""
    return AssignedTask(
        id=row.id,
        name=row.name,
        project=row.project_name,
        project_id=row.project_id,
        client=row.client_name,
        status=row.status,
        priority=row.priority,
        due_date=row.due_date,
    )


def owed_amounts(receivables: Iterable[Receivable], today: date) -> list[Owed]:
    """Show what is owed by currency."""
    return [
        Owed(
            currency=currency,
            due=Money(sum(buckets.values()), currency).text(),
            overdue=Money(sum(buckets.values()) - buckets["current"], currency).text(),
        )
        for currency, buckets in aged(receivables, today).items()
    ]
