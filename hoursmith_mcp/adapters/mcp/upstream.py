"""The connection to another server: it outlives the server's absence, and never breaks off.

The SDK's client speaks the protocol; it ends where a request cannot be sent. So below it, in the
place of the network, stands `Upstream`: every fault becomes the answer of the request that met it,
and a session of the older era that the server has forgotten is begun again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
from mcp.client.streamable_http import streamable_http_client

from hoursmith_mcp.adapters.mcp.address import Address
from hoursmith_mcp.adapters.mcp.faults import answer_of, explain_answer, explain_fault
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.schemas.json_values import is_object

logger = logging.getLogger("hoursmith_mcp")

SESSION = "mcp-session-id"
VERSION = "mcp-protocol-version"
ACCEPT = "application/json, text/event-stream"
KEPT = ("resources/subscribe", "logging/setLevel")
"""What a session remembers of its client, and has to be told again when it is begun again."""

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0  # A server that still works on an answer says so every few seconds.
LEAVE_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 30.0
MOST_CONNECTIONS = 1000

Message = dict[str, Any]


@asynccontextmanager
async def connect(
    address: Address, *, answer_seconds: float = ANSWER_SECONDS
) -> AsyncGenerator[Any]:
    """Yield the SDK's two streams to a server; nothing is sent before the first message is."""
    limits = httpx2.Limits(max_connections=MOST_CONNECTIONS)
    async with (
        httpx2.AsyncClient(limits=limits) as network,
        httpx2.AsyncClient(transport=Upstream(network, address, answer_seconds)) as client,
        streamable_http_client(address.url, http_client=client, max_sse_event_size=None) as streams,
    ):
        yield streams


class Upstream(httpx2.AsyncBaseTransport):
    """Sends the requests of one client, and answers those that cannot be sent itself."""

    def __init__(
        self, network: httpx2.AsyncClient, address: Address, answer_seconds: float
    ) -> None:
        """Take the network, with the proxies that the environment names."""
        self._network = network
        self._address = address
        self._timeout = httpx2.Timeout(answer_seconds, connect=CONNECT_SECONDS)
        self._session = ""
        self._beginning: Message | None = None
        self._kept: dict[tuple[str, str], Message] = {}
        self._renewing = anyio.Lock()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request of the SDK's client."""
        if request.method == "GET":
            return await self._listen(request)
        if request.method == "DELETE":
            return await self._leave(request)
        message: Message = json.loads(request.content)
        try:
            response = await self._send_within_session(request)
            self._remember(message, response)
            return await self._checked(response, message)
        except httpx2.HTTPError as fault:
            return self._told(explain_fault(fault, self._address.url), message)
        except Exception as fault:
            logger.exception("a request could not be passed on")
            return self._told(explain_fault(fault, self._address.url), message)

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        request.extensions["timeout"] = self._timeout.as_dict()
        request.headers.update(self._address.headers)
        return await self._network.send(request, stream=True, follow_redirects=False)

    async def _send_within_session(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; where the server has forgotten the session, begin it again and resend."""
        session = self._into_session(request)
        response = await self._send(request)
        if session and response.status_code == 404:
            await response.aclose()
            await self._renew(session)
            self._into_session(request)
            response = await self._send(request)
        return response

    def _into_session(self, request: httpx2.Request) -> str:
        # The SDK's client knows the first session only.
        if SESSION not in request.headers:
            return ""
        request.headers[SESSION] = self._session
        return self._session

    async def _renew(self, forgotten: str) -> None:
        """Begin the session again, as the client began it, and tell it what it had been told."""
        async with self._renewing:
            if self._session != forgotten or self._beginning is None:
                return
            answer = await self._post(self._beginning)
            if not answer.is_success or SESSION not in answer.headers:
                return
            self._session = answer.headers[SESSION]
            version = {VERSION: str(self._beginning["params"].get("protocolVersion", ""))}
            initialized = {"jsonrpc": "2.0", "method": "notifications/initialized"}
            for message in (initialized, *self._kept.values()):
                await self._post(message, **{SESSION: self._session}, **version)

    async def _post(self, message: Message, **headers: str) -> httpx2.Response:
        request = self._network.build_request(
            "POST", self._address.url, json=message, headers={"accept": ACCEPT, **headers}
        )
        response = await self._send(request)
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response

    def _remember(self, message: Message, response: httpx2.Response) -> None:
        method, params = message.get("method"), message.get("params")
        if not response.is_success or not isinstance(method, str):
            return
        if method == "initialize" and SESSION in response.headers:
            self._session, self._beginning = response.headers[SESSION], message
        elif not is_object(params) or not self._session:
            return
        elif method in KEPT:
            self._kept[method, str(params.get("uri"))] = message
        elif method == "resources/unsubscribe":
            self._kept.pop(("resources/subscribe", str(params.get("uri"))), None)

    async def _checked(self, response: httpx2.Response, message: Message) -> httpx2.Response:
        """Return an answer of the protocol as it is; explain any other."""
        kind = response.headers.get("content-type", "").lower()
        if response.is_success and kind.startswith("text/event-stream"):
            return httpx2.Response(
                200, headers=_headers(response), stream=_Events(response, self, message)
            )
        try:
            body = await response.aread()
        finally:
            await response.aclose()
        if (
            kind.startswith("application/json") and _is_spoken(body)
        ) or response.status_code == 202:
            return httpx2.Response(
                response.status_code, headers=_headers(response), stream=httpx2.ByteStream(body)
            )
        return self._told(explain_answer(response, body, self._address.url), message)

    def _told(self, error: HoursmithError, message: Message) -> httpx2.Response:
        """Answer a request with what went wrong; who only notifies is not answered."""
        if "id" not in message or "method" not in message:
            logger.warning("%s", error.message)
            return httpx2.Response(202)
        return httpx2.Response(200, json=answer_of(error, message))

    def broken_off(self, message: Message, fault: Exception | None) -> bytes:
        """Return the event that ends a stream which broke off before its answer."""
        error = explain_fault(fault or httpx2.ReadError("the stream ended"), self._address.url)
        return f"\n\nevent: message\ndata: {json.dumps(answer_of(error, message))}\n\n".encode()

    async def _listen(self, request: httpx2.Request) -> httpx2.Response:
        """Open the stream of what the server says unasked, as soon as the server is there."""
        wait_seconds = 1.0
        while True:
            try:
                response = await self._send_within_session(request)
                if response.is_success:
                    return httpx2.Response(
                        200, headers=_headers(response), stream=_Events(response, self, None)
                    )
                await response.aclose()
                if response.status_code not in (404, 502, 503, 504):
                    return httpx2.Response(response.status_code)
            except httpx2.HTTPError as fault:
                logger.debug("nothing to listen to", exc_info=fault)
            await anyio.sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, LONGEST_WAIT_SECONDS)

    async def _leave(self, request: httpx2.Request) -> httpx2.Response:
        """End the session, if the server is there to hear of it."""
        self._into_session(request)
        with anyio.move_on_after(LEAVE_SECONDS):
            try:
                await (await self._send(request)).aclose()
            except httpx2.HTTPError as fault:
                logger.debug("the session was not ended", exc_info=fault)
        return httpx2.Response(204)


class _Events(httpx2.AsyncByteStream):
    """The events of one answer; if they break off, an event says so in the place of the answer."""

    def __init__(
        self, response: httpx2.Response, upstream: Upstream, message: Message | None
    ) -> None:
        self._response = response
        self._upstream = upstream
        self._message = message

    async def __aiter__(self) -> AsyncIterator[bytes]:
        fault: Exception | None = None
        try:
            async for part in self._response.aiter_bytes():
                yield part
        except httpx2.HTTPError as error:
            fault = error
        # Whoever got the answer reads no further: this is for who still waits.
        if self._message is not None:
            yield self._upstream.broken_off(self._message, fault)

    async def aclose(self) -> None:
        """Let go of the connection; in the era of 2026 this is how a request is given up."""
        await self._response.aclose()


def _is_spoken(body: bytes) -> bool:
    try:
        document: Any = json.loads(body)
    except ValueError:
        return False
    return is_object(document) and document.get("jsonrpc") == "2.0"


def _headers(response: httpx2.Response) -> dict[str, str]:
    # The body is handed on unpacked and in parts, so what describes its packing stays behind.
    wanted = ("content-type", SESSION)
    return {name: response.headers[name] for name in wanted if name in response.headers}
