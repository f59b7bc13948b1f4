"""JSON Schemas that cost an assistant little: no titles, no nulls, no prose in results."""

from __future__ import annotations

from typing import Any, cast

from pydantic import BaseModel

NAMED = ("properties", "$defs")
NULL = {"type": "null"}


def arguments_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of an operation's arguments, every one of them described."""
    return cast("dict[str, Any]", _compact(model.model_json_schema(), prose=True, named=False))


def result_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a result: types, not prose; what may be absent is not required."""
    return cast("dict[str, Any]", _compact(model.model_json_schema(), prose=False, named=False))


def _compact(node: Any, *, prose: bool, named: bool) -> Any:
    if isinstance(node, list):
        return [_compact(item, prose=prose, named=False) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    kept: dict[str, Any] = {}
    for key, value in _without_null(cast("dict[str, Any]", node)).items():
        # Names of properties and definitions are kept, also where one is called "title".
        if not named and _is_waste(key, value, prose=prose):
            continue
        kept[key] = _compact(value, prose=prose, named=key in NAMED and not named)
    return kept


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    """Turn "this or null" into "this": what is absent is left out, it is never null."""
    choices = node.get("anyOf")
    if not isinstance(choices, list) or NULL not in choices:
        return node
    kept = [choice for choice in cast("list[dict[str, Any]]", choices) if choice != NULL]
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept}


def _is_waste(key: str, value: Any, *, prose: bool) -> bool:
    if key == "title":
        return True
    if key == "default":
        # None, false and "" are what leaving an argument out means anyway.
        return not value or not prose
    return key == "description" and not prose
