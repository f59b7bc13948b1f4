"""Lists as programs ask for them: filters by field, ranges, a sort, a search, page by page.

A listing declares once which fields of a thing can be filtered and sorted; its arguments, their
schema and (in the store) its SQL are all made from that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as Number
from decimal import InvalidOperation
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.schemas.arguments import Cursor, Line
from hoursmith_mcp.schemas.base import MONEY_MARK
from hoursmith_mcp.schemas.paging import UNREADABLE, read_cursor, write_cursor

MOST_SEARCH_CHARACTERS = 200
MOST_ON_A_PAGE = 200
ON_A_PAGE = 50
NEWEST_FIRST = "-created_at"
YES, NO = ("true", "1", "yes"), ("false", "0", "no")
MOST_AMOUNT = Number(10) ** 12
MOST_NUMBER = 2**53
DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).date()

Value = str | int | bool | Number


class Operator(Enum):
    """How a condition compares."""

    IS = "is"
    AT_LEAST = "at least"
    AT_MOST = "at most"
    BELOW = "below"


@dataclass(frozen=True)
class Condition:
    """What a field of every row that is listed must hold to."""

    field: str
    operator: Operator
    value: Value


@dataclass(frozen=True)
class Wanted:
    """Which rows are wanted, in which order, and where the page begins."""

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

    def _selection(self, owner: str) -> object:
        return (owner, self.conditions, self.search, self.sort)


@dataclass(frozen=True)
class Listed:
    """A field of a listing: the arguments that filter by it, and whether it can be sorted by."""

    name: str
    arguments: Mapping[str, tuple[Any, Callable[[Any], Condition]]]
    sortable: bool = False


@dataclass(frozen=True)
class Listing:
    """The documented list of a thing."""

    things: str
    fields: tuple[Listed, ...]
    searched: str = ""

    def arguments(self) -> dict[str, tuple[Any, Any]]:
        """Return the arguments as annotations and defaults, in their order."""
        found: dict[str, tuple[Any, Any]] = {
            name: (annotation, None)
            for field in self.fields
            for name, (annotation, _) in field.arguments.items()
        }
        if self.searched:
            described = Field(max_length=MOST_SEARCH_CHARACTERS, description=self.searched)
            found["search"] = (Annotated[Line, described], None)
        names = [field.name for field in self.fields if field.sortable]
        orders = [sign + name for name in names for sign in ("", "-")]
        described = Field(description="Field to sort by, - for the largest first.")
        found["sort"] = (Annotated[one_of(*orders), described], NEWEST_FIRST)
        found["cursor"] = (Cursor, None)
        limit = Field(ge=1, le=MOST_ON_A_PAGE, description="How many at most.")
        found["limit"] = (Annotated[int, limit], ON_A_PAGE)
        return found

    def read(self, given: Mapping[str, Any]) -> Wanted:
        """Return what the arguments, as they were read, want."""
        conditions = tuple(
            make(given[name])
            for field in self.fields
            for name, (_, make) in field.arguments.items()
            if given[name] is not None
        )
        return Wanted(
            conditions=conditions,
            search=given.get("search") or None,
            sort=given["sort"],
            cursor=given["cursor"],
            limit=given["limit"],
        )


def text_field(name: str, *, sortable: bool = False) -> Listed:
    """Declare a text that is filtered by its whole value."""
    return Listed(name, {name: (_described(Line, name), _is(name))}, sortable)


def choice_field(name: str, choices: tuple[str, ...], *, sortable: bool = False) -> Listed:
    """Declare a field that has one of a few values."""
    return Listed(name, {name: (_described(one_of(*choices), name), _is(name))}, sortable)


def flag_field(name: str) -> Listed:
    """Declare a field that is true or false."""
    return Listed(name, {name: (_described(Flag, name), _is(name))})


def day_field(name: str, *, sortable: bool = False) -> Listed:
    """Declare a day, filtered by itself and by the first and last one wanted."""
    arguments = {
        name: (_described(Day, name), _is(name)),
        f"{name}_from": (_described(Day, f"{name}, at the earliest"), _at_least(name)),
        f"{name}_to": (_described(Day, f"{name}, at the latest"), _at_most(name)),
    }
    return Listed(name, arguments, sortable)


def instant_field(name: str, *, sortable: bool = True) -> Listed:
    """Declare an instant, filtered by the first and last day wanted, in UTC."""

    def begins(day: str) -> Condition:
        return Condition(name, Operator.AT_LEAST, _midnight_us(day))

    def ends(day: str) -> Condition:
        return Condition(name, Operator.BELOW, _midnight_us(day) + DAY_US)

    arguments = {
        f"{name}_from": (_described(Day, f"{name}: first day, UTC"), begins),
        f"{name}_to": (_described(Day, f"{name}: last day, UTC"), ends),
    }
    return Listed(name, arguments, sortable)


def number_field(name: str, *, sortable: bool = False) -> Listed:
    """Declare a whole number, filtered by itself and by the least and most wanted."""
    arguments = {
        name: (_described(Whole, name), _is(name)),
        f"{name}_min": (_described(Whole, f"{name}, at least"), _at_least(name)),
        f"{name}_max": (_described(Whole, f"{name}, at most"), _at_most(name)),
    }
    return Listed(name, arguments, sortable)


def amount_field(name: str, *, sortable: bool = False) -> Listed:
    """Declare an amount of money, filtered by itself and by the least and most wanted."""
    arguments = {
        name: (_described(Amount, name), _is(name)),
        f"{name}_min": (_described(Amount, f"{name}, at least"), _at_least(name)),
        f"{name}_max": (_described(Amount, f"{name}, at most"), _at_most(name)),
    }
    return Listed(name, arguments, sortable)


def one_of(*choices: str) -> Any:
    """Return the type of a text that is one of a few, known only when the program runs."""
    return Literal.__getitem__(choices)


def _is(name: str) -> Callable[[Any], Condition]:
    return lambda value: Condition(name, Operator.IS, value)


def _at_least(name: str) -> Callable[[Any], Condition]:
    return lambda value: Condition(name, Operator.AT_LEAST, value)


def _at_most(name: str) -> Callable[[Any], Condition]:
    return lambda value: Condition(name, Operator.AT_MOST, value)


def _described(of: Any, text: str) -> Any:
    sentence = text.replace("_", " ")
    return Annotated[of, Field(description=f"{sentence[:1].upper()}{sentence[1:]}.")]


def _read_flag(value: Any) -> Any:
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


Flag = Annotated[bool, BeforeValidator(_read_flag)]
Whole = Annotated[int, Field(ge=-MOST_NUMBER, le=MOST_NUMBER)]
Day = Annotated[str, AfterValidator(_check_day)]
Amount = Annotated[
    Number, BeforeValidator(_read_amount), WithJsonSchema({"type": "string"}), MONEY_MARK
]
