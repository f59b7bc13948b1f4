"""The relay: a client on stdio, a server somewhere else, and nothing of our own in between.

Messages are passed on as they are, whatever era they are of. So what the server can do, is called,
says of itself and refuses reaches the client unchanged, and this program may be older than it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterable, Mapping
from typing import Any, Protocol

import anyio
from mcp.shared.inbound import (
    MCP_METHOD_HEADER,
    MCP_NAME_HEADER,
    MCP_PROTOCOL_VERSION_HEADER,
    NAME_BEARING_METHODS,
    encode_header_value,
)
from mcp.shared.message import ClientMessageMetadata, SessionMessage
from mcp.types import (
    INVALID_PARAMS,
    ErrorData,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
)

from hoursmith_mcp.adapters.mcp.address import Address
from hoursmith_mcp.adapters.mcp.faults import VERSION
from hoursmith_mcp.adapters.mcp.stdio import stdio_streams
from hoursmith_mcp.adapters.mcp.upstream import ANSWER_SECONDS, connect
from hoursmith_mcp.schemas.json_values import is_object

logger = logging.getLogger("hoursmith_mcp")


class Outgoing(Protocol):
    """Where messages go to."""

    async def send(self, item: SessionMessage, /) -> None:
        """Hand over a message."""
        ...


async def relay_stdio(address: Address) -> None:
    """Pass on what comes on stdin, and its answers on stdout, until the client is gone."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    async with stdio_streams() as (messages, answers):
        await relay(messages, answers, address)


async def relay(
    messages: AsyncIterable[SessionMessage | Exception],
    answers: Outgoing,
    address: Address,
    *,
    answer_seconds: float = ANSWER_SECONDS,
) -> None:
    """Pass messages on to the server at an address, and its answers back, until there are none."""
    async with connect(address, answer_seconds=answer_seconds) as (incoming, outgoing):
        headers = _Headers()

        async def pass_back() -> None:
            async for item in incoming:
                if isinstance(item, Exception):
                    logger.warning("the server sent what is no message: %s", item)
                    continue
                headers.learn(item.message)
                await answers.send(SessionMessage(item.message))

        async with anyio.create_task_group() as group:
            group.start_soon(pass_back)
            async for item in messages:
                if not isinstance(item, SessionMessage):
                    continue
                if _can_be_written(item.message):
                    metadata = ClientMessageMetadata(headers=headers.of(item.message))
                    await outgoing.send(SessionMessage(item.message, metadata))
                elif isinstance(item.message, JSONRPCRequest):
                    await answers.send(_unwritable(item.message.id))
            group.cancel_scope.cancel()


class _Headers:
    """What HTTP says about a message outside of it, so that whatever routes it need not read it."""

    def __init__(self) -> None:
        self._asked: RequestId | None = None
        self._agreed = ""

    def of(self, message: object) -> dict[str, str] | None:
        """Return the headers of a message from the client."""
        if not isinstance(message, JSONRPCRequest):
            return self._legacy()
        if message.method == "initialize":
            self._asked = message.id
            return None
        params: Mapping[str, Any] = message.params or {}
        meta = params.get("_meta")
        version = meta.get(VERSION) if is_object(meta) else None
        if not isinstance(version, str):
            return self._legacy()
        headers = {MCP_PROTOCOL_VERSION_HEADER: version, MCP_METHOD_HEADER: message.method}
        name = params.get(NAME_BEARING_METHODS.get(message.method, ""))
        if isinstance(name, str):
            headers[MCP_NAME_HEADER] = name
        return {header: encode_header_value(text) for header, text in headers.items()}

    def learn(self, message: object) -> None:
        """Take the version that client and server agreed on, in the era that agrees on one."""
        if isinstance(message, JSONRPCResponse) and message.id == self._asked:
            self._agreed = str(message.result.get("protocolVersion", ""))
            self._asked = None

    def _legacy(self) -> dict[str, str] | None:
        return {MCP_PROTOCOL_VERSION_HEADER: self._agreed} if self._agreed else None


def _can_be_written(message: object) -> bool:
    """Tell whether HTTP can carry a message: the SDK's parser takes numbers that JSON has not."""
    if not isinstance(message, JSONRPCRequest | JSONRPCNotification | JSONRPCResponse):
        return True
    content = message.result if isinstance(message, JSONRPCResponse) else message.params
    try:
        json.dumps(content, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        return False
    return True


def _unwritable(number: RequestId) -> SessionMessage:
    error = ErrorData(code=INVALID_PARAMS, message="NaN and Infinity are no numbers of JSON.")
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=number, error=error))
