"""Listings as SQL: the one place where a list's filters, order and cursor are turned into it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, and_, case, false, or_

from hoursmith_mcp.core.currencies import CURRENCIES
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.schemas.listing import Condition, Operator, Wanted
from hoursmith_mcp.schemas.paging import UNREADABLE
from hoursmith_mcp.store.session import Session, Shape
from hoursmith_mcp.store.statements import AnySelect
from hoursmith_mcp.store.tenancy import Scoped, scoped

MOST_DECIMALS = 4
LARGEST = 2**63 - 1

_COMPARISONS: Mapping[Operator, Callable[[Any, Any], Any]] = {
    Operator.IS: operator.eq,
    Operator.AT_LEAST: operator.ge,
    Operator.AT_MOST: operator.le,
    Operator.BELOW: operator.lt,
}


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=_Identified)


@dataclass(frozen=True)
class Source:
    """Where a listing's fields are: a SELECT of what is there, and an expression for each field.

    An amount is compared in minor units, as many to one as its row's `currency` has.
    """

    rows: AnySelect
    identity: ColumnElement[Any]
    columns: Mapping[str, ColumnElement[Any]]
    searched: tuple[ColumnElement[Any], ...] = ()
    currency: ColumnElement[Any] | None = None
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Fields whose values have an order of their own, the smallest first."""

    def sorted_by(self, name: str) -> ColumnElement[Any]:
        """Return the expression that rows are sorted by."""
        column = self.columns[name]
        if name not in self.orders:
            return column
        return case({value: at for at, value in enumerate(self.orders[name])}, value=column)


@dataclass(frozen=True)
class Slice:
    """A page of a list: the ids of its rows in order, and the cursor of the next page."""

    ids: list[str]
    next_cursor: str | None

    def in_order(self, rows: Iterable[Row]) -> list[Row]:
        """Return rows, which were read by these ids, in the order of the list."""
        by_id = {row.id: row for row in rows}
        return [by_id[one] for one in self.ids if one in by_id]


class _Place(Shape):
    id: str
    place: Any


async def slice_of(session: Session, source: Source, wanted: Wanted, owner: str) -> Slice:
    """Return a page of a list for its `owner`, whose cursors are good for nobody else.

    Raises InvalidInput for a cursor of another list, order or owner.
    """
    found = await session.all(_Place, _statement(source, wanted, owner))
    shown = found[: wanted.limit]
    if len(found) <= wanted.limit:
        return Slice([row.id for row in shown], None)
    last = shown[-1]
    return Slice([row.id for row in shown], wanted.cursor_behind(last.place, last.id, owner))


def _statement(source: Source, wanted: Wanted, owner: str) -> Scoped:
    by = source.sorted_by(wanted.sort_field)
    statement = source.rows.with_only_columns(source.identity, by.label("place"))
    for condition in wanted.conditions:
        statement = statement.where(_holds(source, condition))
    if wanted.search is not None:
        texts = (one.icontains(wanted.search, autoescape=True) for one in source.searched)
        statement = statement.where(or_(*texts))
    after = wanted.after(owner)
    if after is not None:
        _check_place(by, *after)
        statement = statement.where(_behind(source, by, *after, descending=wanted.descending))
    statement = statement.order_by(*_order(source, by, descending=wanted.descending))
    return scoped(statement.limit(wanted.limit + 1))


def _check_place(by: ColumnElement[Any], value: Any, row_id: str) -> None:
    """Refuse a cursor that somebody made up: a value that no row of the list could have."""
    fits = value is None or type(value) is by.type.python_type
    if type(value) is int:
        fits = fits and abs(value) <= LARGEST
    if not fits or "\0" in f"{value}{row_id}":
        raise InvalidInput(UNREADABLE, fields={"cursor": UNREADABLE})


def _holds(source: Source, condition: Condition) -> ColumnElement[bool]:
    column, value = source.columns[condition.field], condition.value
    if isinstance(value, Decimal):
        return _amount_holds(source, column, condition.operator, value)
    if isinstance(value, bool):
        return column.is_(value)
    return _compared(column, condition.operator, value)


def _amount_holds(
    source: Source, column: ColumnElement[Any], comparison: Operator, value: Decimal
) -> ColumnElement[bool]:
    """Compare in minor units; what no amount of a currency can be is equal to none."""
    assert source.currency is not None, "amounts have a currency"
    by_decimals: list[ColumnElement[bool]] = []
    for decimals in range(MOST_DECIMALS + 1):
        codes = [code for code, count in CURRENCIES.items() if count == decimals]
        minor = value.scaleb(decimals)
        whole = int(minor.to_integral_value("ROUND_FLOOR"))
        if comparison is Operator.IS and minor != whole:
            continue
        if comparison is Operator.AT_LEAST and minor != whole:
            whole += 1
        if codes:
            same = source.currency.in_(codes)
            by_decimals.append(and_(same, _compared(column, comparison, whole)))
    return or_(false(), *by_decimals)


def _compared(column: ColumnElement[Any], comparison: Operator, value: Any) -> ColumnElement[bool]:
    compared: ColumnElement[bool] = _COMPARISONS[comparison](column, value)
    return compared


def _order(
    source: Source, by: ColumnElement[Any], *, descending: bool
) -> tuple[ColumnElement[Any], ...]:
    """Sort what has no value last where the largest comes first, and first otherwise."""
    parts = (by, source.identity) if _is_required(by) else (by.is_not(None), by, source.identity)
    return tuple(part.desc() if descending else part.asc() for part in parts)


def _behind(
    source: Source, by: ColumnElement[Any], value: Any, row_id: str, *, descending: bool
) -> ColumnElement[bool]:
    identity = source.identity
    later_id = identity < row_id if descending else identity > row_id
    if value is None:
        return and_(by.is_(None), later_id) if descending else or_(by.is_not(None), later_id)
    # Said twice, the bound alone leads into an index.
    bound = by <= value if descending else by >= value
    further = by < value if descending else by > value
    behind = and_(bound, or_(further, later_id))
    return or_(behind, by.is_(None)) if descending and not _is_required(by) else behind


def _is_required(by: ColumnElement[Any]) -> bool:
    return getattr(by, "nullable", True) is False
