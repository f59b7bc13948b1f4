"""Tools: operations, listed and called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp.results import COMPLETE
from hoursmith_mcp.catalogue import named
from hoursmith_mcp.errors import HoursmithError, InvalidInput
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime

Tools = Mapping[str, Operation]
"""The tools that a client is shown, by name."""


def list_tools(tools: Tools) -> dict[str, Any]:
    """Return the result of tools/list."""
    return {**COMPLETE, "tools": [one.definition for one in tools.values()]}


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
        operation = named(tools, name, among=runtime.catalogue.operations)
        answer = await runtime.invoke(operation, caller, arguments, key=key, asking=True)
    except HoursmithError as error:
        return _result(error.message, error.document(), is_error=True)
    return _result(answer.text, answer.data, is_error=False)


def _result(text: str, data: dict[str, Any], *, is_error: bool) -> dict[str, Any]:
    # Some clients hand the model the text, others the data: both hold all of it.
    content = [{"type": "text", "text": text}]
    return {**COMPLETE, "content": content, "structuredContent": data, "isError": is_error}
