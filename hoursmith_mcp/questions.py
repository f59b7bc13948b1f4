"""What a person is asked before a call goes on.

A unit of work never waits for anybody: it ends with a question, the door asks it where it can, and
runs the call again with what was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.schemas.arguments import Reference

if TYPE_CHECKING:
    from hoursmith_mcp.errors import HoursmithError
    from hoursmith_mcp.operation import Operation

CONFIRM = "confirm"
"""The argument that says yes to what an act would do."""


@dataclass(frozen=True)
class Option:
    """One way to answer: the value that an argument gets, and what a person reads."""

    value: str
    title: str


@dataclass(frozen=True)
class Question:
    """What is asked; the value of the chosen option becomes the argument.

    Where there is a `fallback`, it is taken for a person who does not choose; else nothing is done.
    """

    message: str
    argument: str
    options: tuple[Option, ...]
    fallback: str | None = None


def which_is_meant(
    error: HoursmithError, operation: Operation, given: Mapping[str, Any]
) -> Question | None:
    """Return the question that settles a name which fits several things, before a change.

    What only reads is answered with the candidates: nothing is lost by looking at them.
    """
    if error.ambiguous is None or operation.read_only:
        return None
    kind, text = error.ambiguous
    argument = next(
        (name for name, value in given.items() if value == text and _names(operation, name, kind)),
        None,
    )
    if argument is None:
        return None
    options = tuple(Option(one["id"], _label(one)) for one in error.candidates or [])
    return Question(f'Which {kind} is "{text}"?', argument, options)


def _names(operation: Operation, argument: str, kind: str) -> bool:
    field = operation.arguments.fields.get(argument)
    marks = field.metadata if field is not None else []
    return any(isinstance(mark, Reference) and mark.kind == kind for mark in marks)


def _label(candidate: Mapping[str, str]) -> str:
    context = candidate.get("context")
    return f"{candidate['name']} ({context})" if context else candidate["name"]
