"""Listings as SQL: the one place where a list's filters, order and cursor are turned into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Integer, and_, case, false, or_

from hoursmith_mcp.core.currencies import CURRENCIES
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.schemas.listing import COMPARISONS, Condition, Operator, Wanted
from hoursmith_mcp.schemas.paging import UNREADABLE
from hoursmith_mcp.store.session import Session, Shape
from hoursmith_mcp.store.statements import AnySelect
from hoursmith_mcp.store.tenancy import Scoped, scoped

MOST_DECIMALS = 4
USUAL_FACTOR = 100
LARGEST = 2**63 - 1

# By currencies that have not two decimals: what a minor unit is in 1/10,000 of the whole one.
_MINOR_UNITS_BELOW = {
    code: factor
    for code, decimals in CURRENCIES.items()
    if (factor := 10 ** (MOST_DECIMALS - decimals)) != USUAL_FACTOR
}


Relation = Callable[[Any], ColumnElement[bool]]
"""Makes a condition on other tables of the value that is wanted."""


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=_Identified)


@dataclass(frozen=True)
class Source:
    """Where a listing's fields are: a SELECT of what is there, and an expression for each field.

    `relations` are conditions on other tables, made of the value that is wanted. `orders` are those
    of fields whose values have one of their own, the smallest first. `amounts` are in the minor
    units of the row's `currency`; they are compared as people write them.
    """

    rows: AnySelect
    identity: ColumnElement[Any]
    columns: Mapping[str, ColumnElement[Any]]
    searched: tuple[ColumnElement[Any], ...] = ()
    relations: Mapping[str, Relation] = field(default_factory=dict[str, Relation])
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    amounts: frozenset[str] = frozenset()
    currency: ColumnElement[Any] | None = None

    def sorted_by(self, name: str) -> ColumnElement[Any]:
        """Return the expression that rows are sorted by."""
        column = self.column(name)
        if name not in self.orders:
            return column
        return case({value: at for at, value in enumerate(self.orders[name])}, value=column)

    def column(self, name: str) -> ColumnElement[Any]:
        """Return the expression that conditions on a field are about."""
        if name not in self.amounts:
            return self.columns[name]
        assert self.currency is not None, "amounts have a currency"
        decimals = case(_MINOR_UNITS_BELOW, value=self.currency, else_=USUAL_FACTOR)
        return self.columns[name] * decimals


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
    fits = value is None or type(value) is (int if isinstance(by.type, Integer) else str)
    if type(value) is int:
        fits = fits and abs(value) <= LARGEST
    if not fits or not _can_be_stored(f"{value}{row_id}"):
        raise InvalidInput(UNREADABLE, fields={"cursor": UNREADABLE})


def _can_be_stored(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _holds(source: Source, condition: Condition) -> ColumnElement[bool]:
    if condition.field in source.relations:
        return source.relations[condition.field](condition.value)
    column, value = source.column(condition.field), condition.value
    if isinstance(value, bool):
        return column.is_(value)
    if isinstance(value, Decimal):
        return _amount_holds(column, condition.operator, value.scaleb(MOST_DECIMALS))
    return _compared(column, condition.operator, value)


def _amount_holds(
    column: ColumnElement[Any], comparison: Operator, value: Decimal
) -> ColumnElement[bool]:
    """Compare whole numbers; what no amount can be is equal to none."""
    whole = int(value.to_integral_value("ROUND_FLOOR"))
    if value != whole and comparison is Operator.IS:
        return false()
    further = value != whole and comparison is Operator.AT_LEAST
    return _compared(column, comparison, whole + further)


def _compared(column: ColumnElement[Any], comparison: Operator, value: Any) -> ColumnElement[bool]:
    compared: ColumnElement[bool] = COMPARISONS[comparison](column, value)
    return compared


def _order(
    source: Source, by: ColumnElement[Any], *, descending: bool
) -> tuple[ColumnElement[Any], ...]:
    """Sort what has no value last where the largest comes first, and first otherwise."""
    first = by.desc() if descending else by.asc()
    if by is source.identity:  # said twice, SQLite sorts what its index has in order
        return (first,)
    if not _is_required(by):
        first = first.nulls_last() if descending else first.nulls_first()
    return first, source.identity.desc() if descending else source.identity.asc()


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
