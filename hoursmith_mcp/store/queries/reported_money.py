"""Sums of money for reports: what was issued and came in, and what is due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, literal_column

from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.reports.figures import Asked, Figure, Key, Keys
from hoursmith_mcp.core.reports.measures import AGES
from hoursmith_mcp.store.queries.invoices import DUE
from hoursmith_mcp.store.queries.reported_names import ReportedNames, names_of
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import AnySelect, select
from hoursmith_mcp.store.tables import Invoice, Payment
from hoursmith_mcp.store.tenancy import scoped

_invoice = core_table(Invoice)
_payment = core_table(Payment)

ISSUED_IN_PERIOD = (
    _invoice.c.issue_date.between(bindparam("first"), bindparam("last")),
    _invoice.c.number.is_not(None),
    _invoice.c.status != "CANCELLED",
    _invoice.c.deleted_at.is_(None),
)
"""What tells revenue: invoices that were issued in a period and stand."""

_ISSUED = select(
    _invoice.c.client_id,
    _invoice.c.currency,
    func.sum(_invoice.c.total).label("total"),
    func.sum(_invoice.c.net).label("net"),
).where(*ISSUED_IN_PERIOD)
_RECEIVED = (
    select(
        _invoice.c.client_id,
        _payment.c.currency,
        func.sum(_payment.c.amount).label("total"),
    )
    .select_from(_payment.join(_invoice, _invoice.c.id == _payment.c.invoice_id))
    .where(
        _payment.c.received_on.between(bindparam("first"), bindparam("last")),
        _payment.c.voided_at.is_(None),
    )
)

# The ages of what is due: from the due date on, and the days that end each age.
_AGE_ENDS = {"today": 0, "ago_30": 30, "ago_60": 60, "ago_90": 90}


def _due_between(earliest: str | None, before: str | None) -> ColumnElement[Any]:
    """Return the sum of what is due of a range of due dates, an end that is None being open."""
    ends: list[ColumnElement[bool]] = []
    if earliest is not None:
        ends.append(_invoice.c.due_date >= bindparam(earliest))
    if before is not None:
        ends.append(_invoice.c.due_date < bindparam(before))
    return func.sum(case((and_(*ends), DUE), else_=0))


_ages = zip(AGES, [*_AGE_ENDS, None], [None, *_AGE_ENDS], strict=True)
_RECEIVABLE = (
    select(
        _invoice.c.client_id,
        _invoice.c.currency,
        func.sum(DUE).label("amount"),
        *(_due_between(earliest, before).label(age) for age, earliest, before in _ages),
    )
    .where(
        _invoice.c.status == "SENT",
        DUE > 0,
        _invoice.c.due_date.is_not(None),
        _invoice.c.deleted_at.is_(None),
    )
    .group_by(_invoice.c.client_id, _invoice.c.currency)
)


class _Sum(Shape):
    client_id: str
    currency: str
    in_month: str
    total: int
    net: int


class _Due(Shape):
    client_id: str
    currency: str


def days_of(period: Period) -> dict[str, str]:
    """Return a period as statements take it."""
    return {"first": period.first.isoformat(), "last": period.last.isoformat()}


async def revenue_figures(session: Session, asked: Asked) -> Iterable[Figure]:
    """Return what was issued, by the day of issue, and received, by the day that it came in."""
    issued = await _sums(session, _ISSUED, _invoice.c.issue_date, asked)
    received = await _sums(session, _RECEIVED, _payment.c.received_on, asked)
    names = await names_of(session, clients=[one.client_id for one in (*issued, *received)])
    nothing = {"issued": 0, "issued_before_tax": 0, "received": 0}
    return chain(
        (
            Figure(
                _keys(one, asked, names),
                {**nothing, "issued": int(one.total), "issued_before_tax": int(one.net)},
                one.currency,
            )
            for one in issued
        ),
        (
            Figure(_keys(one, asked, names), {**nothing, "received": int(one.total)}, one.currency)
            for one in received
        ),
    )


async def receivable_figures(session: Session, asked: Asked) -> list[Figure]:
    """Return what is due by client and currency, aged in the statement."""
    statement = _of_client(_RECEIVABLE, asked)
    ends = {
        name: (asked.today - timedelta(days=days)).isoformat() for name, days in _AGE_ENDS.items()
    }
    rows = await session.all(_Due, scoped(statement), **ends)
    names = await names_of(session, clients=[one.client_id for one in rows])
    return [
        Figure(
            {"client": Key(names.clients[one.client_id], one.client_id)},
            {name: int(getattr(one, name)) for name in ("amount", *AGES)},
            one.currency,
        )
        for one in rows
    ]


async def _sums(
    session: Session, statement: AnySelect, day: ColumnElement[Any], asked: Asked
) -> Sequence[_Sum]:
    assert asked.period is not None, "revenue has a period"
    chosen = list(statement.selected_columns)[:2]
    statement = _of_client(statement, asked).group_by(*chosen)
    if "month" in asked.groupings:
        in_month = func.substr(day, 1, 7).label("in_month")
        statement = statement.add_columns(in_month).group_by(literal_column("in_month"))
    return await session.all(_Sum, scoped(statement), **days_of(asked.period))


def _of_client(statement: AnySelect, asked: Asked) -> AnySelect:
    if asked.client_id is None:
        return statement
    return statement.where(_invoice.c.client_id == asked.client_id)


def _keys(one: _Sum, asked: Asked, names: ReportedNames) -> Keys:
    client: Keys = {"client": Key(names.clients[one.client_id], one.client_id)}
    return {**client, "month": Key(one.in_month)} if "month" in asked.groupings else client
