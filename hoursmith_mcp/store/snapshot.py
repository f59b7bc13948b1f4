"""Reading all of a database as it is at one moment, while others go on writing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection

from hoursmith_mcp.errors import InvalidInput, NotFound, Unavailable
from hoursmith_mcp.store.database import NO_DRIVER, read_url
from hoursmith_mcp.store.faults import translated
from hoursmith_mcp.store.postgresql_engines import unhurried_engine
from hoursmith_mcp.store.revision import REVISION
from hoursmith_mcp.store.sqlite_engines import SqliteFile, examining_engine
from hoursmith_mcp.store.upgrade import revision_of

Result = TypeVar("Result")


def in_snapshot(database_url: str, work: Callable[[Connection], Result]) -> Result:
    """Run work that reads, in one consistent view of the database.

    Raises InvalidInput for a URL that cannot be used, NotFound where there is no database, and
    Unavailable where it does not answer.
    """
    url = read_url(database_url)
    with translated():
        if url.get_backend_name() == "sqlite":
            return in_file(SqliteFile.of(url), work)
        try:
            return asyncio.run(in_postgresql(url, work))
        except ModuleNotFoundError:
            raise InvalidInput(NO_DRIVER) from None


def in_file(file: SqliteFile, work: Callable[[Connection], Result]) -> Result:
    """Run work that reads, in one view of a SQLite file."""
    require_file(file.path)
    engine = examining_engine(file)
    try:
        with engine.connect() as connection:
            return work(connection)
    finally:
        engine.dispose()


def require_file(path: Path) -> None:
    """Raise NotFound where there is no such file."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")


def require_current(connection: Connection) -> None:
    """Raise Unavailable where a database is not of the revision that this program speaks."""
    found = revision_of(connection)
    if found is None:
        raise Unavailable("The database is empty: there is nothing to copy.")
    if found > REVISION:
        raise Unavailable("The database is newer than this program: install a newer Hoursmith.")
    if found < REVISION:
        raise Unavailable(
            f"The database is at revision {found}, older than this program's ({REVISION}). The "
            "next call upgrades it: run `hoursmith-mcp call overview`, then this again."
        )


async def in_postgresql(url: URL, work: Callable[[Connection], Result]) -> Result:
    """Run work that reads, in one view of a PostgreSQL database."""
    engine = unhurried_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            return await connection.run_sync(work)
    finally:
        await engine.dispose()
