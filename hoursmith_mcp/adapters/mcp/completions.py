"""Completions: names, as a person types them, wherever an argument names something."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from mcp.types import CompleteRequestParams, ResourceTemplateReference

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp.resources import operation_at
from hoursmith_mcp.adapters.mcp.results import COMPLETE
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.arguments import Reference

MOST_VALUES = 100
MOST_TYPED = 300


async def complete(
    runtime: Runtime, caller: Caller, params: CompleteRequestParams
) -> dict[str, Any]:
    """Return the result of completion/complete; for what the caller may not see, nothing."""
    catalogue, name = runtime.catalogue, params.argument.name
    typed = params.argument.value[:MOST_TYPED]
    if isinstance(params.ref, ResourceTemplateReference):
        one = operation_at(catalogue, params.ref.uri)
        if one is not None and one.page is not None and (known := one.page.known()):
            values = [each.value for each in known if typed.casefold() in each.value]
            return _offered(values, len(values))
        if one is not None and (choices := _choices(one, name)):
            values = [each for each in choices if typed.casefold() in each]
            return _offered(values, len(values))
        kind = _kind(one, name) if one is not None else None
    else:
        prompt = catalogue.prompts.get(params.ref.name)
        argument = prompt.argument(name) if prompt is not None else None
        kind = argument.completes if argument is not None else None
    return await _completed(runtime, caller, kind, typed)


async def _completed(
    runtime: Runtime, caller: Caller, kind: str | None, typed: str
) -> dict[str, Any]:
    completer = runtime.catalogue.completer
    if kind is None or completer is None:
        return _offered([], 0)
    try:
        answer = await runtime.invoke(completer, caller, {"kind": kind, "typed": typed})
    except HoursmithError:
        return _offered([], 0)
    return _offered(answer.data["names"], answer.data["total"])


def _choices(one: Operation, name: str) -> tuple[str, ...]:
    """Return what an argument can be, where that is fixed."""
    field = one.arguments.fields.get(name)
    is_choice = field is not None and get_origin(field.annotation) is Literal
    return get_args(field.annotation) if field is not None and is_choice else ()


def _kind(one: Operation, name: str) -> str | None:
    """Return the kind of thing that an argument names, as its type says."""
    field = one.arguments.fields.get(name)
    marks = field.metadata if field is not None else []
    return next((mark.kind for mark in marks if isinstance(mark, Reference)), None)


def _offered(values: list[str], total: int) -> dict[str, Any]:
    shown = values[:MOST_VALUES]
    has_more = total > len(shown)
    return {**COMPLETE, "completion": {"values": shown, "total": total, "hasMore": has_more}}
