"""Completions: names, as a person types them."""

from __future__ import annotations

from typing import Any

from mcp.types import CompleteRequestParams, ResourceTemplateReference

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp.results import COMPLETE
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.arguments import Reference

NOTHING: dict[str, Any] = {**COMPLETE, "completion": {"values": [], "total": 0, "hasMore": False}}


async def complete(
    runtime: Runtime, caller: Caller, params: CompleteRequestParams
) -> dict[str, Any]:
    """Return the result of completion/complete; for what the caller may not see, nothing."""
    kind = _kind(runtime, params)
    completer = runtime.catalogue.completer
    if kind is None or completer is None:
        return NOTHING
    given = {"kind": kind, "typed": params.argument.value[:300]}
    try:
        answer = await runtime.invoke(completer, caller, given)
    except HoursmithError:
        return NOTHING
    values, total = answer.data["names"], answer.data["total"]
    return {
        **COMPLETE,
        "completion": {"values": values, "total": total, "hasMore": total > len(values)},
    }


def _kind(runtime: Runtime, params: CompleteRequestParams) -> str | None:
    """Return the kind of thing that an argument names, as its type says."""
    if not isinstance(params.ref, ResourceTemplateReference):
        return None
    one = runtime.catalogue.resources.get(params.ref.uri)
    field = one.arguments.fields.get(params.argument.name) if one is not None else None
    marks = field.metadata if field is not None else []
    return next((mark.kind for mark in marks if isinstance(mark, Reference)), None)
