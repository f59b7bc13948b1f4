"""Serve MCP over the process's own stdin and stdout.

The SDK's transport reads and writes in worker threads: thread hops that cost more than all else
in a short call. Where the event loop can wait for the descriptors itself (pipes, sockets,
terminals) it does, behind the SDK's own `stdio_server`; elsewhere (Windows, files) the SDK's way
is kept. Lines that are no message are answered on both.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from types import TracebackType
from typing import Any, Protocol, Self, cast

import anyio
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import ValidationError

_CHUNK = 64 * 1024  # What a pipe holds; a much larger buffer costs more than the read.


async def serve_stdio(server: Server[Any]) -> None:
    """Serve `server` on stdin and stdout until the client is gone."""
    async with stdio_streams() as (messages, answers):
        await server.run(messages, answers, server.create_initialization_options())


@asynccontextmanager
async def stdio_streams() -> AsyncGenerator[tuple[Inbox, Any]]:
    """Yield the client's messages, and where to answer them; ends quietly when it is gone.

    Meanwhile whatever else is printed goes to stderr, and whatever else reads finds nothing.
    """
    try:
        with _taken() as (stdin, stdout):
            async with stdio_server(stdin, stdout) as (messages, answers):
                with _prints_flushed():
                    # Closed at the end, as the SDK's writer waits for more until then.
                    async with messages, answers:
                        yield Inbox(messages, answers), answers
    except* (BrokenPipeError, ConnectionResetError):
        pass  # How the SDK's own transport says that the client is gone.


class _Lines:
    """The lines that a descriptor brings, however long; none is read before it is asked for."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._ended = False
        self._waiting: anyio.CancelScope | None = None

    def end(self) -> None:
        """Bring no more."""
        self._ended = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def __aiter__(self) -> AsyncGenerator[str]:
        begun: list[bytes] = []
        while chunk := await self._chunk():
            *lines, rest = chunk.split(b"\n")
            for line in lines:
                yield _text([*begun, line])
                begun.clear()
            if rest:
                begun.append(rest)
        if begun:
            yield _text(begun)

    async def _chunk(self) -> bytes:
        while not self._ended:
            with anyio.CancelScope() as self._waiting:
                await anyio.wait_readable(self._fd)
                try:
                    return os.read(self._fd, _CHUNK)
                except BlockingIOError:
                    continue  # Another reader of the same terminal was faster.
                except OSError:
                    break  # Reset by the client, or its terminal was closed.
        return b""


def _text(parts: list[bytes]) -> str:
    # Broken UTF-8 becomes lone surrogates, which the SDK's parser refuses like broken JSON.
    return b"".join(parts).decode("utf-8", "surrogateescape")


class _Answers:
    """Writes to a descriptor as fast as it takes them; ends `lines` when nobody reads any more."""

    def __init__(self, fd: int, lines: _Lines) -> None:
        self._fd = fd
        self._lines = lines

    async def write(self, text: str) -> None:
        """Return when the descriptor has taken all of `text`."""
        left = memoryview(text.encode())
        while left:
            try:
                left = left[os.write(self._fd, left) :]
            except BlockingIOError:
                await anyio.wait_writable(self._fd)
            except OSError:
                self._lines.end()
                raise anyio.ClosedResourceError from None

    async def flush(self) -> None:
        """Do nothing: nothing is held back."""


@contextmanager
def _taken() -> Generator[tuple[anyio.AsyncFile[str] | None, anyio.AsyncFile[str] | None]]:
    """Take stdin and stdout from everybody else; nothing is taken where the SDK has to."""
    if sys.platform == "win32" or not _can_be_waited_for():
        yield None, None
        return
    import fcntl

    # Above 2, so that no duplicate becomes a standard stream that was closed.
    own = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3) for fd in (0, 1)]
    blocking = [os.get_blocking(fd) for fd in own]
    try:
        _divert(0, os.open(os.devnull, os.O_RDONLY))
        _divert(1, _stderr_or_nothing())
        for fd in own:
            # The mode belongs to the open file, and a terminal's is the shell's and stderr's too.
            if not os.isatty(fd):
                os.set_blocking(fd, False)
        lines = _Lines(own[0])
        answers = _Answers(own[1], lines)
        # The SDK asks no more of them than to iterate, `write` and `flush`.
        yield cast("anyio.AsyncFile[str]", lines), cast("anyio.AsyncFile[str]", answers)
    finally:
        for fd, (mine, was_blocking) in enumerate(zip(own, blocking, strict=True)):
            os.set_blocking(mine, was_blocking)
            _divert(fd, mine)


def _can_be_waited_for() -> bool:
    try:
        if (sys.stdin.fileno(), sys.stdout.fileno()) != (0, 1):
            return False
    except (AttributeError, OSError, ValueError):  # Closed, or somebody's replacement.
        return False
    modes = [os.fstat(fd).st_mode for fd in (0, 1)]
    return all(
        stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(fd) for fd, mode in enumerate(modes)
    )


def _divert(fd: int, to: int) -> None:
    os.dup2(to, fd)
    os.close(to)


def _stderr_or_nothing() -> int:
    try:
        return os.dup(2)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)


@contextmanager
def _prints_flushed() -> Generator[None]:
    """Let what was printed go where it belongs before stdout is the wire again."""
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()


class _Incoming(Protocol):
    async def receive(self) -> SessionMessage | Exception: ...
    async def aclose(self) -> None: ...


class _Outgoing(Protocol):
    async def send(self, item: SessionMessage, /) -> None: ...


class Inbox:
    """The client's messages; a line that is none is answered at once and handed to nobody."""

    def __init__(self, messages: _Incoming, answers: _Outgoing) -> None:
        """Take the two ends of the SDK's transport."""
        self._messages = messages
        self._answers = answers

    async def receive(self) -> SessionMessage | Exception:
        """Return the next message."""
        while isinstance(item := await self._messages.receive(), Exception):
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                await self._answers.send(_refusal(item))
        return item

    async def aclose(self) -> None:
        """Take no more messages."""
        await self._messages.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.aclose()


def _refusal(reason: Exception) -> SessionMessage:
    error = ErrorData(code=PARSE_ERROR, message="Parse error")
    if isinstance(reason, ValidationError):
        kinds = {problem["type"] for problem in reason.errors(include_input=False)}
        if not kinds <= {"json_invalid", "string_unicode"}:
            error = ErrorData(code=INVALID_REQUEST, message="Invalid request")
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=None, error=error))
