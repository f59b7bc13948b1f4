"""Filling a PostgreSQL database, in one transaction, with all rows of a SQLite file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Connection, text

from hoursmith_mcp.store.copies.filling import fill
from hoursmith_mcp.store.copies.making import refuse_breaches
from hoursmith_mcp.store.copies.places import require_untouched
from hoursmith_mcp.store.copies.progress import Progress
from hoursmith_mcp.store.copies.rows import count_rows, kept_tables, rows_of
from hoursmith_mcp.store.diagnosis import Breach, examine
from hoursmith_mcp.store.postgresql_engines import unhurried_engine
from hoursmith_mcp.store.revision import REVISION
from hoursmith_mcp.store.snapshot import in_file
from hoursmith_mcp.store.sqlite_engines import SqliteFile
from hoursmith_mcp.store.upgrade import migrate, revision_of, wait_for_upgrades, wait_for_writers

FOUNDED = ("request_count", "event_counter", "member", "organization")
"""What a house that nobody has touched has rows in."""


async def pour(made: Path, url: URL, *, anyway: bool, progress: Progress) -> list[Breach]:
    """Fill a database whose tables are empty or not there; returns what is wrong with it then.

    Raises Conflict where there is work in it, or where the doctor finds something wrong and it is
    not wanted `anyway`; nothing has changed then.
    """
    engine = unhurried_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(wait_for_upgrades)
            await connection.run_sync(wait_for_writers)
            await connection.run_sync(_fill, made, progress)
            progress.begin("Examining it")
            return refuse_breaches(await connection.run_sync(examine), anyway=anyway)
    finally:
        await engine.dispose()


def _fill(connection: Connection, made: Path, progress: Progress) -> None:
    require_untouched(connection)
    found = revision_of(connection)
    if found is not None:
        for table in FOUNDED:
            connection.execute(text(f"DELETE FROM {table}"))
    if found != REVISION:
        migrate(connection)

    def take(source: Connection) -> None:
        progress.begin("Filling the database", count_rows(source))
        fill(connection, kept_tables(), lambda table: rows_of(source, table), progress)

    in_file(SqliteFile(made), take)
