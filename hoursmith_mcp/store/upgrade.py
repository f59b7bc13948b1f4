"""Bringing a database to this program's revision, once, whoever comes first.

The first process upgrades under an exclusive lock, inside which the revision is read again; the
others wait for the lock and find the work done. Alembic is only loaded when there is work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy
from sqlalchemy import URL, create_engine, event, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from hoursmith_mcp.errors import Unavailable
from hoursmith_mcp.store.faults import translated
from hoursmith_mcp.store.founding import found
from hoursmith_mcp.store.revision import REVISION, alembic_version
from hoursmith_mcp.store.sqlite_library import JOURNAL_MODE

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_TIMEOUT_SECONDS = 30
# Any number of our own will do; every Hoursmith that upgrades this database takes the same.
ADVISORY_LOCK = 7_206_318_214


def upgrade_sqlite(path: Path, clock: Callable[[], int]) -> None:
    """Bring a SQLite file to this program's revision; a copy of the old state is kept beside it."""
    with translated():
        _upgrade_sqlite(path, clock)


async def upgrade_postgresql(url: URL, clock: Callable[[], int]) -> None:
    """Bring a PostgreSQL database to this program's revision."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        with translated():
            async with engine.begin() as connection:
                if await connection.run_sync(_is_current):
                    return
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(:number)"), {"number": ADVISORY_LOCK}
                )
                await connection.run_sync(_migrate_and_found, clock)
    finally:
        await engine.dispose()


def migration_config(connection: sqlalchemy.Connection | None = None) -> Config:
    """Return Alembic's configuration, bound to an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix())
    config.attributes["connection"] = connection
    return config


def _upgrade_sqlite(path: Path, clock: Callable[[], int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite+pysqlite:///{path.as_posix()}",
        poolclass=NullPool,
        connect_args={"timeout": LOCK_TIMEOUT_SECONDS},
    )
    event.listen(engine, "connect", _no_implicit_begin)
    event.listen(engine, "begin", _begin_as_asked)
    try:
        with engine.connect() as connection:
            connection = connection.execution_options(exclusive=False)
            if _is_current(connection):
                return
            old = _revision(connection)
            connection.rollback()
            _set_journal_mode(connection)
            if old is not None:
                _keep_copy(connection, path, old)
            connection = connection.execution_options(exclusive=True)
            with connection.begin():
                _migrate_and_found(connection, clock)
    finally:
        engine.dispose()


def _no_implicit_begin(connection: Any, _record: Any) -> None:
    connection.isolation_level = None


def _begin_as_asked(connection: sqlalchemy.Connection) -> None:
    exclusive = connection.get_execution_options().get("exclusive")
    connection.exec_driver_sql("BEGIN EXCLUSIVE" if exclusive else "BEGIN")


def _set_journal_mode(connection: sqlalchemy.Connection) -> None:
    """Set the journal mode, which SQLite refuses at once, not after a wait, while others read."""
    raw: Any = connection.connection.dbapi_connection
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            raw.execute(f"PRAGMA journal_mode={JOURNAL_MODE}").fetchall()
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise OperationalError("PRAGMA journal_mode", None, error) from error
            time.sleep(0.01)
        else:
            return


def _keep_copy(connection: sqlalchemy.Connection, path: Path, old: str) -> None:
    raw: Any = connection.connection.dbapi_connection
    copy = path.with_name(f"{path.name}.before-{REVISION}-was-{old}")
    if not copy.exists():
        raw.execute("VACUUM INTO ?", (str(copy),))


def _migrate_and_found(connection: sqlalchemy.Connection, clock: Callable[[], int]) -> None:
    if _is_current(connection):
        return
    from alembic import command

    command.upgrade(migration_config(connection), "head")
    found(connection, clock())


def _is_current(connection: sqlalchemy.Connection) -> bool:
    found_revision = _revision(connection)
    if found_revision is not None and found_revision > REVISION:
        raise Unavailable(
            f"The database is at revision {found_revision}, newer than this program's "
            f"({REVISION}): install a newer Hoursmith."
        )
    return found_revision == REVISION


def _revision(connection: sqlalchemy.Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(select(alembic_version.c.version_num)).scalar()
    return revision
