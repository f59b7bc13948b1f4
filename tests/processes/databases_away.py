"""Databases that are taken away for a while: a file that is held, a wire that is cut or silent."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy import make_url

# The same SQLite as the server's, in a process of its own.
HOLDS = """
import sys
import hoursmith_mcp.store
import sqlite3
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
"""


TURNS_TO_JOIN = 5
"""After so many turns of the loop, whatever the server took has a task of its own."""


@asynccontextmanager
async def held(path: Path) -> AsyncGenerator[None]:
    """Let another program write to a file of SQLite, and not come to an end meanwhile."""
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDS, str(path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        await holder.communicate(b"let go\n")


@asynccontextmanager
async def wire_to(postgresql_url: str) -> AsyncGenerator[Wire]:
    """Lay a wire to a database; it is cut in the end."""
    wire = Wire(postgresql_url)
    try:
        yield wire
    finally:
        await wire.cut()


class Wire:
    """A line to the real PostgreSQL over a port of its own, which can fail and be mended."""

    def __init__(self, postgresql_url: str) -> None:
        """Take the database's URL; nothing gets through yet."""
        self._url = make_url(postgresql_url)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._joins: set[asyncio.Task[None]] = set()
        self._carrying = asyncio.Event()
        self._carrying.set()
        self._lost: list[asyncio.Event] = []
        self._port = 0

    @property
    def url(self) -> str:
        """The database's URL by way of this wire."""
        end = self._url.difference_update_query(["host"]).set(host="127.0.0.1", port=self._port)
        return end.render_as_string(hide_password=False)

    async def mend(self) -> None:
        """Let connections through."""
        self._carrying.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._join, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Cut every connection, and let no other through."""
        if self._server is not None:
            # A server that is closed forgets to close what it is just about to take.
            for listening in self._server.sockets:
                asyncio.get_running_loop().remove_reader(listening.fileno())
            for _ in range(TURNS_TO_JOIN):
                await asyncio.sleep(0)
            self._server.close()
            for carrying in (self._carrying, *self._lost):
                carrying.set()
            while self._joins:  # One that comes while the others end is cut, too.
                for writer in self._open:
                    writer.transport.abort()  # What was not sent by now is lost on a cut wire.
                await asyncio.wait(self._joins)
            await self._server.wait_closed()
            self._server = None

    def silence(self) -> None:
        """Take connections and what is said on them, and pass nothing on until it is mended."""
        self._carrying.clear()

    def lose_connections(self) -> None:
        """Pass nothing on for those that there are, as who forgets them between; new ones work."""
        self.silence()
        self._lost.append(self._carrying)
        self._carrying = asyncio.Event()
        self._carrying.set()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._joins.add(task)
        task.add_done_callback(self._joins.discard)
        ends = [writer]
        self._open.add(writer)
        try:
            far_reader, far_writer = await self._connect()
            ends.append(far_writer)
            self._open.add(far_writer)
            carrying = self._carrying
            if self._server is None or not self._server.is_serving():
                return
            await asyncio.gather(
                _pass_on(reader, far_writer, carrying), _pass_on(far_reader, writer, carrying)
            )
            await asyncio.gather(_closed(writer), _closed(far_writer))
        finally:
            for one in ends:
                one.transport.abort()
                self._open.discard(one)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = self._url.query.get("host")
        if isinstance(folder, str):
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        return await asyncio.open_connection(self._url.host, self._url.port or 5432)


async def _pass_on(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, carrying: asyncio.Event
) -> None:
    try:
        while data := await _carried(source, carrying):
            sink.write(data)
            await sink.drain()
    except ConnectionError:
        pass
    finally:
        sink.close()


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Wait until the last word was said, or cannot be any more."""
    with suppress(ConnectionError):
        await writer.wait_closed()


async def _carried(source: asyncio.StreamReader, carrying: asyncio.Event) -> bytes:
    """Return what was said next; who cannot be heard is not heard leaving, either."""
    try:
        return await source.read(65_536)
    finally:
        await carrying.wait()
