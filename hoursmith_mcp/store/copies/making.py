"""New SQLite files that nobody has open yet: made as a whole, then examined, then put somewhere."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.store.diagnosis import Breach
from hoursmith_mcp.store.faults import translated
from hoursmith_mcp.store.revision import REVISION
from hoursmith_mcp.store.snapshot import require_file
from hoursmith_mcp.store.sqlite_engines import (
    SqliteFile,
    set_journal_mode,
    upgrading_engine,
    vacuum_into,
    writing_engine,
)
from hoursmith_mcp.store.upgrade import migrate, revision_of

MOST_TOLD = 5
CACHE_KIB = 8 << 10
"""With less, rows of a large house that go into many indexes are mostly a waiting for the disk."""


@contextmanager
def making(path: Path, revision: str = "") -> Generator[Connection]:
    """Yield a connection to a file within one transaction, its tables at a revision if one is said.

    When that ends, the tables are those of this program. Whoever keeps the file waits for the disk.
    Raises Unavailable where it cannot be written.
    """
    file = SqliteFile(path)
    engine = upgrading_engine(file)
    try:
        with translated(), engine.connect() as connection:
            _be_careless(connection)
            with connection.begin():
                if revision:
                    migrate(connection, revision)
                yield connection
                if revision_of(connection) != REVISION:
                    migrate(connection)
            set_journal_mode(connection, file.busy_seconds)
    finally:
        engine.dispose()


def copy_file(file: SqliteFile, copy: Path) -> None:
    """Copy a SQLite file as it is at this moment; the copy is there already, and empty."""
    require_file(file.path)
    made = SqliteFile(copy)
    engines = (writing_engine(file), upgrading_engine(made))
    try:
        with translated():
            with engines[0].connect() as connection:
                vacuum_into(connection, copy)
            with engines[1].connect() as connection:
                set_journal_mode(connection, made.busy_seconds)
    finally:
        for engine in engines:
            engine.dispose()


def refuse_breaches(breaches: list[Breach], *, anyway: bool) -> list[Breach]:
    """Raise Conflict where something is wrong with a copy, unless it is wanted `anyway`."""
    if breaches and not anyway:
        more = len(breaches) - MOST_TOLD
        lines = [f"  {breach.code}: {breach.message}" for breach in breaches[:MOST_TOLD]]
        raise Conflict(
            "\n".join(
                [
                    "The doctor finds something wrong with the copy, so it was not kept:",
                    *lines,
                    *([f"  and {more} more"] if more > 0 else []),
                    "With --anyway it is.",
                ]
            )
        )
    return breaches


def _be_careless(connection: Connection) -> None:
    """Leave the disk alone meanwhile: a file that is half made is of no use to anybody."""
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
