"""What projects earned and used up, for reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal_column

from hoursmith_mcp.core.periods import BEGINNING, Period
from hoursmith_mcp.core.reports.figures import Asked, Figure, Key, Keys
from hoursmith_mcp.core.reports.kinds import Grouping
from hoursmith_mcp.core.reports.worth import Earned, Invoiced, earned
from hoursmith_mcp.store.queries.reported_limits import limited_projects, used_by_project
from hoursmith_mcp.store.queries.reported_money import ISSUED_IN_PERIOD, days_of
from hoursmith_mcp.store.queries.reported_names import ReportedNames, names_of
from hoursmith_mcp.store.queries.reported_time import TimeSum, asked_entries, sums_of_time
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import BillingClaim, Invoice, InvoiceLine, TimeEntry
from hoursmith_mcp.store.tenancy import TENANT, scoped

_invoice = core_table(Invoice)
_line = core_table(InvoiceLine)
_claim = core_table(BillingClaim)
_entry = core_table(TimeEntry)

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
    of_invoice: ColumnElement[Any] = literal_column("of_invoice")
    return (of_invoice, *columns)


# Told twice: a planner that sees only the join reads all lines there are to find some invoices.
_OF_ISSUED = _line.c.invoice_id.in_(
    select(_invoice.c.id).where(*ISSUED_IN_PERIOD, _invoice.c.organization_id == TENANT)
)
_OF_LINES = scoped(
    select(*_sums(_line.c.project_id, _line.c.amount))
    .select_from(_line.join(_invoice, _invoice.c.id == _line.c.invoice_id))
    .where(*ISSUED_IN_PERIOD, _OF_ISSUED, ~_of_several)
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
    .where(*ISSUED_IN_PERIOD, _OF_ISSUED, _of_several, _claim.c.released_at.is_(None))
    .group_by(*_by(_entry.c.project_id))
)


class _Invoiced(Shape):
    of_invoice: str
    discount: int
    client_id: str
    project_id: str | None
    currency: str
    amount: int


async def profitability_figures(session: Session, asked: Asked) -> list[Figure]:
    """Return what projects earned and took in a period, and from their beginning till then.

    Hours are of the client whose project it is now, money of the one who was billed, in the
    currency of that bill. What belongs to no project, a line that was added by hand, is its
    client's.
    """
    assert asked.period is not None, "profitability has a period"
    hours = await sums_of_time(session, ("project_id",), asked_entries(asked))
    revenue = [one for one in await _earned(session, asked.period) if _is_asked(one, asked)]
    touched = {one.project_id for one in hours} | {
        one.project_id for one in revenue if one.project_id is not None
    }
    used, so_far = await _so_far(session, asked, touched) if asked.with_limits else ({}, [])
    names = await names_of(
        session,
        projects=[*touched, *used],
        clients=[one.client_id for one in (*revenue, *so_far)],
    )
    return [
        *(_of_hours(one, asked, names) for one in hours),
        *(_of_money("revenue", one, names) for one in revenue),
        *(
            Figure(_keys(project_id, names), values, _currency(project_id, asked, names))
            for project_id, values in used.items()
            if asked.client_id in (None, names.projects[project_id].client_id)
        ),
        *(_of_money("revenue_so_far", one, names) for one in so_far),
    ]


async def _so_far(
    session: Session, asked: Asked, touched: Collection[str]
) -> tuple[dict[str, dict[str, int]], list[Earned]]:
    """Return what projects took, and brought, from their beginning to the end of a period.

    Work and its invoice are seldom of one month, so what an hour brings is only told of all hours.
    """
    assert asked.period is not None, "profitability has a period"
    limited = await limited_projects(session, asked, touched)
    used = await used_by_project(session, asked.period.last, limited, touched, asked.currency)
    so_far: dict[tuple[str, str | None, str], int] = defaultdict(int)
    for one in await _earned(session, Period(BEGINNING, asked.period.last)):
        if one.project_id in used and _is_asked(one, asked):
            so_far[one.client_id, one.project_id, one.currency] += one.amount
    # What brought nothing yet says so.
    values = {one: {**its, "revenue_so_far": 0} for one, its in used.items()}
    return values, [Earned(*whose, amount) for whose, amount in so_far.items()]


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


def _of_money(measure: str, one: Earned, names: ReportedNames) -> Figure:
    keys: dict[Grouping, Key] = {"client": Key(names.clients[one.client_id], one.client_id)}
    if one.project_id is not None:
        keys["project"] = names.project(one.project_id)
    return Figure(keys, {measure: one.amount}, one.currency)


def _keys(project_id: str, names: ReportedNames) -> Keys:
    return {"project": names.project(project_id), "client": names.client_of(project_id)}


def _currency(project_id: str, asked: Asked, names: ReportedNames) -> str | None:
    return names.projects[project_id].currency or asked.currency
