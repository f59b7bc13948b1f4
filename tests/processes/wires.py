"""Wires to a real PostgreSQL that can be cut and mended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import make_url


@asynccontextmanager
async def wire_to(postgresql_url: str) -> AsyncGenerator[Wire]:
    wire = Wire(postgresql_url)
    try:
        yield wire
    finally:
        await wire.cut()


class Wire:
    """A line to the real PostgreSQL over a port of its own, which can be cut and mended."""

    def __init__(self, postgresql_url: str) -> None:
        """Take the database's URL; nothing gets through yet."""
        self._url = make_url(postgresql_url)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def url(self) -> str:
        """The database's URL by way of this wire."""
        end = self._url.difference_update_query(["host"]).set(host="127.0.0.1", port=self._port)
        return end.render_as_string(hide_password=False)

    async def mend(self) -> None:
        """Let connections through."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Cut every connection, and let no other through."""
        if self._server is not None:
            self._server.close()
            for writer in self._open:
                writer.close()
            await self._server.wait_closed()
            self._server = None

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder = self._url.query.get("host")
        if isinstance(folder, str):
            far = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        else:
            far = await asyncio.open_connection(self._url.host, self._url.port or 5432)
        self._open |= {writer, far[1]}
        await asyncio.gather(_pass_on(reader, far[1]), _pass_on(far[0], writer))
        self._open -= {writer, far[1]}


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    except ConnectionError:
        pass
    finally:
        sink.close()
