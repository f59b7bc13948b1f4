"""What an answer offers to do next: only what its caller may do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hoursmith_mcp.schemas.json_values import is_array, is_object

ACTIONS = "available_actions"

Data = dict[str, Any]


def permitted(data: Data, may: Callable[[str], bool]) -> Data:
    """Return an answer without the actions, nested ones too, that its caller may not do.

    Where all may be done it is the very same object, so that nothing is written out twice.
    """
    names: set[str] = set()
    _collect(data, names)
    forbidden = {name for name in names if not may(name)}
    if not forbidden:
        return data
    kept: Data = _without(data, forbidden)
    return kept


def _collect(data: Data, names: set[str]) -> None:
    names.update(data.get(ACTIONS, ()))
    _collect_within(data.values(), names)


def _collect_within(values: Iterable[Any], names: set[str]) -> None:
    for value in values:
        if is_object(value):
            _collect(value, names)
        elif is_array(value):
            _collect_within(value, names)


def _without(value: Any, forbidden: set[str]) -> Any:
    if is_array(value):
        return [_without(inner, forbidden) for inner in value]
    if not is_object(value):
        return value
    return {
        key: [name for name in inner if name not in forbidden]
        if key == ACTIONS and is_array(inner)
        else _without(inner, forbidden)
        for key, inner in value.items()
    }
