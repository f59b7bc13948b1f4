"""The guard of outgoing connections: a name is looked up once, and what was checked is met.

It stands where connections are made, so nothing above it (a redirect, a retry, a name that answers
differently a moment later) can lead around it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, cast

import httpcore2

from hoursmith_mcp.core.network_addresses import Address, AddressRule, plain, read_address

HTTPS_PORT = 443
MOST_ADDRESSES = 4
"""How many of a name's addresses are tried, one after the other."""

MOST_LOOKUPS = 64
"""How many names are looked up at once: a name server that hangs keeps nobody else waiting."""

Resolve: TypeAlias = "Callable[[str, int], Awaitable[Sequence[str]]]"
"""What looks up a name for a port: the texts of its addresses, in the order to try them."""


class NoAddress(Exception):
    """The host has no address that may be connected to.

    Unknown names and forbidden addresses are told alike: whoever asks could otherwise draw a map of
    the network that this program stands in.
    """


class SystemResolver:
    """Looks names up as this machine does, in threads of its own."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._threads = ThreadPoolExecutor(MOST_LOOKUPS, thread_name_prefix="hoursmith-names")

    async def __call__(self, host: str, port: int) -> list[str]:
        """Return the addresses of a name. Raises OSError where there are none."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def close(self) -> None:
        """Look up nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Connected(httpcore2.AsyncNetworkStream):
    """A connection without TLS so far, which is closed if it never comes to that.

    The library's own stays open where the handshake is cancelled.
    """

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname)
        except BaseException:
            await self._stream.aclose()
            raise

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Guard(httpcore2.AsyncNetworkBackend):
    """A network that connects to permitted addresses alone."""

    def __init__(self, rule: AddressRule, resolve: Resolve, *, tls: bool) -> None:
        """Take the rule, what looks names up, and whether TLS follows on each connection."""
        self._rule = rule
        self._resolve = resolve
        self._tls = tls
        # Type checkers see the stand-in of machines without anyio, too.
        self._network = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first of the host's addresses that answers.

        Raises NoAddress where any of them is not permitted, whatever the others are.
        """
        addresses = await self.permitted(host, port)
        failure: Exception = NoAddress()
        share = None if timeout is None else timeout / len(addresses)
        for address in addresses:
            try:
                return _Connected(
                    await self._network.connect_tcp(
                        str(address), port, share, local_address, socket_options
                    )
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Refuse: nothing is sent to sockets of this machine."""
        raise NoAddress

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._network.sleep(seconds)

    async def permitted(self, host: str, port: int) -> list[Address]:
        """Return a host's addresses, each of which was checked, as they are connected to."""
        public = self._tls and port == HTTPS_PORT
        found = [read_address(text) for text in await self._texts(host, port)]
        permitted = [
            plain(address)
            for address in found
            if address is not None and self._rule.permits(address, public=public)
        ]
        if not found or len(permitted) < len(found):
            raise NoAddress
        return permitted[:MOST_ADDRESSES]

    async def _texts(self, host: str, port: int) -> Sequence[str]:
        if read_address(host) is not None:
            return [host]
        try:
            return await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise NoAddress from None
