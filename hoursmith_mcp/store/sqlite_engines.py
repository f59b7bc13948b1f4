"""How a SQLite file is opened: to write, to read, to examine it, to upgrade it.

Only upgrading makes a file where there is none. A file that was deleted or replaced under a running
program is noticed at the next unit: what would be written into the old one would be lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import URL, create_engine, event
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from hoursmith_mcp.store.sqlite_library import JOURNAL_MODE

BUSY_SECONDS = 30.0
READERS = 4

EXCLUSIVE = "hoursmith_exclusive"
"""The execution option that makes a transaction of the upgrading engine BEGIN EXCLUSIVE."""

_OPENED = "hoursmith_opened"


@dataclass(frozen=True)
class SqliteFile:
    """A database file, and how long to wait for whoever else holds it."""

    path: Path
    busy_seconds: float = BUSY_SECONDS

    @classmethod
    def of(cls, url: URL) -> SqliteFile:
        """Read the file out of a URL; `?timeout=` says how many seconds to wait for others."""
        waiting = url.query.get("timeout", "")
        seconds = int(waiting) if isinstance(waiting, str) and waiting.isdecimal() else None
        return cls(Path(url.database or ""), BUSY_SECONDS if seconds is None else seconds)

    def identity(self) -> tuple[int, int] | None:
        """Tell the file from another one that takes its name; None where there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return (found.st_dev, found.st_ino)

    def is_same_as(self, connection: sqlalchemy.Connection) -> bool:
        """Say whether a connection still has open what the path names now."""
        return bool(connection.info.get(_OPENED) == self.identity())

    @contextmanager
    def waiting_for_nobody(
        self, connection: sqlalchemy.Connection, hurried: bool
    ) -> Generator[None]:
        """Let a connection that is `hurried` give up at once where another process is writing."""
        if not hurried:
            yield
            return
        _set_patience(connection, 0)
        try:
            yield
        finally:
            _set_patience(connection, int(self.busy_seconds * 1_000))


def _set_patience(connection: sqlalchemy.Connection, milliseconds: int) -> None:
    # On the driver's own connection: a pragma begins no transaction.
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")
    cursor.close()


def writing_engine(file: SqliteFile) -> sqlalchemy.Engine:
    """Return an engine whose transactions are begun by `begin_immediate`."""
    engine = _engine(file, "rw", check_same_thread=False)
    _prepare(engine, file, "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF")
    return engine


@contextmanager
def begin_immediate(connection: sqlalchemy.Connection) -> Generator[sqlalchemy.Transaction]:
    """Begin a transaction that may write.

    The other engines listen for the beginning; with a listener, every statement costs more.
    """
    with connection.begin() as transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield transaction


def reading_engine(file: SqliteFile) -> AsyncEngine:
    """Return an engine of a few connections that refuse to write, and never checkpoint."""
    engine = create_async_engine(
        _url(file, "sqlite+aiosqlite", "rw"),
        pool_size=READERS,
        max_overflow=0,
        connect_args={"timeout": file.busy_seconds},
        hide_parameters=True,  # A fault is logged with its statement: what people wrote is not.
    )
    pragmas = ("trusted_schema=OFF", "query_only=ON", "wal_autocheckpoint=0")
    _prepare(engine.sync_engine, file, *pragmas)
    event.listen(engine.sync_engine, "begin", _begin("BEGIN"))

    def refuse_stale(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info[_OPENED] != file.identity():
            raise DisconnectionError

    event.listen(engine.sync_engine, "checkout", refuse_stale)
    return engine


def examining_engine(file: SqliteFile) -> sqlalchemy.Engine:
    """Return an engine that changes nothing, but for ending what a crash left half-done."""
    engine = _engine(file, "rw")
    _prepare(engine, file, "trusted_schema=OFF", "query_only=ON")
    event.listen(engine, "begin", _begin("BEGIN"))
    return engine


def upgrading_engine(file: SqliteFile) -> sqlalchemy.Engine:
    """Return an engine that makes the file where there is none; see EXCLUSIVE."""
    engine = _engine(file, "rwc")
    _prepare(engine, file)

    def begin(connection: sqlalchemy.Connection) -> None:
        exclusive = connection.get_execution_options().get(EXCLUSIVE)
        connection.exec_driver_sql("BEGIN EXCLUSIVE" if exclusive else "BEGIN")

    event.listen(engine, "begin", begin)
    return engine


def vacuum_into(connection: sqlalchemy.Connection, copy: Path) -> None:
    """Copy a database as it is at this moment, while others write; raises OperationalError.

    The copy's file is there already, and empty: so its rights are those that it was made with.
    """
    raw: Any = connection.connection.dbapi_connection
    try:
        raw.execute("VACUUM INTO ?", (str(copy),))
    except Exception as error:
        raise OperationalError("VACUUM INTO", None, error) from error


def set_journal_mode(connection: sqlalchemy.Connection, busy_seconds: float) -> None:
    """Set the journal mode, which SQLite refuses at once, not after a wait, while others read."""
    raw: Any = connection.connection.dbapi_connection
    if raw.execute("PRAGMA journal_mode").fetchone()[0].upper() == JOURNAL_MODE:
        return
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            raw.execute(f"PRAGMA journal_mode={JOURNAL_MODE}").fetchall()
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise OperationalError("PRAGMA journal_mode", None, error) from error
            time.sleep(0.01)
        else:
            return


def _engine(file: SqliteFile, mode: str, **arguments: Any) -> sqlalchemy.Engine:
    return create_engine(
        _url(file, "sqlite+pysqlite", mode),
        poolclass=NullPool,
        connect_args={"timeout": file.busy_seconds, **arguments},
        hide_parameters=True,
    )


def _url(file: SqliteFile, driver: str, mode: str) -> URL:
    query = {"uri": "true", "mode": mode}
    return URL.create(driver, database=file.path.absolute().as_uri(), query=query)


def _prepare(engine: sqlalchemy.Engine, file: SqliteFile, *pragmas: str) -> None:
    def prepare(connection: Any, record: Any) -> None:
        record.info[_OPENED] = file.identity()
        connection.isolation_level = None  # the driver's own BEGIN comes too late to be safe
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        connection.create_function("lower", 1, _lower, deterministic=True)

    event.listen(engine, "connect", prepare)


def _lower(value: Any) -> str | None:
    """Return a text in small letters of every alphabet: SQLite's own knows those of ASCII alone."""
    return str(value).lower() if value is not None else None


def _begin(words: str) -> Callable[[sqlalchemy.Connection], None]:
    def begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql(words)

    return begin
