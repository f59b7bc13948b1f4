"""One attempt: a message is sent to a URL, and whatever becomes of it is a value."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import httpcore2

from hoursmith_mcp import __version__
from hoursmith_mcp.core.hidden_text import without_hidden_characters
from hoursmith_mcp.core.network_addresses import AddressRule
from hoursmith_mcp.core.webhook_urls import WebhookUrl
from hoursmith_mcp.webhooks.guard import Guard, NoAddress, Resolve, SystemResolver

USER_AGENT = f"Hoursmith/{__version__}"
MOST_READ_BYTES = 64 * 1024
MOST_KEPT_BYTES = 4 * 1024
MOST_KEPT_OF_HEADER = 100
KEPT_ALIVE_SECONDS = 5.0


class Phase(StrEnum):
    """What an attempt is doing; each part has a time of its own."""

    CONNECT = "connect"
    TLS = "tls"
    HEAD = "head"
    BODY = "body"


class Fault(StrEnum):
    """Why there is no whole answer."""

    NO_ADDRESS = "no_address"
    NO_KEY = "no_key"
    TIMEOUT_CONNECT = "timeout_connect"
    TIMEOUT_TLS = "timeout_tls"
    TIMEOUT_HEAD = "timeout_head"
    TIMEOUT_BODY = "timeout_body"
    NO_CONNECTION = "no_connection"
    NO_TLS = "no_tls"
    BROKEN_OFF = "broken_off"
    NO_HTTP = "no_http"


_TIMEOUTS = {
    Phase.CONNECT: Fault.TIMEOUT_CONNECT,
    Phase.TLS: Fault.TIMEOUT_TLS,
    Phase.HEAD: Fault.TIMEOUT_HEAD,
    Phase.BODY: Fault.TIMEOUT_BODY,
}
# As the library's trace calls the beginnings of the parts.
_BEGINNINGS = {
    "connection.connect_tcp.started": Phase.CONNECT,
    "connection.start_tls.started": Phase.TLS,
    "http11.send_request_headers.started": Phase.HEAD,
    "http11.receive_response_body.started": Phase.BODY,
}


@dataclass(frozen=True)
class Patience:
    """How long each part of an attempt may take, in seconds."""

    connect: float = 5.0
    tls: float = 5.0
    head: float = 10.0
    body: float = 2.0

    def of(self, phase: Phase) -> float:
        """Return how long a part may take."""
        seconds: float = getattr(self, phase)
        return seconds

    @property
    def whole(self) -> float:
        """How long an attempt takes at the most."""
        return sum(self.of(phase) for phase in Phase)


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt.

    A status alone says whether the message was taken: a `fault` beside it is about what came after.
    """

    milliseconds: int
    status: int | None = None
    fault: Fault | None = None
    beginning: str = ""
    """Of the answer's body, without hidden characters."""
    retry_after: str = ""
    wish: str = ""

    @property
    def timed_out(self) -> bool:
        """Whether the receiver took too long to say anything."""
        return self.status is None and self.fault in _TIMEOUTS.values()


@dataclass
class _Progress:
    """How far an attempt has come: each part that begins is given its own time."""

    patience: Patience
    timeout: asyncio.Timeout
    phase: Phase = Phase.CONNECT
    connected: bool = False
    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    body: bytearray = field(default_factory=bytearray)

    async def trace(self, name: str, info: Mapping[str, Any]) -> None:
        """Hear from the library what it is about to do."""
        phase = _BEGINNINGS.get(name)
        if phase is not None:
            self.begin(phase)

    def begin(self, phase: Phase) -> None:
        """Begin a part."""
        self.phase = phase
        self.connected = self.connected or phase is Phase.CONNECT
        now = asyncio.get_running_loop().time()
        self.timeout.reschedule(now + self.patience.of(phase))

    def header(self, name: bytes) -> str:
        """Return a header of the answer, or nothing."""
        found = (value for known, value in self.headers if known.lower() == name)
        return next(found, b"")[:MOST_KEPT_OF_HEADER].decode("ascii", "replace")


class Sender:
    """Sends messages. Nothing of the environment is heeded, and nothing is remembered of answers.

    It stands right above the connections: redirects, cookies, proxies and compression are matters
    of clients, and here there is none.
    """

    def __init__(
        self,
        rule: AddressRule,
        *,
        patience: Patience | None = None,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Take which addresses may be sent to; the rest is as it should be unless given."""
        self._patience = patience or Patience()
        self._resolve = resolve or SystemResolver()
        self._rule = rule
        self._tls = tls

    @cached_property
    def _pools(self) -> Mapping[str, httpcore2.AsyncConnectionPool]:
        # Reading all the certificates that are trusted takes a while: once, and when it is needed.
        tls = self._tls or httpcore2.default_ssl_context()
        return {
            scheme: httpcore2.AsyncConnectionPool(
                ssl_context=tls,
                max_connections=None,
                keepalive_expiry=KEPT_ALIVE_SECONDS,
                network_backend=Guard(self._rule, self._resolve, tls=scheme == "https"),
            )
            for scheme in ("https", "http")
        }

    @property
    def longest_seconds(self) -> float:
        """How long an attempt takes at the most, one that is begun again included."""
        return 2 * self._patience.whole

    async def send(self, url: WebhookUrl, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send one message once; nothing is raised for whatever the receiver does."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        progress, fault = await self._attempt(url, headers, body)
        if fault is Fault.BROKEN_OFF and progress.status is None and not progress.connected:
            # A connection that was kept alive, and that the receiver had let go of meanwhile.
            progress, fault = await self._attempt(url, headers, body)
        text = bytes(progress.body[:MOST_KEPT_BYTES]).decode("utf-8", "replace")
        return Outcome(
            milliseconds=int((loop.time() - began) * 1000),
            status=progress.status,
            fault=fault,
            beginning=without_hidden_characters(text),
            retry_after=progress.header(b"retry-after"),
            wish=progress.header(b"webhook-delivery"),
        )

    async def close(self) -> None:
        """Let go of every connection."""
        if "_pools" in vars(self):  # Nothing was ever sent otherwise.
            for pool in self._pools.values():
                await pool.aclose()
        if isinstance(self._resolve, SystemResolver):
            self._resolve.close()

    async def _attempt(
        self, url: WebhookUrl, headers: Mapping[str, str], body: bytes
    ) -> tuple[_Progress, Fault | None]:
        timeout = asyncio.timeout(self._patience.connect)
        progress = _Progress(self._patience, timeout)
        try:
            async with timeout:
                await self._exchange(url, headers, body, progress)
        except (TimeoutError, httpcore2.TimeoutException):
            return progress, _TIMEOUTS[progress.phase]
        except NoAddress:
            return progress, Fault.NO_ADDRESS
        except (httpcore2.ProtocolError, httpcore2.NetworkError, OSError) as error:
            return progress, _fault(error, progress)
        return progress, None

    async def _exchange(
        self, url: WebhookUrl, headers: Mapping[str, str], body: bytes, progress: _Progress
    ) -> None:
        request = httpcore2.Request(
            "POST",
            httpcore2.URL(scheme=url.scheme, host=url.host, port=url.port, target=url.target),
            headers=[
                ("Host", url.authority),
                ("User-Agent", USER_AGENT),
                ("Accept", "*/*"),
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                *headers.items(),
            ],
            content=body,
            extensions={
                "trace": progress.trace,
                "timeout": {"connect": self._patience.connect},
            },
        )
        response = await self._pools[url.scheme].handle_async_request(request)
        progress.status, progress.headers = response.status, response.headers
        progress.begin(Phase.BODY)
        try:
            assert isinstance(response.stream, AsyncIterable)
            async for part in response.stream:
                progress.body += part
                if len(progress.body) >= MOST_READ_BYTES:
                    break
        finally:
            await response.aclose()


def _fault(error: Exception, progress: _Progress) -> Fault:
    if progress.phase is Phase.CONNECT and progress.connected:
        return Fault.NO_CONNECTION
    if progress.phase is Phase.TLS:
        return Fault.NO_TLS
    # One class says that an answer cannot be understood, with a fault of the parser, and, with a
    # sentence of its own, that there was none.
    understood = not any(isinstance(part, Exception) for part in error.args)
    is_garbage = isinstance(error, httpcore2.ProtocolError) and not understood
    return Fault.NO_HTTP if is_garbage and progress.phase is Phase.HEAD else Fault.BROKEN_OFF
