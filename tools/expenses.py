"""Expenses: what was spent for a client, as plain records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.dates import far_off
from hoursmith_mcp.core.expenses import OTHER, ExpenseCategory, check_custom_category
from hoursmith_mcp.core.money import known_currency, parse_amount
from hoursmith_mcp.errors import Conflict, InvalidInput
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import (
    AllowDuplicate,
    ClientRef,
    DayText,
    Line,
    Price,
    ProjectRef,
    Purpose,
    RestName,
)
from hoursmith_mcp.schemas.expenses import ExpenseDeleted, ExpenseOut, ExpensePage, expense_out
from hoursmith_mcp.schemas.listing import Wanted
from hoursmith_mcp.schemas.listings import EXPENSES

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.expenses import ExpenseRow
    from hoursmith_mcp.store.tables import Client

ExpenseId = Annotated[Line, Field(description="Expense id.")]
Amount = Annotated[Price, Field(description="What it cost, in the client's currency.")]
ExpenseDay = Annotated[DayText, RestName("expenseDate")]
Category = Annotated[ExpenseCategory, Field(description="Category.")]
CustomCategory = Annotated[Line, Field(description="A name of your own, where it is OTHER.")]
Billable = Annotated[bool, Field(description="Charged on to the client.")]
OptionalProject = Annotated[
    Line, RestName("projectId"), Field(description="Project, by name or id; empty for none.")
]


@operation(
    toolset="expenses",
    scope=Scope.EXPENSES_READ,
    least=Role.MANAGER,
    rest="GET /expenses",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_expenses(call: Call, wanted: Annotated[Wanted, EXPENSES]) -> ExpensePage:
    """List expenses, filtered, sorted and searched by their fields."""
    page = await call.store.lists.page(wanted)
    rows = page.in_order(await call.store.expenses.of_ids(page.ids))
    return ExpensePage(expenses=[expense_out(row) for row in rows], next_cursor=page.next_cursor)


@operation(
    toolset="expenses",
    scope=Scope.EXPENSES_READ,
    least=Role.MANAGER,
    rest="GET /expenses/{expense}",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_expense(call: Call, expense: ExpenseId) -> ExpenseOut:
    """Show an expense."""
    return expense_out(await call.store.expenses.get(expense))


@operation(
    toolset="expenses",
    scope=Scope.EXPENSES_WRITE,
    least=Role.MANAGER,
    rest="POST /expenses",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def create_expense(
    call: Call,
    client: ClientRef,
    description: Purpose,
    amount: Amount,
    date: ExpenseDay = "today",
    project: ProjectRef | None = None,
    category: Category = OTHER,
    custom_category: CustomCategory | None = None,
    billable: Billable = True,
    allow_duplicate: AllowDuplicate = False,
) -> ExpenseOut:
    """Record what was spent for a client."""
    day = call.day(date, "date")
    owner = await call.store.clients.find_open(client)
    currency = _currency(call, owner)
    values: dict[str, Any] = {
        "client_id": owner.id,
        "project_id": await _project_id(call, owner, project) if project else None,
        "description": description,
        "amount": _minor(amount, currency),
        "currency": currency,
        "category": category,
        "custom_category": custom_category or None,
        "expense_date": day.isoformat(),
        "billable": billable,
    }
    await call.answer_repeats(*values.values(), allow_duplicate=allow_duplicate)
    _check(values)
    row = await call.store.expenses.add(id=call.new_id("ex"), **values)
    expense = expense_out(row, warnings=far_off(day, call.today))
    call.emit("expense.created", expense)
    return expense


@operation(
    toolset="expenses",
    scope=Scope.EXPENSES_WRITE,
    least=Role.MANAGER,
    rest="PATCH /expenses/{expense}",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
)
async def update_expense(
    call: Call,
    expense: ExpenseId,
    client: Annotated[ClientRef, Field(description="Move it to this client.")] | None = None,
    description: Purpose | None = None,
    amount: Amount | None = None,
    date: ExpenseDay | None = None,
    project: OptionalProject | None = None,
    category: Category | None = None,
    custom_category: CustomCategory | None = None,
    billable: Billable | None = None,
) -> ExpenseOut:
    """Correct an expense; what is left out stays, an empty text clears."""
    before = await call.store.expenses.get(expense)
    changes = await _placed(call, before, client, project, amount)
    if description is not None:
        changes["description"] = description
    if date is not None:
        changes["expense_date"] = call.day(date, "date").isoformat()
    if category is not None:
        changes["category"] = category
        if category != OTHER:
            changes["custom_category"] = None
    if custom_category is not None:
        changes["custom_category"] = custom_category or None
    if billable is not None:
        changes["billable"] = billable
    changes = {column: new for column, new in changes.items() if getattr(before, column) != new}
    if not changes:
        return expense_out(before)
    _check({"category": before.category, "custom_category": before.custom_category} | changes)
    after = expense_out(await call.store.expenses.update(before.id, changes))
    call.emit("expense.updated", after, before=expense_out(before))
    return after


@operation(
    toolset="expenses",
    scope=Scope.EXPENSES_WRITE,
    least=Role.MANAGER,
    rest="DELETE /expenses/{expense}",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def delete_expense(call: Call, expense: ExpenseId) -> ExpenseDeleted:
    """Delete an expense."""
    shown = expense_out(await call.store.expenses.get(expense))
    await call.store.expenses.remove(shown.id)
    call.emit("expense.deleted", shown, gone=True)
    return ExpenseDeleted(id=shown.id, deleted=True, expense=shown)


async def _placed(
    call: Call, before: ExpenseRow, client: str | None, project: str | None, amount: str | None
) -> dict[str, Any]:
    """Return whose an expense becomes, and what it comes to there."""
    owner = await call.store.clients.find(client or before.client_id, writing=True)
    changes: dict[str, Any] = {}
    currency = before.currency
    if owner.id != before.client_id:
        owner = await call.store.clients.find_open(owner.id)
        currency = _currency(call, owner)
        # A project belongs to its client, so it does not move along.
        changes |= {"client_id": owner.id, "currency": currency, "project_id": None}
    if amount is not None:
        changes["amount"] = _minor(amount, currency)
    elif currency != before.currency:
        raise Conflict(
            f"{owner.name} is billed in {currency}, and the expense is in {before.currency}, which "
            "is never converted. Give the amount in the new currency, too."
        )
    if project is not None:
        same = project.strip().lower() == before.project_id and "client_id" not in changes
        if not same:
            changes["project_id"] = await _project_id(call, owner, project) if project else None
    return changes


def _currency(call: Call, owner: Client) -> str:
    with reading("amount"):
        return known_currency(owner.currency or call.actor.currency)


async def _project_id(call: Call, owner: Client, project: str) -> str:
    found = await call.store.projects.find_open(project)
    if found.client_id != owner.id:
        sentence = (
            f"project: {found.name} is {found.client_name}'s, and the expense is {owner.name}'s. "
            "Name a project of that client, or none."
        )
        raise InvalidInput(sentence, fields={"project": sentence})
    return found.id


def _minor(text: str, currency: str) -> int:
    with reading("amount"):
        minor = parse_amount(text, currency).minor
    if minor <= 0:
        sentence = "amount: it must be more than nothing, as 42.50."
        raise InvalidInput(sentence, fields={"amount": sentence})
    return minor


def _check(values: dict[str, Any]) -> None:
    with reading("custom_category"):
        check_custom_category(values["category"], values["custom_category"])
