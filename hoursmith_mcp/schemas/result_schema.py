"""The JSON Schema of an answer, written straight from its model: types, no titles, nulls or prose.

Answers are made of few types, and a client that starts us waits for the schemas of them all, which
pydantic takes ten times as long to make. Tests compare the two.
"""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from hoursmith_mcp.schemas.base import UnlistedMark
from hoursmith_mcp.schemas.seen import seen_fields

PLAIN = {str: "string", bool: "boolean", int: "integer"}

Models = dict[str, type[BaseModel]]
"""The models that a schema refers to, by name."""


@cache  # Several tools answer with one thing.
def result_schema(model: type[BaseModel], *, blind: bool = False) -> dict[str, Any]:
    """Return the schema of a result: what may be absent is not required.

    It allows more than it lists, so what is seldom there need not be listed. A `blind` one has no
    field that a money-blind member does not see. Raises TypeError for a type that no answer has.
    """
    named: Models = {}
    schema = _object(model, named, blind=blind)
    definitions: dict[str, Any] = {}
    while missing := [name for name in named if name not in definitions]:
        definitions |= {name: _object(named[name], named, blind=blind) for name in missing}
    return {"$defs": dict(sorted(definitions.items())), **schema} if definitions else schema


def _object(model: type[BaseModel], named: Models, *, blind: bool) -> dict[str, Any]:
    seen = seen_fields(model) if blind else model.model_fields
    listed = {
        name: field
        for name, field in model.model_fields.items()
        if name in seen and not _is_unlisted(field.annotation, field.metadata)
    }
    required = [name for name, field in listed.items() if field.is_required()]
    return {
        "properties": {name: _value(field.annotation, named) for name, field in listed.items()},
        **({"required": required} if required else {}),
        "type": "object",
    }


def _value(hint: Any, named: Models) -> dict[str, Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if hint in PLAIN:
        return {"type": PLAIN[hint]}
    if origin is Literal:
        return {"enum": [*inner], "type": "string"}
    if origin is Annotated:
        return _value(inner[0], named)
    if origin is dict:  # What events are of: as many things as there are types.
        return {"additionalProperties": True, "type": "object"}
    if origin in (list, tuple):
        return {"items": _value(inner[0], named), "type": "array"}
    if origin in (Union, UnionType):
        [kept] = (part for part in inner if part is not NoneType)
        return _value(kept, named)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        if named.setdefault(hint.__name__, hint) is not hint:
            raise TypeError(f"two models of answers are called {hint.__name__}")
        return {"$ref": f"#/$defs/{hint.__name__}"}
    raise TypeError(f"{hint} is in an answer: say here how it is listed")


def _is_unlisted(hint: Any, marks: list[Any]) -> bool:
    """Tell whether a field is left out of lists; the mark of "X or None" may be on the X."""
    origin, inner = get_origin(hint), get_args(hint)
    if any(isinstance(mark, UnlistedMark) for mark in marks):
        return True
    if origin is Annotated:
        return _is_unlisted(inner[0], list(inner[1:]))
    return origin in (Union, UnionType) and any(_is_unlisted(part, []) for part in inner)
