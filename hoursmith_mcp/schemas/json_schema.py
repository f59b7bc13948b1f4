"""JSON Schemas that cost an assistant little: no titles, no nulls, no prose in results."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from hoursmith_mcp.schemas.json_values import is_array, is_object

NAMED = ("properties", "$defs")
NULL = {"type": "null"}
PLAIN = (bool, int, str)
UNLISTED = "unlisted"
"""Marks what is in a result and its document, not in the list of tools: there bytes are dear."""


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
def result_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a result: types, not prose; what may be absent is not required.

    It allows more than it lists, so what is seldom there need not be listed.
    """
    schema: dict[str, Any] = _compact(
        model.model_json_schema(schema_generator=_Generator), prose=False, named=False
    )
    return _without_unused(schema)


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
