"""What projects earned and used up, for reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import case, func, literal_column

from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.reports.figures import Asked, Figure, Key, Keys
from hoursmith_mcp.core.reports.worth import Earned, Invoiced, Worked, earned, worth_by_project
from hoursmith_mcp.schemas.filters import TimeEntryFilter
from hoursmith_mcp.store.queries.open_work import OpenWorks
from hoursmith_mcp.store.queries.reported_money import ISSUED_IN_PERIOD, days_of
from hoursmith_mcp.store.queries.reported_names import ReportedNames, names_of
from hoursmith_mcp.store.queries.reported_time import TimeSum, asked_entries, sums_of_time
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import BillingClaim, Invoice, InvoiceLine, Project, TimeEntry
from hoursmith_mcp.store.tenancy import scoped

_invoice = core_table(Invoice)
_line = core_table(InvoiceLine)
_claim = core_table(BillingClaim)
_entry = core_table(TimeEntry)
_project = core_table(Project)

# Only where there is a discount does it matter which invoice a line is of.
_of_invoice = case((_invoice.c.discount != 0, _invoice.c.id), else_="").label("of_invoice")
_of_several = (_line.c.kind == "time") & _line.c.project_id.is_(None)


def _sums(project_id: Any, amount: Any) -> tuple[Any, ...]:
    return (
        _of_invoice,
        _invoice.c.discount,
        _invoice.c.client_id,
        project_id,
        _invoice.c.currency,
        func.sum(amount).label("amount"),
    )


def _by(project_id: Any) -> tuple[Any, ...]:
    columns = (_invoice.c.discount, _invoice.c.client_id, project_id, _invoice.c.currency)
    return (literal_column("of_invoice"), *columns)


_OF_LINES = scoped(
    select(*_sums(_line.c.project_id, _line.c.amount))
    .select_from(_line.join(_invoice, _invoice.c.id == _line.c.invoice_id))
    .where(*ISSUED_IN_PERIOD, ~_of_several)
    .group_by(*_by(_line.c.project_id))
)
# A line of several projects is told apart by what each of its entries has of it.
_OF_ENTRIES = scoped(
    select(*_sums(_entry.c.project_id, _claim.c.amount))
    .select_from(
        _claim.join(_line, _line.c.id == _claim.c.line_id)
        .join(_invoice, _invoice.c.id == _line.c.invoice_id)
        .join(_entry, _entry.c.id == _claim.c.subject_id)
    )
    .where(*ISSUED_IN_PERIOD, _of_several, _claim.c.released_at.is_(None))
    .group_by(*_by(_entry.c.project_id))
)
_LIMITED = scoped(
    select(_project).where(
        _project.c.deleted_at.is_(None),
        _project.c.fixed_fee.is_not(None)
        | _project.c.budget_amount.is_not(None)
        | _project.c.budget_seconds.is_not(None),
    )
)


class _Invoiced(Shape):
    of_invoice: str
    discount: int
    client_id: str
    project_id: str | None
    currency: str
    amount: int


async def profitability_figures(session: Session, asked: Asked) -> list[Figure]:
    """Return what projects earned and took in a period, and used up of fees and budgets till then.

    What belongs to no project, a line that was added by hand, is its client's.
    """
    assert asked.period is not None, "profitability has a period"
    hours = await sums_of_time(session, ("project_id",), asked_entries(asked))
    revenue = [one for one in await _earned(session, asked.period) if _is_asked(one, asked)]
    touched = {one.project_id for one in hours} | {one.project_id for one in revenue}
    limited = [
        row
        for row in await session.all(Project, _LIMITED)
        if (row.id in touched or row.status == "ACTIVE")
        and asked.client_id in (None, row.client_id)
        and asked.project_id in (None, row.id)
    ]
    names = await names_of(
        session,
        projects=[*touched, *(row.id for row in limited)],
        clients=[one.client_id for one in revenue],
    )
    return [
        *(_of_hours(one, asked, names) for one in hours),
        *(_of_revenue(one, names) for one in revenue),
        *await _of_limits(session, asked, limited, names),
    ]


async def _earned(session: Session, period: Period) -> list[Earned]:
    rows: list[_Invoiced] = []
    for statement in (_OF_LINES, _OF_ENTRIES):
        rows += await session.all(_Invoiced, statement, **days_of(period))
    return earned(
        Invoiced(
            invoice_id=row.of_invoice,
            discount=row.discount,
            client_id=row.client_id,
            project_id=row.project_id,
            currency=row.currency,
            amount=int(row.amount),
        )
        for row in rows
    )


def _is_asked(one: Earned, asked: Asked) -> bool:
    return asked.client_id in (None, one.client_id) and asked.project_id in (None, one.project_id)


def _of_hours(one: TimeSum, asked: Asked, names: ReportedNames) -> Figure:
    values = {"hours": int(one.seconds), "billable_hours": int(one.billable_seconds)}
    return Figure(_keys(one.project_id, names), values, _currency(one.project_id, asked, names))


def _of_revenue(one: Earned, names: ReportedNames) -> Figure:
    keys: Keys = {"client": Key(names.clients[one.client_id], one.client_id)}
    if one.project_id is not None:
        keys = _keys(one.project_id, names)
    return Figure(keys, {"revenue": one.amount}, one.currency)


async def _of_limits(
    session: Session, asked: Asked, limited: Sequence[Project], names: ReportedNames
) -> Iterable[Figure]:
    assert asked.period is not None, "profitability has a period"
    if not limited:
        return []
    ids = [row.id for row in limited]
    sums = await sums_of_time(
        session,
        ("project_id", "task_id", "member_id", "on_day"),
        TimeEntryFilter(last_day=asked.period.last.isoformat()),
        _entry.c.project_id.in_(ids),
    )
    worth = worth_by_project(
        (_worked(one, asked, names) for one in sums), await OpenWorks(session).rate_book()
    )
    return [
        Figure(
            _keys(row.id, names),
            _used(row, worth.get(row.id, 0), [one for one in sums if one.project_id == row.id]),
            _currency(row.id, asked, names),
        )
        for row in limited
    ]


def _worked(one: TimeSum, asked: Asked, names: ReportedNames) -> Worked:
    return Worked(
        project_id=one.project_id,
        client_id=names.projects[one.project_id].client_id,
        task_id=one.task_id,
        member_id=one.member_id,
        day=date.fromisoformat(one.on_day),
        seconds=int(one.billable_seconds),
        currency=_currency(one.project_id, asked, names),
    )


def _used(row: Project, worth: int, sums: Sequence[TimeSum]) -> dict[str, int]:
    values: dict[str, int] = {}
    if row.rate_type == "FIXED" and row.fixed_fee:
        values |= {"fee": row.fixed_fee, "fee_spent": worth}
    if row.budget_amount is not None:
        values |= {"budget_amount": row.budget_amount, "budget_spent": worth}
    if row.budget_seconds is not None:
        spent = sum(int(one.seconds) for one in sums)
        values |= {"budget_hours": row.budget_seconds, "budget_hours_spent": spent}
    return values


def _keys(project_id: str, names: ReportedNames) -> Keys:
    return {"project": names.project(project_id), "client": names.client_of(project_id)}


def _currency(project_id: str, asked: Asked, names: ReportedNames) -> str | None:
    return names.projects[project_id].currency or asked.currency
