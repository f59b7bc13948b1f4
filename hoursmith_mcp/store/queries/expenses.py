"""Expenses, as rows that know their client and project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam

from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Expense, Project
from hoursmith_mcp.store.tenancy import TENANT, scoped

_expense = core_table(Expense)
_client = core_table(Client)
_project = core_table(Project)

_row = (
    select(
        _expense,
        _client.c.name.label("client_name"),
        _client.c.currency.label("client_currency"),
        _project.c.name.label("project_name"),
    )
    .select_from(
        _expense.join(_client, _client.c.id == _expense.c.client_id).outerjoin(
            _project,
            (_project.c.id == _expense.c.project_id) & (_project.c.organization_id == TENANT),
        )
    )
    .where(_expense.c.deleted_at.is_(None))
)
_BY_ID = scoped(_row.where(_expense.c.id == bindparam("id")))
_BY_IDS = scoped(_row.where(_expense.c.id.in_(bindparam("ids", expanding=True))))
_one = select(_expense.c.id).where(_expense.c.deleted_at.is_(None)).limit(1)
_OF_CLIENT = scoped(_one.where(_expense.c.client_id == bindparam("client")))
_OF_PROJECT = scoped(_one.where(_expense.c.project_id == bindparam("project")))


class ExpenseRow(Shape):
    """An expense's columns, with what is shown of its client and project."""

    id: str
    client_id: str
    project_id: str | None
    description: str
    amount: int
    currency: str
    category: str
    custom_category: str | None
    expense_date: str
    billable: bool
    created_at: int
    updated_at: int
    client_name: str
    client_currency: str | None
    project_name: str | None


class Expenses:
    """The expenses of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, expense_id: str) -> ExpenseRow:
        """Return an expense by id; raises NotFound."""
        row = await self._session.first(ExpenseRow, _BY_ID, id=expense_id.strip().lower())
        if row is None:
            raise NotFound("There is no expense with that id. list_expenses() has the ids.")
        return row

    async def of_ids(self, expense_ids: Sequence[str]) -> Sequence[ExpenseRow]:
        """Return expenses by their ids, in no order."""
        return await self._session.all(ExpenseRow, _BY_IDS, ids=list(expense_ids))

    async def any_of_client(self, client_id: str) -> bool:
        """Say whether anything was spent for a client."""
        return await self._session.first(Shape, _OF_CLIENT, client=client_id) is not None

    async def any_of_project(self, project_id: str) -> bool:
        """Say whether anything was spent on a project."""
        return await self._session.first(Shape, _OF_PROJECT, project=project_id) is not None

    async def add(self, **values: Any) -> ExpenseRow:
        """Add an expense and return it."""
        now_us = self._session.now_us
        stamped = {**values, "version": 1, "created_at": now_us, "updated_at": now_us}
        await self._session.insert(Expense, stamped)
        return await self.get(values["id"])

    async def update(self, expense_id: str, values: dict[str, Any]) -> ExpenseRow:
        """Change an expense and return it as it is then."""
        await self._session.update(Expense, expense_id, values)
        return await self.get(expense_id)

    async def remove(self, expense_id: str) -> None:
        """Delete an expense; nothing but undo, activity and its event finds it again."""
        await self._session.update(Expense, expense_id, {"deleted_at": self._session.now_us})
