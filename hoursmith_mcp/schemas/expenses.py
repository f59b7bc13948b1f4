"""Expenses, as callers see them; those who see no money see none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from hoursmith_mcp.core.dates import weekday_name
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.money import Money
from hoursmith_mcp.schemas.base import AmountText, DateText, Hidden, InstantText, OfMoney, OfTheCall

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.expenses import ExpenseRow


class ExpenseOut(OfMoney):
    """What was spent for a client."""

    id: str
    description: str
    amount: AmountText | None = None
    currency: Hidden[str] | None = None
    expense_date: DateText
    weekday: str
    client: str
    client_id: str
    project: str | None = None
    project_id: str | None = None
    category: str
    custom_category: str | None = None
    billable: bool
    created_at: InstantText
    updated_at: InstantText
    warnings: OfTheCall[list[str]] = []
    available_actions: list[str] = []
    repeated: OfTheCall[bool] | None = None


class ExpensePage(OfMoney):
    """A page of expenses."""

    listed = "expenses"

    expenses: list[ExpenseOut]
    next_cursor: str | None = None


class ExpenseDeleted(OfMoney):
    """What was deleted."""

    id: str
    deleted: bool
    expense: ExpenseOut


def expense_out(row: ExpenseRow, *, warnings: Sequence[str] = ()) -> ExpenseOut:
    """Show an expense."""
    return ExpenseOut(
        id=row.id,
        description=row.description,
        amount=Money(row.amount, row.currency).text(),
        currency=row.currency,
        expense_date=row.expense_date,
        weekday=weekday_name(date.fromisoformat(row.expense_date)),
        client=row.client_name,
        client_id=row.client_id,
        project=row.project_name,
        project_id=row.project_id,
        category=row.category,
        custom_category=row.custom_category,
        billable=row.billable,
        created_at=instant_text(row.created_at),
        updated_at=instant_text(row.updated_at),
        warnings=list(warnings),
        available_actions=["update_expense", "delete_expense"],
    )
