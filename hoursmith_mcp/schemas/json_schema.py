"""JSON Schemas that cost an assistant little: no titles, no nulls, no prose in results."""

from __future__ import annotations

from typing import Any, cast

NAMED = ("properties", "$defs")


def compact_schema(schema: dict[str, Any], *, prose: bool = True) -> dict[str, Any]:
    """Return the schema without titles and null defaults; without `prose`, no descriptions either.

    Names of properties and definitions are kept, also where they are called "title".
    """
    return cast("dict[str, Any]", _compact(schema, prose=prose, named=False))


def _compact(node: Any, *, prose: bool, named: bool) -> Any:
    if isinstance(node, list):
        return [_compact(item, prose=prose, named=False) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    kept: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", node).items():
        if not named and _is_waste(key, value, prose=prose):
            continue
        kept[key] = _compact(value, prose=prose, named=key in NAMED and not named)
    return kept


def _is_waste(key: str, value: Any, *, prose: bool) -> bool:
    if key == "title":
        return True
    if key == "default":
        return value is None
    return key == "description" and not prose
