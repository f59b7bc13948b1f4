"""Lists as programs ask for them: filters by field, ranges, a sort, a search, page by page.

A listing declares once which fields of a thing can be filtered and sorted; its arguments, their
schema and (in the store) its SQL are all made from that.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as Number
from decimal import InvalidOperation
from enum import Enum
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from hoursmith_mcp.core.ids import looks_like_id
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.schemas.arguments import Cursor, Line
from hoursmith_mcp.schemas.base import MONEY_MARK
from hoursmith_mcp.schemas.paging import UNREADABLE, read_cursor, write_cursor

MOST_SEARCH_CHARACTERS = 200
MOST_ON_A_PAGE = 200
ON_A_PAGE = 50
NEWEST_FIRST = "-created_at"
BY_AGE = "-createdAt"
YES, NO = ("true", "1", "yes"), ("false", "0", "no")
MOST_AMOUNT = Number(10) ** 12
MOST_NUMBER = 2**53
DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).date()

Value = str | int | bool | Number


class Operator(Enum):
    """How a condition compares."""

    IS = "is"
    IS_NOT = "is not"
    AT_LEAST = "at least"
    AT_MOST = "at most"
    BELOW = "below"


COMPARISONS: Mapping[Operator, Callable[[Any, Any], Any]] = {
    Operator.IS: operator.eq,
    Operator.IS_NOT: operator.ne,
    Operator.AT_LEAST: operator.ge,
    Operator.AT_MOST: operator.le,
    Operator.BELOW: operator.lt,
}
"""For columns as for values."""


@dataclass(frozen=True)
class Condition:
    """What a field of every row that is listed must hold to."""

    field: str
    operator: Operator
    value: Value


@dataclass(frozen=True)
class Wanted:
    """Which rows are wanted, in which order, and where the page begins."""

    things: str
    conditions: tuple[Condition, ...] = ()
    search: str | None = None
    sort: str = NEWEST_FIRST
    cursor: str | None = None
    limit: int = ON_A_PAGE

    @property
    def sort_field(self) -> str:
        """The field that the rows are sorted by; equal ones are sorted by id."""
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the largest comes first; where there is none, it comes last then."""
        return self.sort.startswith("-")

    def after(self, owner: str) -> tuple[Any, str] | None:
        """Return the value and id that the page begins behind, if it is not the first.

        Raises InvalidInput for a cursor of another list, order or `owner`.
        """
        if self.cursor is None:
            return None
        text, row_id = read_cursor(self.cursor, self._selection(owner))
        try:
            value: Any = json.loads(text)
        except ValueError:
            raise InvalidInput(UNREADABLE, fields={"cursor": UNREADABLE}) from None
        return value, row_id

    def cursor_behind(self, value: Any, row_id: str, owner: str) -> str:
        """Return the cursor that continues behind a row."""
        return write_cursor((json.dumps(value), row_id), self._selection(owner))

    def lets_through(self, values: Mapping[str, Value | None], searched: str) -> bool:
        """Say whether something is wanted that is in no table of the list: a running timer."""
        found = (searched or "").casefold()
        return (self.search or "").casefold() in found and all(
            COMPARISONS[one.operator](values[one.field], one.value) for one in self.conditions
        )

    def _selection(self, owner: str) -> object:
        return (self.things, owner, self.conditions, self.search, self.sort)


@dataclass(frozen=True)
class Range:
    """Two arguments between which a field lies, both of them included."""

    first: str
    last: str
    backwards: str = "before"
    """What a last one is said to be that is less than the first."""

    def mistake(self, given: Mapping[str, Any]) -> str | None:
        """Return what is wrong where the range ends before it begins: nothing lies within it."""
        first, last = given.get(self.first), given.get(self.last)
        if first is None or last is None or first <= last:
            return None
        return f"{self.last} ({last}) is {self.backwards} {self.first} ({first}); swap them."


@dataclass(frozen=True)
class Listed:
    """A field of a listing: the arguments that filter by it, and whether it can be sorted by.

    Those who see no money can neither filter nor sort by what is `hidden`. `otherwise` holds where
    none of the arguments is given.
    """

    name: str
    arguments: Mapping[str, tuple[Any, Callable[[Any], Condition]]]
    sortable: bool = False
    hidden: bool = False
    otherwise: Condition | None = None
    range: Range | None = None


@dataclass(frozen=True)
class Listing:
    """The documented list of a thing."""

    things: str
    fields: tuple[Listed, ...]
    searched: str = ""
    order: str = BY_AGE

    def arguments(self, *, blind: bool = False) -> dict[str, tuple[Any, Any]]:
        """Return the arguments as annotations and defaults, in their order."""
        fields = [field for field in self.fields if not (blind and field.hidden)]
        found: dict[str, tuple[Any, Any]] = {
            name: (annotation, None)
            for field in fields
            for name, (annotation, _) in field.arguments.items()
        }
        if self.searched:
            described = Field(max_length=MOST_SEARCH_CHARACTERS, description=self.searched)
            found["search"] = (Annotated[Line, described], None)
        found["sort"] = (_sort([field.name for field in fields if field.sortable]), self.order)
        found["cursor"] = (Cursor, None)
        limit = Field(ge=1, le=MOST_ON_A_PAGE, description="How many at most.")
        found["limit"] = (Annotated[int, limit], ON_A_PAGE)
        return found

    def read(self, given: Mapping[str, Any]) -> Wanted:
        """Return what the arguments, as they were read, want; what is not there is not given.

        Raises InvalidInput that names every range which ends before it begins.
        """
        _refuse_backwards([one.range for one in self.fields if one.range is not None], given)
        return Wanted(
            self.things,
            conditions=tuple(one for field in self.fields for one in _conditions(field, given)),
            search=given.get("search") or None,
            sort=_orders([field.name for field in self.fields])[given["sort"]],
            cursor=given["cursor"],
            limit=given["limit"],
        )


def _conditions(field: Listed, given: Mapping[str, Any]) -> list[Condition]:
    found = [
        make(given[name])
        for name, (_, make) in field.arguments.items()
        if given.get(name) is not None
    ]
    return found or ([field.otherwise] if field.otherwise is not None else [])


def _refuse_backwards(ranges: Sequence[Range], given: Mapping[str, Any]) -> None:
    told = {one: mistake for one in ranges if (mistake := one.mistake(given)) is not None}
    if told:
        fields = {name: said for one, said in told.items() for name in (one.first, one.last)}
        raise InvalidInput(" ".join(told.values()), fields=fields)


def _orders(names: Sequence[str]) -> dict[str, str]:
    """Return the orders by the names that scripts have for them, and by our own."""
    return {
        sign + spelt: sign + name
        for spell in (to_camel, str)
        for name in names
        for sign in ("", "-")
        for spelt in (spell(name),)
    }


def _sort(names: Sequence[str]) -> Any:
    orders = _orders(names)
    documented = list(dict.fromkeys(sign + to_camel(name) for name in names for sign in ("", "-")))

    def check(order: str) -> str:
        if order not in orders:
            raise ValueError(f"it must be one of {', '.join(documented)}.")
        return order

    described = Field(description="Field to sort by, - for the largest first.")
    schema = WithJsonSchema({"type": "string", "enum": documented})
    return Annotated[str, AfterValidator(check), schema, described]


def id_field(name: str, prefix: str) -> Listed:
    """Declare the id of something, which is filtered by; what has not its form is refused."""

    def check(text: str) -> str:
        wanted = text.strip().lower()
        if not looks_like_id(wanted, prefix):
            raise ValueError(f"write an id like {prefix}_…, as lists give it, not a name.")
        return wanted

    is_id = Annotated[Line, AfterValidator(check)]
    return Listed(name, {name: (_described(is_id, name), _compares(name, Operator.IS))})


def identity_field() -> Listed:
    """Declare the id of what is listed, which is sorted by."""
    return Listed("id", {}, sortable=True)


def name_field() -> Listed:
    """Declare the name of what is listed, which is sorted by."""
    return Listed("name", {}, sortable=True)


def word_field(name: str, *, sortable: bool = False) -> Listed:
    """Declare a number, or the name of what rows belong to: the whole of it, in any case."""

    def is_same(value: str) -> Condition:
        return Condition(name, Operator.IS, fold(value))

    described = _described(Line, f"{name}, all of it, in any case")
    return Listed(name, {name: (described, is_same)}, sortable)


def choice_field(
    name: str, choices: tuple[str, ...], *, sortable: bool = False, left_out: str | None = None
) -> Listed:
    """Declare a field that has one of a few values; one may be `left_out` unless asked for."""
    otherwise = Condition(name, Operator.IS_NOT, left_out) if left_out is not None else None
    arguments = {name: (_described(one_of(*choices), name), _compares(name, Operator.IS))}
    return Listed(name, arguments, sortable, otherwise=otherwise)


def flag_field(name: str, *, otherwise: bool | None = None) -> Listed:
    """Declare a field that is true or false; it may be one of them unless asked for."""
    usual = Condition(name, Operator.IS, otherwise) if otherwise is not None else None
    arguments = {name: (_described(Flag, name), _compares(name, Operator.IS))}
    return Listed(name, arguments, otherwise=usual)


def day_field(name: str, *, sortable: bool = False) -> Listed:
    """Declare a day, filtered by itself and by the first and last one wanted."""
    arguments = {
        name: (_described(Day, name), _compares(name, Operator.IS)),
        f"{name}_from": (_described(Day, f"{name}: first"), _compares(name, Operator.AT_LEAST)),
        f"{name}_to": (_described(Day, f"{name}: last"), _compares(name, Operator.AT_MOST)),
    }
    return Listed(name, arguments, sortable, range=_days_of(name))


def instant_field(name: str, *, hidden: bool = False) -> Listed:
    """Declare an instant, filtered by the first and last day wanted, in UTC."""

    def begins(day: str) -> Condition:
        return Condition(name, Operator.AT_LEAST, _midnight_us(day))

    def ends(day: str) -> Condition:
        return Condition(name, Operator.BELOW, _midnight_us(day) + DAY_US)

    arguments = {
        f"{name}_from": (_described(Day, f"{name}: first day, UTC", hidden=hidden), begins),
        f"{name}_to": (_described(Day, f"{name}: last day, UTC", hidden=hidden), ends),
    }
    return Listed(name, arguments, sortable=True, hidden=hidden, range=_days_of(name))


def number_field(name: str, *, sortable: bool = False) -> Listed:
    """Declare a whole number, filtered by itself and by the least and most wanted."""
    return Listed(name, _between(name, Whole), sortable, range=_numbers_of(name))


def amount_field(name: str, *, sortable: bool = False) -> Listed:
    """Declare an amount of money, filtered by itself and by the least and most wanted."""
    return Listed(name, _between(name, Amount), sortable, hidden=True, range=_numbers_of(name))


def one_of(*choices: str) -> Any:
    """Return the type of a text that is one of a few, known only when the program runs."""
    return cast("Any", Literal)[choices]


def _between(name: str, of: Any) -> dict[str, tuple[Any, Callable[[Any], Condition]]]:
    return {
        name: (_described(of, name), _compares(name, Operator.IS)),
        f"{name}_min": (_described(of, f"{name}, at least"), _compares(name, Operator.AT_LEAST)),
        f"{name}_max": (_described(of, f"{name}, at most"), _compares(name, Operator.AT_MOST)),
    }


def _days_of(name: str) -> Range:
    return Range(f"{name}_from", f"{name}_to")


def _numbers_of(name: str) -> Range:
    return Range(f"{name}_min", f"{name}_max", "below")


def _compares(name: str, comparison: Operator) -> Callable[[Any], Condition]:
    return lambda value: Condition(name, comparison, value)


def _described(of: Any, text: str, *, hidden: bool = False) -> Any:
    sentence = text.replace("_", " ")
    described = Annotated[of, Field(description=f"{sentence[:1].upper()}{sentence[1:]}.")]
    return Annotated[described, MONEY_MARK] if hidden else described


def read_flag(value: Any) -> Any:
    """Return true or false where a text says so as addresses do; anything else as it is."""
    if isinstance(value, str) and value.lower() in YES + NO:
        return value.lower() in YES
    return value


def _check_day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if len(text) == len("2026-11-20") else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> str:
    raise ValueError("write a day like 2026-11-20.")


def _read_amount(value: Any) -> Number:
    try:
        number = Number(str(value))
    except InvalidOperation:
        number = Number("NaN")
    if isinstance(value, bool) or not number.is_finite() or abs(number) >= MOST_AMOUNT:
        raise ValueError("write an amount, like 1200.00.")
    return number


def _midnight_us(day: str) -> int:
    return (date.fromisoformat(day) - _EPOCH) // timedelta(days=1) * DAY_US


Flag = Annotated[bool, BeforeValidator(read_flag)]
Whole = Annotated[int, Field(ge=-MOST_NUMBER, le=MOST_NUMBER)]
Day = Annotated[str, AfterValidator(_check_day)]
Amount = Annotated[
    Number, BeforeValidator(_read_amount), WithJsonSchema({"type": "string"}), MONEY_MARK
]
