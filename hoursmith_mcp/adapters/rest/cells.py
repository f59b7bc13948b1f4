"""Cells of a table that people open in a spreadsheet: which fields get one, and what is in it."""

from __future__ import annotations

import re
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from hoursmith_mcp.actions import ACTIONS
from hoursmith_mcp.schemas.json_values import is_array
from hoursmith_mcp.schemas.seen import seen_fields

BETWEEN = "; "
"""What stands between several texts in one cell."""

GUARD = "'"
"""What makes a text of a formula; spreadsheets hide it, and programs take it off again."""

# What a spreadsheet computes or strips, behind spaces and quotes, too; also in wide characters.
_FORMULA = re.compile("[\\s'\"]*[\t\r\n=+\\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def columns(model: type[BaseModel], *, blind: bool) -> tuple[str, ...]:
    """Return the fields of a row that one cell can hold, in their order; money not to the blind.

    What a row offers to do next is for programs that can do it, and left out.
    """
    seen = seen_fields(model) if blind else model.model_fields
    return tuple(
        name
        for name, field in model.model_fields.items()
        if name in seen and name != ACTIONS and _is_plain(field.annotation)
    )


def cell(value: Any) -> str:
    """Return a value as the text of a cell, which no spreadsheet takes for a formula."""
    if isinstance(value, str):
        return GUARD + value if is_formula(value) else value
    if value is None:
        return ""
    if is_array(value):
        return cell(BETWEEN.join(map(str, value)))
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_formula(text: str) -> bool:
    """Say whether a spreadsheet could compute a text; a number is none, below zero neither."""
    # Nearly all texts are known by how they begin.
    if text[:1].isalnum():
        return False
    return _FORMULA.match(text) is not None and _NUMBER.fullmatch(text) is None


def _is_plain(hint: Any) -> bool:
    """Say whether a type is text, a number, a flag, or a list of those."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _is_plain(inner[0])
    if origin in (Union, UnionType):
        return all(_is_plain(part) for part in inner if part is not NoneType)
    if origin in (list, tuple):
        return all(_is_plain(part) for part in inner if part is not ...)
    return origin is not None or not issubclass(hint, BaseModel)
