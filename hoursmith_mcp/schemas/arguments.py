"""The types of arguments: how they are read, and what an assistant is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from hoursmith_mcp.core.durations import parse_duration
from hoursmith_mcp.core.names import clean_line, clean_text

NAME_LENGTH = 200
NOTE_LENGTH = 2_000
TEXT_LENGTH = 10_000
REFERENCE_LENGTH = 300
MOST_TAGS = 20


@dataclass(frozen=True)
class Reference:
    """Marks an argument that names a thing; a name being typed can be completed."""

    kind: str


def _read_duration(value: Any) -> int:
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError("write a duration with its unit, as text: 2h, 90m, 1h30m or 1:30.")


def _read_decimal(value: Any) -> Any:
    """Let a number through as the text that it was written as; anything but text is refused later."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


def _read_line(what: str, max_length: int, *, may_be_empty: bool = False) -> BeforeValidator:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if may_be_empty and not value.strip():
            return ""
        return clean_line(value, what=what, max_length=max_length)

    return BeforeValidator(read)


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
    Field(description="How long: 2h, 90m, 1h30m, 1:30 or 1.5h."),
]
"""Whole seconds, written as a person says it."""

DayText = Annotated[
    str,
    Field(description="Day: 2026-11-20, today, yesterday, monday, last friday, 3 days ago."),
]
DueDayText = Annotated[
    str,
    Field(description="Day: 2026-11-20, tomorrow, friday, in 2 weeks; empty for none."),
]
PeriodText = Annotated[
    str,
    Field(description="Period: october, 2026-10, last month, this week, Q3, or two ISO days."),
]
Name = Annotated[
    str, _read_line("name", NAME_LENGTH), Field(min_length=1, description="The name.")
]
Line = Annotated[str, _read_line("text", NAME_LENGTH, may_be_empty=True)]
"""One line of text; empty clears what was there."""

Note = Annotated[
    str, _read_text("note", NOTE_LENGTH), Field(description="What was done, in a few words.")
]
LongText = Annotated[str, _read_text("text", TEXT_LENGTH)]
Tag = Annotated[str, _read_line("tag", 60), Field(min_length=1)]
Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS, description="Tags; they replace all.")]
Decimal = Annotated[
    str, BeforeValidator(_read_decimal), WithJsonSchema({"type": ["string", "number"]})
]
"""A decimal number, as text or as a number; never read as binary floating point."""

ClientRef = Annotated[
    str,
    Reference("client"),
    Field(min_length=1, max_length=REFERENCE_LENGTH, description="Client, by name or id."),
]
ProjectRef = Annotated[
    str,
    Reference("project"),
    Field(
        min_length=1,
        max_length=REFERENCE_LENGTH,
        description='Project, by name or id; "acme redesign" finds it too.',
    ),
]
TaskRef = Annotated[
    str,
    Reference("task"),
    Field(min_length=1, max_length=REFERENCE_LENGTH, description="Task, by name or id."),
]
MemberRef = Annotated[
    str,
    Reference("member"),
    Field(min_length=1, max_length=REFERENCE_LENGTH, description="Member, by name or id."),
]
TimeEntryId = Annotated[str, Field(min_length=1, max_length=60, description="Time entry id.")]
AllowDuplicate = Annotated[
    bool, Field(description="Make another even though an equal one was made just now.")
]
Cursor = Annotated[str, Field(max_length=500, description="next_cursor of the page before.")]
Limit = Annotated[int, Field(ge=1, le=200, description="How many at most.")]
