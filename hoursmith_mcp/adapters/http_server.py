"""The HTTP server below the application: what it takes, and how long it waits for it."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

GRACE_SECONDS = 5
HEAD_SECONDS = 10
"""How long a client may take to send the head of a request, from its first byte on."""
BODY_SECONDS = 60
"""How long it may take for the body after that."""


def server_config(application: ASGIApp, **more: Any) -> uvicorn.Config:
    """Return how the application is served: over HTTP alone, by clients who do not dawdle."""
    return uvicorn.Config(
        application,
        http=Hurried,
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        **more,
    )


class Hurried(H11Protocol):
    """Drops clients who begin a request and do not end it: each of them holds a connection."""

    _due: asyncio.Handle | None = None
    _due_for: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for the rest, if there is to be more."""
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        super().connection_lost(exc)
        self._stop_waiting()

    def _wait(self) -> None:
        """Wait for what is missing of a request, from when it was first found missing."""
        missing: Any = self.conn.their_state
        if missing is self._due_for:
            return
        self._stop_waiting()
        seconds: dict[Any, int] = {h11.IDLE: HEAD_SECONDS, h11.SEND_BODY: BODY_SECONDS}
        if missing in seconds and not self.transport.is_closing():
            self._due_for = missing
            self._due = self.loop.call_later(seconds[missing], self.transport.close)

    def _stop_waiting(self) -> None:
        if self._due is not None:
            self._due.cancel()
        self._due = self._due_for = None
