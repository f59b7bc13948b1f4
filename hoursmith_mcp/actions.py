"""What an answer offers to do next: only what its caller may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hoursmith_mcp.schemas.json_values import is_array, is_object

ACTIONS = "available_actions"

Data = dict[str, Any]


def permitted(data: Data, may: Callable[[str], bool]) -> Data:
    """Return an answer without the actions, nested ones too, that its caller may not do.

    Where all may be done it is the very same object, so that nothing is written out twice.
    """
    forbidden = {name for name in set(_named(data)) if not may(name)}
    if not forbidden:
        return data
    kept: Data = _without(data, forbidden)
    return kept


def _named(value: Any) -> Iterator[str]:
    if is_object(value):
        for key, inner in value.items():
            if key == ACTIONS and is_array(inner):
                yield from inner
            elif isinstance(inner, (dict, list)):
                yield from _named(inner)
    elif is_array(value):
        for inner in value:
            yield from _named(inner)


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
