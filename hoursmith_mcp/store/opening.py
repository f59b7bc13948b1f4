"""Opening a database: the right kind, at this program's revision."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.store.database import NO_DRIVER, Database, read_url
from hoursmith_mcp.store.sqlite_engines import SqliteFile
from hoursmith_mcp.store.upgrade import upgrade_postgresql, upgrade_sqlite


async def open_database(text: str, clock: Callable[[], int]) -> Database:
    """Open a database by its URL, upgraded if need be.

    `clock` tells the microseconds since the epoch. Raises InvalidInput for a URL that cannot be
    used, and Unavailable where the database does not answer or is newer than the program.
    """
    url = read_url(text)
    if url.get_backend_name() == "sqlite":
        from hoursmith_mcp.store.sqlite import SqliteDatabase

        await asyncio.to_thread(upgrade_sqlite, SqliteFile.of(url), clock)
        return SqliteDatabase(url, clock)
    try:
        from hoursmith_mcp.store.postgresql import PostgresqlDatabase

        await upgrade_postgresql(url, clock)
    except ModuleNotFoundError:
        raise InvalidInput(NO_DRIVER) from None
    return PostgresqlDatabase(url, clock)
