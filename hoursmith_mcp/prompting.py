"""Ready conversations: Markdown with a record of their arguments in front; they call nothing.

A prompt is a file: TOML between two lines of `+++`, then the text. Within the text `{name}` is an
argument. What a person gives is data: in a line it stands as a quoted string, and alone on a line
in a fence that nothing within it can close. A paragraph whose argument was left out is left out.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import reading
from hoursmith_mcp.core.dates import parse_day
from hoursmith_mcp.core.hidden_text import without_hidden_characters
from hoursmith_mcp.core.periods import parse_period
from hoursmith_mcp.core.weeks import parse_week
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.markdown import fenced

LIMIT = "+++\n"
MOST_CHARACTERS = 50_000
_PLACE = re.compile(r"\{(\w+)\}")


Reader = Callable[[str, date, int], object]

READERS: Mapping[str, Reader] = {
    "day": lambda text, today, _: parse_day(text, today),
    "period": lambda text, today, begins: parse_period(text, today, fiscal_start=begins),
    "week": lambda text, today, _: parse_week(text, today),
}
"""How kinds of days are read, as of some day and by the month in which fiscal years begin; each
raises Refusal for what is none."""


@dataclass(frozen=True)
class PromptArgument:
    """What a person may give to a prompt.

    `completes` is the kind of thing that it names, `reads` the kind of days, where nothing
    completes them.
    """

    name: str
    description: str
    required: bool = False
    completes: str | None = None
    reads: str | None = None
    default: str | None = None

    @property
    def reader(self) -> Reader | None:
        """What reads it, where it names days."""
        return READERS.get(self.reads or self.completes or "")


@dataclass(frozen=True)
class Prompt:
    """A ready conversation."""

    name: str
    title: str
    description: str
    scope: Scope | None
    least: Role
    arguments: tuple[PromptArgument, ...]
    text: str
    for_invited: bool = False
    takes_a_writing_scope: bool = False

    def argument(self, name: str) -> PromptArgument | None:
        """Return an argument by its name."""
        return next((one for one in self.arguments if one.name == name), None)

    def write(self, given: Mapping[str, str]) -> str:
        """Return the text with what a person gave; raises InvalidInput that says what to give."""
        self._check(given)
        values = {name: _cleaned(name, text) for name, text in given.items() if text.strip()}
        written = (self._paragraph(one, values) for one in self.text.split("\n\n"))
        return "\n\n".join(part for part in written if part is not None)

    def names_days(self, given: Mapping[str, str]) -> bool:
        """Say whether a person gave days, which are read as of some day."""
        return any(one.reader and given.get(one.name, "").strip() for one in self.arguments)

    def refuse_no_days(self, given: Mapping[str, str], today: date, fiscal_start: int) -> None:
        """Raise InvalidInput where a person gave what is no day, period or week.

        `fiscal_start` is the month in which fiscal years begin.
        """
        for one in self.arguments:
            text = given.get(one.name, "")
            if one.reader is not None and text.strip():
                with reading(one.name):
                    one.reader(_cleaned(one.name, text), today, fiscal_start)

    def _check(self, given: Mapping[str, str]) -> None:
        known = ", ".join(one.name for one in self.arguments) or "none"
        for name in given:
            if self.argument(name) is None:
                shown = name if name.isprintable() and len(name) <= 40 else "of that name"
                raise InvalidInput(
                    f"The prompt {self.name} takes no argument {shown}. It takes: {known}."
                )
        for one in self.arguments:
            if one.required and not given.get(one.name, "").strip():
                raise InvalidInput(f"The prompt {self.name} needs {one.name}: {one.description}")

    def _paragraph(self, text: str, values: Mapping[str, str]) -> str | None:
        alone = _PLACE.fullmatch(text.strip())
        if alone is not None:
            return fenced(values[alone[1]]) if alone[1] in values else None
        places = _PLACE.findall(text)
        if any(place not in values and self._default(place) is None for place in places):
            return None
        return _PLACE.sub(lambda found: self._in_line(found[1], values), text)

    def _in_line(self, name: str, values: Mapping[str, str]) -> str:
        if name in values:
            return json.dumps(values[name], ensure_ascii=False)
        return self._default(name) or ""

    def _default(self, name: str) -> str | None:
        argument = self.argument(name)
        return argument.default if argument is not None else None


def read_prompt(name: str, text: str) -> Prompt:
    """Read a prompt's file; raises ValueError, KeyError or TypeError where it is not one."""
    before, record, body = text.split(LIMIT, 2)
    if before:
        raise ValueError(f"{name} does not begin with {LIMIT.strip()}")
    data: dict[str, Any] = tomllib.loads(record)
    arguments = {key: dict[str, Any](value) for key, value in data.pop("arguments", {}).items()}
    scope: str = data.pop("scope")
    return Prompt(
        name=name,
        scope=Scope(scope) if scope else None,
        least=Role[data.pop("least")],
        arguments=tuple(PromptArgument(name=key, **one) for key, one in arguments.items()),
        text=body.strip(),
        **data,
    )


def _cleaned(name: str, text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise InvalidInput(f"{name} must have at most {MOST_CHARACTERS} characters.")
    return without_hidden_characters(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
