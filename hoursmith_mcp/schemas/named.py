"""Schemas that refer to each other by name, and the marks that models carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from hoursmith_mcp.schemas.base import OfMoney
from hoursmith_mcp.schemas.json_schema import compact
from hoursmith_mcp.schemas.seen import models_of, seen_fields


def named_schemas(
    models: Iterable[type[BaseModel]], ref_template: str
) -> dict[str, tuple[type[BaseModel], dict[str, Any]]]:
    """Return every model that is reached, by name, with its schema.

    `ref_template` says how one refers to another: "#/…/{model}".
    """
    reached = list(dict.fromkeys(one for model in models for one in _reached(model, set())))
    references, document = models_json_schema(
        [(model, "validation") for model in reached], ref_template=ref_template
    )
    start = ref_template.index("{model}")
    found: dict[str, tuple[type[BaseModel], dict[str, Any]]] = {}
    for model in reached:
        name = references[(model, "validation")]["$ref"][start:]
        found[name] = (model, compact(document["$defs"][name]))
    return found


def hidden_fields(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of the fields that a money-blind member never sees.

    Of a model that is hidden as a whole they are those that are money by type.
    """
    if issubclass(model, OfMoney):
        return frozenset(name for name, field in model.model_fields.items() if _is_marked(field))
    return frozenset(model.model_fields) - seen_fields(model).keys()


def _is_marked(field: FieldInfo) -> bool:
    return models_of(field) is None and not list(_models_in(field.annotation))


def _reached(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if model in seen:
        return
    seen.add(model)
    yield model
    for field in model.model_fields.values():
        for inner in _models_in(field.annotation):
            yield from _reached(inner, seen)


def _models_in(hint: Any) -> Iterator[type[BaseModel]]:
    if get_origin(hint) is None and isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for part in get_args(hint):
        yield from _models_in(part)
