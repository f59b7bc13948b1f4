"""Tools: operations, listed and called."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from typing import Any

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp.results import COMPLETE
from hoursmith_mcp.errors import HoursmithError, InvalidInput
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime

Tools = dict[str, Operation]


def shown_tools(runtime: Runtime) -> Tools:
    """Return the tools that the settings let a client see, by name."""
    toolsets = read_toolsets(runtime.settings.toolsets, runtime.catalogue.toolsets)
    shown = runtime.catalogue.tools(toolsets, read_only=runtime.settings.read_only)
    return {one.name: one for one in shown}


def read_toolsets(text: str, known: frozenset[str]) -> frozenset[str]:
    """Read a comma-separated list of toolsets; raises InvalidInput for one that does not exist."""
    wanted = frozenset(word.strip() for word in text.split(",") if word.strip())
    unknown = sorted(wanted - known)
    if unknown or not wanted:
        raise InvalidInput(
            f"HOURSMITH_TOOLSETS: there is no toolset {', '.join(unknown) or 'named'}. "
            f"Choose from {', '.join(sorted(known))}."
        )
    return wanted


def list_tools(tools: Tools) -> dict[str, Any]:
    """Return the result of tools/list."""
    return {**COMPLETE, "tools": [describe_tool(one) for one in tools.values()]}


@cache
def _description(one: Operation) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "description": one.description,
        "inputSchema": one.arguments.schema,
        "outputSchema": one.result_schema,
        "annotations": {
            "readOnlyHint": one.read_only,
            "destructiveHint": one.destructive,
            "idempotentHint": one.idempotent,
            "openWorldHint": one.open_world,
        },
    }


def describe_tool(one: Operation) -> dict[str, Any]:
    """Return how a tool is listed."""
    return dict(_description(one))


async def call_tool(
    runtime: Runtime,
    tools: Tools,
    caller: Caller,
    name: str,
    arguments: Mapping[str, Any],
    key: Any,
) -> dict[str, Any]:
    """Call a tool and return the result of tools/call; a refusal is a result, too."""
    try:
        if key is not None and not isinstance(key, str):
            raise InvalidInput("hoursmith/key must be text.")
        answer = await runtime.invoke(_named(tools, name), caller, arguments, key=key)
    except HoursmithError as error:
        return {
            **COMPLETE,
            "content": [{"type": "text", "text": error.message}],
            "structuredContent": error.document(),
            "isError": True,
        }
    return {
        **COMPLETE,
        "content": [{"type": "text", "text": answer.text}],
        "structuredContent": answer.data,
        "isError": False,
    }


def _named(tools: Tools, name: str) -> Operation:
    if name in tools:
        return tools[name]
    near = difflib.get_close_matches(name, tools, n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise InvalidInput(f"There is no tool of that name.{hint} tools/list names all there are.")
