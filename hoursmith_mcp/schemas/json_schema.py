"""JSON Schemas that cost an assistant little: no titles, no nulls."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from hoursmith_mcp.schemas.json_values import is_array, is_object

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
    return compact(model.model_json_schema(schema_generator=_Generator))


def compact(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its prose, without titles and nulls."""
    shorter: dict[str, Any] = _compact(schema, named=False)
    return shorter


def _compact(node: Any, *, named: bool) -> Any:
    if is_array(node):
        return [_compact(item, named=False) for item in node]
    if not is_object(node):
        return node
    # Names of properties and definitions are kept, also where one is called "title".
    return {
        key: _compact(value, named=key in NAMED and not named)
        for key, value in _without_null(node).items()
        if named or not _is_waste(key, value)
    }


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    """Turn "this or null" into "this": what is absent is left out, it is never null."""
    choices: list[dict[str, Any]] = node.get("anyOf", [])
    if NULL not in choices:
        return node
    kept = [choice for choice in choices if choice != NULL]
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept}


def _is_waste(key: str, value: Any) -> bool:
    # A default of None, false or "" is what leaving an argument out means anyway.
    return key == "title" or (key == "default" and not value)
