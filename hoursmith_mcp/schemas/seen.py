"""What a money-blind member sees of a model, told by the types of its fields; closed by default."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hoursmith_mcp.schemas.base import MoneyMark, OfMoney

PLAIN = (str, int, bool, NoneType, Enum)
"""What holds nothing but itself; all else that is no model and no list of these is closed."""

MANY = (list, tuple, set, frozenset)

Models = tuple[type[BaseModel], ...]
"""What the objects within a value are, none for plain text and numbers."""


@cache
def seen_fields(model: type[BaseModel]) -> Mapping[str, Models]:
    """Return the fields that are seen, each with the models of the objects within it."""
    if issubclass(model, OfMoney):
        return {}
    found = {name: models_of(field) for name, field in model.model_fields.items()}
    return {name: models for name, models in found.items() if models is not None}


def is_seen_whole(field: FieldInfo) -> bool:
    """Say whether all of a field is seen, down to the last part of it."""
    models = models_of(field)
    return models is not None and all(
        name in seen_fields(model) and is_seen_whole(inner)
        for model in models
        for name, inner in model.model_fields.items()
    )


def models_of(field: FieldInfo) -> Models | None:
    """Return the models of the objects within a field, or None where it is closed."""
    return None if _is_money(field.metadata) else _models(field.annotation)


def _models(hint: Any) -> Models | None:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *marks = get_args(hint)
        return None if _is_money(marks) else _models(inner)
    if origin is Literal:
        return ()
    if origin in (Union, UnionType) or origin in MANY:
        return _together([_models(part) for part in get_args(hint) if part is not ...])
    if not isinstance(hint, type) or origin is not None:
        return None
    if issubclass(hint, BaseModel):
        return None if issubclass(hint, OfMoney) else (hint,)
    return () if issubclass(hint, PLAIN) else None


def _together(parts: list[Models | None]) -> Models | None:
    """Return the models of all parts; where one is closed, so is the whole."""
    found: dict[type[BaseModel], None] = {}
    for part in parts:
        if part is None:
            return None
        found.update(dict.fromkeys(part))
    return tuple(found)


def _is_money(marks: list[Any]) -> bool:
    return any(isinstance(mark, MoneyMark) for mark in marks)
