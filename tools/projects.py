"""Projects: pieces of work for a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.money import known_currency, parse_amount, parse_rate
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.core.projects import check_budget, check_days, check_fee
from hoursmith_mcp.core.rates import check_start
from hoursmith_mcp.errors import Conflict, Forbidden
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import (
    MOST_HOURS,
    AllowDuplicate,
    ClientRef,
    Color,
    DueDayText,
    Duration,
    LongText,
    Name,
    Price,
    ProjectRef,
    RestNumber,
)
from hoursmith_mcp.schemas.base import Hidden
from hoursmith_mcp.schemas.projects import ProjectOut, ProjectStatus, RateType, project_out

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.projects import ProjectRow
    from hoursmith_mcp.store.queries.rates import RateSet

Kind = Annotated[Hidden[RateType], Field(description="FIXED needs fixed_fee_amount.")]
HourlyRate = Annotated[Price, Field(description="Price of an hour, if not the client's.")]
Fee = Annotated[Price, Field(description="Fee of a FIXED project.")]
BudgetHours = Annotated[
    Hidden[Duration],
    RestNumber("budgetHours", "h", MOST_HOURS),
    Field(description="Budget, as 40h."),
]
BudgetAmount = Annotated[Price, Field(description="Budget as money instead.")]
Description = Annotated[LongText, Field(description="Description.")]
StartDate = Annotated[DueDayText, Field(description="First day.")]
DueDate = Annotated[DueDayText, Field(description="Day it is due: 2026-12-01, in 2 weeks.")]


@operation(
    toolset="projects",
    scope=Scope.PROJECTS_WRITE,
    least=Role.MANAGER,
    rest="POST /projects",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    rest_only=("status",),
    unlisted=("color", "start_date", "budget_amount", "allow_duplicate"),
    undo=BY_ROWS,
)
async def create_project(
    call: Call,
    client: ClientRef,
    name: Name,
    rate_type: Kind = "HOURLY",
    hourly_rate: HourlyRate | None = None,
    fixed_fee_amount: Fee | None = None,
    budget_hours: BudgetHours | None = None,
    budget_amount: BudgetAmount | None = None,
    description: Description | None = None,
    color: Color | None = None,
    start_date: StartDate | None = None,
    due_date: DueDate | None = None,
    status: Annotated[ProjectStatus, Field(description="Status.")] = "ACTIVE",
    allow_duplicate: AllowDuplicate = False,
) -> ProjectOut:
    """Create a project for a client."""
    if call.actor.is_limited:
        raise Forbidden("That token is limited to some projects, so it cannot make another one.")
    owner = await call.store.clients.find_open(client)
    currency = owner.currency or call.actor.currency
    values: dict[str, Any] = {
        "client_id": owner.id,
        "name": name,
        "name_key": fold(name),
        "rate_type": rate_type,
        "fixed_fee": _amount(fixed_fee_amount, currency, "fixed_fee_amount"),
        "budget_seconds": budget_hours,
        "budget_amount": _amount(budget_amount, currency, "budget_amount"),
        "description": description or None,
        "color": color or None,
        "start_date": _day(call, start_date, "start_date"),
        "due_date": _day(call, due_date, "due_date"),
        "status": status,
    }
    await call.answer_repeats(*values.values(), hourly_rate, allow_duplicate=allow_duplicate)
    _check(values)
    await _refuse_namesake(call, values["name_key"], owner.id, None)
    row = await call.store.projects.add(id=call.new_id("pr"), **values)
    if hourly_rate is not None:
        await _set_rate(call, row.id, hourly_rate, currency)
    project = await _shown(call, row.id)
    call.emit("project.created", project)
    return project


@operation(
    toolset="projects",
    scope=Scope.PROJECTS_WRITE,
    least=Role.MANAGER,
    rest="PATCH /projects/{project}",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
)
async def update_project(
    call: Call,
    project: ProjectRef,
    name: Name | None = None,
    client: Annotated[ClientRef, Field(description="Move it to this client.")] | None = None,
    status: Annotated[ProjectStatus, Field(description="ARCHIVED puts it away.")] | None = None,
    rate_type: Kind | None = None,
    hourly_rate: HourlyRate | None = None,
    rate_from: Annotated[Hidden[DueDayText], Field(description="Day from which hourly_rate holds.")]
    | None = None,
    fixed_fee_amount: Fee | None = None,
    budget_hours: BudgetHours | None = None,
    budget_amount: BudgetAmount | None = None,
    description: Description | None = None,
    color: Color | None = None,
    start_date: StartDate | None = None,
    due_date: DueDate | None = None,
) -> ProjectOut:
    """Change a project; what is left out stays, an empty text clears."""
    with reading("rate_from"):
        check_start(hourly_rate, rate_from, argument="hourly_rate")
    # Who brings it back means one that is put away.
    row = await call.store.projects.find(project, writing=status != "ACTIVE")
    before = await _shown(call, row.id)
    currency = row.client_currency or call.actor.currency
    changes: dict[str, Any] = {}
    if name is not None:
        changes |= {"name": name, "name_key": fold(name)}
    if client is not None:
        owner = await call.store.clients.find_open(client)
        currency = owner.currency or call.actor.currency
        changes["client_id"] = owner.id
    elif status == "ACTIVE":
        await call.store.clients.find_open(row.client_id)
    if status is not None:
        changes["status"] = status
    if rate_type is not None:
        changes["rate_type"] = rate_type
    if fixed_fee_amount is not None:
        changes["fixed_fee"] = _amount(fixed_fee_amount, currency, "fixed_fee_amount")
    if budget_hours is not None:
        changes |= {"budget_seconds": budget_hours, "budget_amount": None}
    if budget_amount is not None:
        changes["budget_amount"] = _amount(budget_amount, currency, "budget_amount")
        if budget_amount:
            changes.setdefault("budget_seconds", None)
    if description is not None:
        changes["description"] = description or None
    if color is not None:
        changes["color"] = color or None
    if start_date is not None:
        changes["start_date"] = _day(call, start_date, "start_date")
    if due_date is not None:
        changes["due_date"] = _day(call, due_date, "due_date")
    if changes.get("rate_type", row.rate_type) != "FIXED":
        changes.setdefault("fixed_fee", None)
    changes = {column: new for column, new in changes.items() if getattr(row, column, ...) != new}
    now = {column: getattr(row, column, None) for column in _CHECKED} | changes
    _check(now)
    await _refuse_while_billed(call, row, changes)
    _refuse_repricing(row, changes, before.currency, currency)
    if "client_id" in changes and await call.store.expenses.any_of_project(row.id):
        raise Conflict(
            f"There are expenses of {row.name} that its client is to pay, so it stays with them. "
            "Take it out of those with update_expense first."
        )
    if {"name_key", "client_id", "status"} & changes.keys() and now["status"] != "ARCHIVED":
        key = changes.get("name_key", fold(row.name))
        await _refuse_namesake(call, key, changes.get("client_id", row.client_id), row.id)
    if changes:
        await call.store.projects.update(row.id, changes)
    rate = None
    if hourly_rate is not None:
        rate = await _set_rate(call, row.id, hourly_rate, currency, rate_from)
    after = await _shown(call, row.id)
    if changes or (rate is not None and rate.is_new):
        call.emit("project.updated", after, before=before)
    warnings = [
        *(rate.warnings if rate is not None else []),
        *await call.store.rates.passed_over(before.currency, currency, project_id=row.id),
    ]
    return after.model_copy(update={"warnings": warnings})


@operation(
    toolset="projects",
    scope=Scope.PROJECTS_WRITE,
    least=Role.MANAGER,
    mcp=False,
    rest="POST /projects/{project}/archive",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
)
async def archive_project(call: Call, project: ProjectRef) -> ProjectOut:
    """Put a project away; update_project brings it back."""
    return await update_project(call, project, status="ARCHIVED")


_CHECKED = (
    "status",
    "rate_type",
    "fixed_fee",
    "budget_seconds",
    "budget_amount",
    "start_date",
    "due_date",
)


def _check(values: dict[str, Any]) -> None:
    with reading("rate_type"):
        check_fee(values["rate_type"], values["fixed_fee"])
    with reading("budget_amount"):
        check_budget(values["budget_seconds"], values["budget_amount"])
    with reading("due_date"):
        check_days(values["start_date"], values["due_date"])


async def _refuse_while_billed(call: Call, row: ProjectRow, changes: dict[str, Any]) -> None:
    """Refuse to change what a billed fee stands for: its hours would be billed a second time."""
    if not {"rate_type", "fixed_fee", "client_id"} & changes.keys():
        return
    claim = await call.store.claims.live(row.id)
    if claim is None:
        return
    if not call.may(Scope.INVOICES_READ, Role.MANAGER):
        raise Conflict(
            f"The fee of {row.name} is already billed, so its rate_type, fixed_fee_amount and "
            "client stay as they are."
        )
    invoice = await call.store.invoices.get(claim.invoice_id)
    if invoice.number is None:
        where, way_out = f"draft {invoice.id}", "Delete the draft with delete_invoice"
    else:
        where, way_out = f"invoice {invoice.number}", "Cancel the invoice with cancel_invoice"
    raise Conflict(
        f"The fee of {row.name} is on the {where}, so its rate_type, fixed_fee_amount and client "
        f"stay as they are. {way_out} first, or make a new project."
    )


def _refuse_repricing(
    row: ProjectRow, changes: dict[str, Any], old_currency: str | None, currency: str | None
) -> None:
    """Refuse to carry money into another currency; what is given anew is in the new one."""
    carried = [
        column
        for column in ("fixed_fee", "budget_amount")
        if getattr(row, column) is not None and column not in changes
    ]
    if carried and old_currency != currency:
        raise Conflict(
            f"{row.name} has money in {old_currency}, and its new client is billed in {currency}: "
            "give fixed_fee_amount and budget_amount anew with the move, or empty to clear."
        )


async def _shown(call: Call, project_id: str) -> ProjectOut:
    row = await call.store.projects.get(project_id)
    currency = row.client_currency or call.actor.currency
    found = await call.store.rates.in_force(row.id, row.client_id, currency, call.today)
    return project_out(
        row,
        found.record if found else None,
        rate_from=found.level if found else None,
        currency=currency,
    )


async def _refuse_namesake(call: Call, name_key: str, client_id: str, own_id: str | None) -> None:
    other = await call.store.projects.namesake(name_key, client_id)
    if other is not None and other.id != own_id:
        raise Conflict(
            f"{other.client_name} has a project of that name already: {other.name} ({other.id}). "
            "Use that one, or give another name.",
            candidates=[{"id": other.id, "name": other.name, "context": other.client_name}],
        )


async def _set_rate(
    call: Call, project_id: str, text: str, currency: str | None, starts: str | None = None
) -> RateSet:
    with reading("hourly_rate"):
        rate, known = parse_rate(text), known_currency(currency)
    return await call.store.rates.set(
        call.new_id("rt"),
        rate=rate,
        currency=known,
        today=call.today,
        from_day=call.due_day(starts, "rate_from") if starts is not None else None,
        project_id=project_id,
    )


def _amount(text: str | None, currency: str | None, argument: str) -> int | None:
    if not text:
        return None
    with reading(argument):
        return parse_amount(text, known_currency(currency)).minor


def _day(call: Call, text: str | None, argument: str) -> str | None:
    return call.due_day(text, argument).isoformat() if text else None
