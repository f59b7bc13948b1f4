"""The types of arguments: how they are read, and what an assistant is told of them.

Every word of a description is paid for in each conversation, so there is none too many; lengths are
checked, and named when they are passed, but not listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from hoursmith_mcp.core.durations import LONGEST_SECONDS, SECONDS_PER_HOUR, parse_duration
from hoursmith_mcp.core.hidden_text import refuse_hidden_characters
from hoursmith_mcp.core.names import clean_line, clean_text
from hoursmith_mcp.core.refusal import Refusal, quoted
from hoursmith_mcp.schemas.base import MONEY_MARK

NAME_LENGTH = 200
NOTE_LENGTH = 2_000
TEXT_LENGTH = 10_000
SHORT_LENGTH = 500
TAG_LENGTH = 60
MOST_TAGS = 20
MOST_HOURS = LONGEST_SECONDS // SECONDS_PER_HOUR
_COLOR = re.compile("#[0-9a-fA-F]{6}")


_UNITS = {"s": "seconds", "h": "hours"}


@dataclass(frozen=True)
class Reference:
    """Marks an argument that names a thing; a name being typed can be completed."""

    kind: str
    by_id: bool = True
    """Whether it is documented as an id, though a name will do: `project` is `projectId` there."""


@dataclass(frozen=True)
class RestName:
    """Marks an argument that scripts know by another name than assistants."""

    name: str


@dataclass(frozen=True)
class RestNumber:
    """Marks a duration that scripts may also write as a plain number of a unit, under a name.

    Where both are written, the number counts. `unit` is as in "2h".
    """

    name: str
    unit: str
    most: int
    is_whole: bool = False

    @property
    def unit_name(self) -> str:
        """The unit as a word: "hours"."""
        return _UNITS[self.unit]


@dataclass(frozen=True)
class DecimalMark:
    """Marks a decimal number, which scripts may also write as a number of JSON."""


def _read_duration(value: Any) -> int:
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError("write a duration with its unit, as text: 2h, 90m, 1h30m or 1:30.")


def _read_decimal(value: Any) -> Any:
    """Take a number as the text that it was written as."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("write a decimal number, like 87.50, or leave it out.")
    return str(value)


def _read_line(what: str, max_length: int, *, may_be_empty: bool = False) -> BeforeValidator:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if may_be_empty and not value.strip():
            return ""
        return clean_line(value, what=what, max_length=max_length)

    return BeforeValidator(read)


def _read_short() -> BeforeValidator:
    """Refuse what no reference, day or period is as long as, or holds."""

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if len(value) > SHORT_LENGTH:
            raise ValueError(f"it must have at most {SHORT_LENGTH} characters.")
        # White space is of no account in any of them, a line feed at its end included.
        refuse_hidden_characters(value, what="text", allowed="\t\r\n")
        return value

    return BeforeValidator(read)


def _few(tags: list[str]) -> list[str]:
    if len(tags) > MOST_TAGS:
        raise ValueError(f"there may be at most {MOST_TAGS} tags.")
    return list(dict.fromkeys(tags))


def _check_email(text: str) -> str:
    """Take an address or nothing; the case of its domain is of no account."""
    local, at, domain = text.rpartition("@")
    if text and (not local or "@" in local or "." not in domain.strip(".") or " " in text):
        raise Refusal(f"{quoted(text)} is no e-mail address; write it like ada@example.com.")
    return local + at + domain.lower()


def _check_color(text: str) -> str:
    if text and not _COLOR.fullmatch(text):
        raise Refusal(f"{quoted(text)} is no colour; write it like #1e90ff.")
    return text.lower()


def _read_text(what: str, max_length: int) -> BeforeValidator:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return clean_text(value, what=what, max_length=max_length)

    return BeforeValidator(read)


Duration = Annotated[
    int,
    BeforeValidator(_read_duration),
    WithJsonSchema({"type": "string"}),
    RestNumber("durationSeconds", "s", LONGEST_SECONDS, is_whole=True),
    Field(description="Duration: 2h, 90m, 1h30m, 1:30."),
]
"""Whole seconds, written as a person says it."""

DayText = Annotated[
    str, _read_short(), Field(description="today, yesterday, friday or 2026-11-20.")
]
DueDayText = Annotated[
    str, _read_short(), Field(description="Day: friday, in 2 weeks, 2026-11-20; empty for none.")
]
EntryDay = Annotated[DayText, RestName("entryDate")]
PeriodText = Annotated[
    str,
    _read_short(),
    Field(description="october, this week, Q3 or 2026-10-01..2026-10-15."),
]
WeekText = Annotated[
    str,
    Reference("week", by_id=False),
    _read_short(),
    Field(description="Week: this week, last week, 2026-W47, or a day in it."),
]
Name = Annotated[str, _read_line("name", NAME_LENGTH), Field(description="Name.")]
Line = Annotated[str, _read_line("text", NAME_LENGTH, may_be_empty=True)]
"""One line of text; empty clears what was there."""

GroupingText = Annotated[
    Line, Field(description="client, project, task, member, tag, day, week, month.")
]
"""What a report is grouped by, several between commas."""

Purpose = Annotated[
    str, _read_line("description", SHORT_LENGTH), Field(description="What it was for.")
]
Email = Annotated[Line, AfterValidator(_check_email), Field(description="E-mail.")]
Color = Annotated[Line, AfterValidator(_check_color), Field(description="Colour, as #1e90ff.")]
Note = Annotated[str, _read_text("note", NOTE_LENGTH), Field(description="What was done.")]
LongText = Annotated[str, _read_text("text", TEXT_LENGTH)]
LineGrouping = Annotated[Line, Field(description="project, task, member, date, note; or entry.")]
"""What the lines of an invoice are grouped by, several between commas."""

Discount = Annotated[Line, MONEY_MARK, Field(description="As 10% or 150.00.")]
PoNumber = Annotated[Line, Field(description="PO number.")]
InvoiceNotes = Annotated[LongText, Field(description="Notes on it.")]
Tag = Annotated[str, _read_line("tag", TAG_LENGTH)]
Tags = Annotated[list[Tag], AfterValidator(_few), Field(description="Tags.")]
Decimal = Annotated[
    str, BeforeValidator(_read_decimal), WithJsonSchema({"type": "string"}), DecimalMark()
]
"""A decimal number as text; a JSON number is taken as the text that it was written as."""

Price = Annotated[Decimal, MONEY_MARK]
"""An amount, a rate or a percentage: no argument of those who see no money."""

ClientRef = Annotated[str, Reference("client"), _read_short(), Field(description="Name or id.")]
ProjectRef = Annotated[str, Reference("project"), _read_short(), Field(description="Name or id.")]
TaskRef = Annotated[str, Reference("task"), _read_short(), Field(description="Name or id.")]
MemberRef = Annotated[str, Reference("member"), _read_short(), Field(description="Name or id.")]
InvoiceRef = Annotated[str, Reference("invoice"), _read_short(), Field(description="Number or id.")]
ScheduleRef = Annotated[
    str, Reference("schedule"), _read_short(), Field(description="Its client's name, or its id.")
]
TimeEntryId = Annotated[str, _read_short(), Field(description="Time entry id.")]
Billable = Annotated[bool, Field(description="Charged for; as the project, if left out.")]
AllowDuplicate = Annotated[bool, Field(description="Make another equal one.")]
Cursor = Annotated[str, _read_short(), Field(description="next_cursor of the page before.")]
Limit = Annotated[int, Field(ge=1, le=200, description="How many.")]
