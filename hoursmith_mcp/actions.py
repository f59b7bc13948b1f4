"""What an answer offers to do next: only what its caller may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hoursmith_mcp.schemas.json_values import is_array, is_object

ACTIONS = "available_actions"
NEXT_CALL = "next_call"
"""A call that is offered with its arguments."""

Data = dict[str, Any]
_NESTS = (dict, list)


def permitted(data: Data, may: Callable[[str, Data], bool]) -> Data:
    """Return an answer without the actions, nested ones too, that its caller may not do.

    `may` is asked for each, with the thing that offers it. Where all may be done it is the very
    same object, so that nothing is written out twice.
    """
    if all(may(name, thing) for thing in _things(data) for name in _offered(thing)):
        return data
    kept: Data = _kept(data, may)
    return kept


def _offered(thing: Data) -> list[str]:
    """Return the names of what a thing offers to call."""
    call = thing.get(NEXT_CALL)
    return [*thing.get(ACTIONS, ()), *([call["tool"]] if call is not None else ())]


def _things(value: Any) -> Iterator[Data]:
    """Yield whatever offers actions, however deep it lies."""
    if is_array(value):
        for inner in value:
            yield from _things(inner)
    elif is_object(value):
        if is_array(value.get(ACTIONS)) or is_object(value.get(NEXT_CALL)):
            yield value
        # Most of what an answer holds is plain, and a long list has much of it.
        for inner in value.values():
            if isinstance(inner, _NESTS):
                yield from _things(inner)


def _kept(value: Any, may: Callable[[str, Data], bool]) -> Any:
    if is_array(value):
        return [_kept(inner, may) for inner in value]
    if not is_object(value):
        return value
    return {
        key: [name for name in inner if may(name, value)]
        if key == ACTIONS and is_array(inner)
        else _kept(inner, may)
        for key, inner in value.items()
        if key != NEXT_CALL or not is_object(inner) or may(inner["tool"], value)
    }
