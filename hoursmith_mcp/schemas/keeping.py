"""What of a model is written down: no secret ever, and of members nothing but their ids for long.

Events and activity cannot be altered, so that nobody's name could be taken out of them again.
"""

from __future__ import annotations

from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from hoursmith_mcp.schemas.base import PersonalMark, ShownOnceMark

Marks = tuple[type, ...]

FOR_EVER: Marks = (PersonalMark, ShownOnceMark)
FOR_A_DAY: Marks = (ShownOnceMark,)


def kept(model: BaseModel, without: Marks = FOR_EVER) -> dict[str, Any]:
    """Return a model as plain data, without what is absent and without what is marked so."""
    left_out = _left_out(type(model), without) or None
    data: dict[str, Any] = model.model_dump(mode="json", exclude_none=True, exclude=left_out)
    return data


def holds(model: BaseModel, marks: Marks) -> bool:
    """Tell whether anything of a model is marked so."""
    return bool(_left_out(type(model), marks))


@cache
def _left_out(model: type[BaseModel], marks: Marks) -> dict[str, Any]:
    """Return what is left out of a model, as pydantic takes it; models within it, too."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if any(isinstance(mark, marks) for mark in field.metadata) or _is_marked(
            field.annotation, marks
        ):
            found[name] = True
        elif inner := _within(field.annotation, marks):
            found[name] = inner
    return found


def _is_marked(hint: Any, marks: Marks) -> bool:
    if get_origin(hint) is not None and any(
        isinstance(mark, marks) for mark in getattr(hint, "__metadata__", ())
    ):
        return True
    return any(_is_marked(part, marks) for part in get_args(hint))


def _within(hint: Any, marks: Marks) -> dict[str, Any]:
    """Return what is left out of the model that a field holds, or holds a list of."""
    if isinstance(hint, type) and get_origin(hint) is None and issubclass(hint, BaseModel):
        return _left_out(hint, marks)
    for part in get_args(hint):
        if inner := _within(part, marks):
            return {"__all__": inner} if get_origin(hint) is list else inner
    return {}
