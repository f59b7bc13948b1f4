"""Columns: which fields of a row get one, and what is in its cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hoursmith_mcp.actions import ACTIONS
from hoursmith_mcp.adapters.rest.names import rest_name
from hoursmith_mcp.schemas.base import OfTheCallMark, TextOf
from hoursmith_mcp.schemas.seen import seen_fields


@dataclass(frozen=True)
class Column:
    """A field of the rows, and what its texts say where they are more than words."""

    name: str
    text_of: TextOf | None = None

    @property
    def title(self) -> str:
        """What stands above it: the field's name as scripts read it."""
        return rest_name(self.name)


def columns(model: type[BaseModel], *, blind: bool) -> tuple[Column, ...]:
    """Return a column for each field that one cell can hold, in their order; no money to the blind.

    What a row offers to do next is for programs that can do it, and left out; so is what no list
    says: it belongs to the call that made the thing.
    """
    seen = seen_fields(model) if blind else model.model_fields
    return tuple(
        Column(name, _text_of(field))
        for name, field in model.model_fields.items()
        if name in seen
        and name != ACTIONS
        and not _is_of_the_call(field)
        and _is_plain(field.annotation)
    )


def _is_plain(hint: Any) -> bool:
    """Say whether a type is text, a number, a flag, or a list of those."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _is_plain(inner[0])
    if origin in (Union, UnionType):
        return all(_is_plain(part) for part in inner)
    if origin in (list, tuple):
        return all(_is_plain(part) for part in inner if part is not ...)
    return origin is not None or not issubclass(hint, BaseModel)


def _text_of(field: FieldInfo) -> TextOf | None:
    return next((mark for mark in _marks_of(field) if isinstance(mark, TextOf)), None)


def _is_of_the_call(field: FieldInfo) -> bool:
    return any(isinstance(mark, OfTheCallMark) for mark in _marks_of(field))


def _marks_of(field: FieldInfo) -> list[Any]:
    return [*field.metadata, *_marks(field.annotation)]


def _marks(hint: Any) -> Iterator[Any]:
    """Yield the marks of a type, and of "X or None" those of X; a list's items are in one text."""
    if get_origin(hint) is Annotated:
        yield from hint.__metadata__
        yield from _marks(get_args(hint)[0])
    elif get_origin(hint) in (Union, UnionType):
        for part in get_args(hint):
            yield from _marks(part)
