"""What all public models share, and the marks that say what may be seen by whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class Public(BaseModel):
    """A model that callers see: named as documented, without what is absent."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    listed: ClassVar[str | None] = None
    """Which field is the list, where this is a page of one."""

    tabled: ClassVar[str | None] = None
    """Which field holds rows, where this is a table as a whole."""

    @staticmethod
    def file_name(answer: Mapping[str, Any]) -> str | None:
        """Return what a file with a table is called, where its answer says more than its path."""
        return None

    @staticmethod
    def column_names(answer: Mapping[str, Any]) -> Collection[str] | None:
        """Return which fields of a row a table has, with rows or without; None is all of them."""
        return None

    link: ClassVar[str | None] = None
    """Which field is the address of a file, where this is the way to one."""


class OfMoney(Public):
    """A model that is about money altogether: a money-blind member sees nothing of it."""


class Would(Public):
    """What an act would do, before it is confirmed.

    `basis` is all that the act rests on, in any form: it is not shown, and what was confirmed holds
    only while it is the same.
    """

    would: str
    basis: str = Field(default="", exclude=True)


class MoneyMark:
    """Marks what a money-blind member never sees, in answers and in schemas."""


MONEY_MARK = MoneyMark()


class PersonalMark:
    """Marks what says who a member is: what is kept for ever keeps their id alone."""


class ShownOnceMark:
    """Marks a secret: it is in the answer that makes it, and nowhere else."""


class UnlistedMark:
    """Marks what is in a result and in its document, but in no list: there bytes are dear."""


class OfTheCallMark:
    """Marks what an answer says of one thing, or of the call beside it: no list, nor any table."""


class TextOf(Enum):
    """What a text in an answer says, where it is more than words: a table has cells for it."""

    DECIMAL = "decimal"
    DAY = "day"
    INSTANT = "instant"


Value = TypeVar("Value")

Hidden = Annotated[Value, MONEY_MARK]
"""Something that is money by nature though not by type: a budget in hours, a kind of project; or
what belongs to the business alone: a client's address, the number of an invoice."""

Personal = Annotated[Value, PersonalMark()]
"""A member's name or address, which can be taken back: it is looked up, never written down."""

ShownOnce = Annotated[Value, ShownOnceMark()]
"""What opens a door: whoever has lost it makes another."""

Unlisted = Annotated[Value, UnlistedMark()]
"""Something that is seldom there: documented for programs, left out of the list of tools."""

OfTheCall = Annotated[Value, OfTheCallMark()]
"""Something about the call that made or changed a thing: that it was repeated, what to look at."""

DecimalText = Annotated[str, TextOf.DECIMAL]
"""A number of hours or of anything else, as a decimal string: "3.5"."""

DateText = Annotated[str, TextOf.DAY]
"""A day, as YYYY-MM-DD."""

InstantText = Annotated[str, TextOf.INSTANT]
"""An instant in RFC 3339, in UTC, with Z."""

AmountText = Annotated[str, MONEY_MARK, TextOf.DECIMAL]
"""Money as a decimal string with its currency's decimals: "1200.00"."""

RateText = Annotated[str, MONEY_MARK, TextOf.DECIMAL]
"""The price of an hour as a decimal string, up to four decimals: "87.50"."""

PercentText = Annotated[str, MONEY_MARK, TextOf.DECIMAL]
"""A percentage as a decimal string: "19", "8.875"."""
