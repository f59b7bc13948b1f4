"""Tools: operations, listed and called."""

from __future__ import annotations

from typing import Any

from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolRequestParams

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp.asking import InputRequired, Person, person
from hoursmith_mcp.adapters.mcp.context import Context, meta_of
from hoursmith_mcp.adapters.mcp.results import COMPLETE
from hoursmith_mcp.adapters.mcp.showing import Tools, only_reads, shown_tools
from hoursmith_mcp.catalogue import named
from hoursmith_mcp.errors import HoursmithError, InvalidInput
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.questions import which_is_meant
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.unit import Answer


async def list_tools(runtime: Runtime, caller: Caller, context: Context) -> dict[str, Any]:
    """Return the result of tools/list.

    Raises MCPError where nobody knows the caller, or a toolset that is named does not exist.
    """
    try:
        tools = await shown_tools(runtime, caller, context)
    except HoursmithError as error:
        raise MCPError(code=INVALID_PARAMS, message=error.message) from error
    return {**COMPLETE, "tools": definitions(tools)}


def definitions(tools: Tools) -> list[dict[str, Any]]:
    """Return the definitions of tools, as clients are shown them."""
    return [one.definition for one in tools.values()]


async def call_tool(
    runtime: Runtime,
    caller: Caller,
    context: Context,
    params: CallToolRequestParams,
) -> dict[str, Any]:
    """Call a tool and return the result of tools/call; a refusal is a result, too."""
    try:
        # Who may not use a tool is told so by the call itself.
        tools = await shown_tools(runtime, caller, context, forbidden_too=True)
        operation = named(
            tools,
            params.name,
            among=runtime.catalogue.operations,
            read_only=only_reads(runtime, context),
        )
        conversation = _Conversation(runtime, caller, operation, context, params, tools)
        answer = await conversation.hold()
    except InputRequired as required:
        return required.result
    except HoursmithError as error:
        return _result(error.message, error.document(), is_error=True)
    result = _result(answer.text, answer.data, is_error=False)
    link: str | None = getattr(operation.result, "link", None)
    if link is not None and link in answer.data:
        result["content"].append(_link(answer.data, link))
    return result


class _Conversation:
    """A call, and what its person is asked before it can be done."""

    def __init__(
        self,
        runtime: Runtime,
        caller: Caller,
        operation: Operation,
        context: Context,
        params: CallToolRequestParams,
        tools: Tools,
    ) -> None:
        self._tools = tools
        self._runtime = runtime
        self._caller = caller
        self._operation = operation
        self._arguments = params.arguments or {}
        self._key = _key(context)
        self._person: Person | None = person(context, params)
        self._chosen = dict(self._person.answers) if self._person is not None else {}

    async def hold(self) -> Answer:
        """Return the answer of the call, asking as often as there is something to be asked."""
        while True:
            try:
                answer = await self._call()
                question = answer.question
            except HoursmithError as error:
                given = {**self._arguments, **self._chosen}
                question = which_is_meant(error, self._operation, given)
                if question is None or self._person is None:
                    raise
            else:
                if question is None or self._person is None:
                    return answer
            self._chosen[question.argument] = await self._person.ask(question)

    async def _call(self) -> Answer:
        return await self._runtime.invoke(
            self._operation,
            self._caller,
            self._arguments,
            key=self._key,
            asking=True,
            choosing=self._person is not None,
            chosen=self._chosen,
            offered=self._tools,
        )


def _key(context: Context) -> str | None:
    key = meta_of(context).get("hoursmith/key")
    if key is not None and not isinstance(key, str):
        raise InvalidInput("hoursmith/key must be text.")
    return key


def _link(data: dict[str, Any], field: str) -> dict[str, Any]:
    """Return the way to a file as clients follow it."""
    return {
        "type": "resource_link",
        "uri": data[field],
        "name": data["name"],
        "mimeType": data["media_type"],
    }


def _result(text: str, data: dict[str, Any], *, is_error: bool) -> dict[str, Any]:
    # Some clients hand the model the text, others the data: both hold all of it.
    content = [{"type": "text", "text": text}]
    return {**COMPLETE, "content": content, "structuredContent": data, "isError": is_error}
