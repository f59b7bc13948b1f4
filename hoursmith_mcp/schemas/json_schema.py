"""JSON Schemas that cost an assistant little: no titles, no nulls, no prose in results."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import ModelSchema

from hoursmith_mcp.schemas.base import UNLISTED
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.schemas.seen import seen_fields

NAMED = ("properties", "$defs")
NULL = {"type": "null"}
PLAIN = (bool, int, str)


class _Generator(GenerateJsonSchema):
    """Makes schemas as pydantic does, and takes plain defaults as they are.

    Pydantic builds a serializer for each of them, and a client that starts us waits for hundreds.
    """

    def encode_default(self, dft: Any) -> Any:
        return dft if dft is None or type(dft) in PLAIN else super().encode_default(dft)


def arguments_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of an operation's arguments, every one of them described."""
    schema: dict[str, Any] = _compact(
        model.model_json_schema(schema_generator=_Generator), prose=True, named=False
    )
    return schema


@cache  # Several tools answer with one thing, and a client that starts us waits for the list.
def result_schema(model: type[BaseModel], *, blind: bool = False) -> dict[str, Any]:
    """Return the schema of a result: types, not prose; what may be absent is not required.

    It allows more than it lists, so what is seldom there need not be listed. A `blind` one has no
    field that a money-blind member does not see.
    """
    generator = _Blind if blind else _Generator
    whole = model.model_json_schema(schema_generator=generator)
    schema: dict[str, Any] = _compact(whole, prose=False, named=False)
    return _without_unused(schema)


class _Blind(_Generator):
    """Makes schemas of models as they are seen by those who see no money."""

    def model_schema(self, schema: ModelSchema) -> dict[str, Any]:
        """Return the schema of a model without the fields that are not seen."""
        whole = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        seen = seen_fields(model)
        kept = {name: part for name, part in whole.get("properties", {}).items() if name in seen}
        required = [name for name in whole.get("required", []) if name in seen]
        rest = {key: part for key, part in whole.items() if key not in ("properties", "required")}
        return {**rest, "properties": kept, **({"required": required} if required else {})}


def compact(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema for people who read it once: with its prose, without titles and nulls."""
    shorter: dict[str, Any] = _compact(schema, prose=True, named=False)
    return shorter


def _without_unused(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without the definitions that only an unlisted field leads to."""
    text = json.dumps(schema)
    used = {
        name: node for name, node in schema.get("$defs", {}).items() if f'"#/$defs/{name}"' in text
    }
    rest = {key: node for key, node in schema.items() if key != "$defs"}
    return {"$defs": used, **rest} if used else rest


def _compact(node: Any, *, prose: bool, named: bool) -> Any:
    if is_array(node):
        return [_compact(item, prose=prose, named=False) for item in node]
    if not is_object(node):
        return node
    # Names of properties and definitions are kept, also where one is called "title".
    return {
        key: _compact(value, prose=prose, named=key in NAMED and not named)
        for key, value in _without_null(node).items()
        if not (_is_unlisted(value) and not prose if named else _is_waste(key, value, prose=prose))
    }


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    """Turn "this or null" into "this": what is absent is left out, it is never null."""
    choices: list[dict[str, Any]] = node.get("anyOf", [])
    if NULL not in choices:
        return node
    kept = [choice for choice in choices if choice != NULL]
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept}


def _is_unlisted(schema: Any) -> bool:
    choices: list[Any] = [schema, *schema.get("anyOf", [])] if is_object(schema) else []
    return any(is_object(choice) and UNLISTED in choice for choice in choices)


def _is_waste(key: str, value: Any, *, prose: bool) -> bool:
    if key in ("title", UNLISTED):
        return True
    if key == "default":
        # None, false and "" are what leaving an argument out means anyway.
        return not value or not prose
    return key == "description" and not prose
