"""Bringing a database to this program's revision, once, whoever comes first.

The first process upgrades under an exclusive lock, inside which the revision is read again; the
others wait for the lock and find the work done. Alembic is only loaded when there is work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy
from sqlalchemy import URL, inspect, select, text

from hoursmith_mcp.errors import Unavailable
from hoursmith_mcp.store.faults import translated
from hoursmith_mcp.store.founding import found
from hoursmith_mcp.store.postgresql_engines import serving_engine, unhurried_engine
from hoursmith_mcp.store.revision import REVISION, alembic_version
from hoursmith_mcp.store.sqlite_engines import (
    EXCLUSIVE,
    SqliteFile,
    set_journal_mode,
    upgrading_engine,
    vacuum_into,
)
from hoursmith_mcp.store.statistics import tell_planner

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number of our own will do; every Hoursmith that upgrades this database takes the same.
ADVISORY_LOCK = 7_206_318_214

NO_FOLDER = "The database's folder cannot be made: check HOURSMITH_DATABASE_URL and its rights."
NOT_OURS = "The database holds another program's tables: give Hoursmith one of its own."


def upgrade_sqlite(file: SqliteFile, clock: Callable[[], int]) -> None:
    """Bring a SQLite file to this program's revision; a copy of the old state is kept beside it."""
    with translated():
        _upgrade_sqlite(file, clock)


async def upgrade_postgresql(url: URL, clock: Callable[[], int]) -> None:
    """Bring a PostgreSQL database to this program's revision."""
    with translated():
        if not await _is_postgresql_current(url):
            await _upgrade_postgresql(url, clock)


def migration_config(connection: sqlalchemy.Connection | None = None) -> Config:
    """Return Alembic's configuration, bound to an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix())
    config.attributes["connection"] = connection
    return config


async def _is_postgresql_current(url: URL) -> bool:
    """Look at the revision, as every start does, without the patience of an upgrade."""
    engine = serving_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_is_current)
    finally:
        await engine.dispose()


async def _upgrade_postgresql(url: URL, clock: Callable[[], int]) -> None:
    engine = unhurried_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(wait_for_upgrades)
            await connection.run_sync(wait_for_writers)
            await connection.run_sync(_migrate_and_found, clock)
    finally:
        await engine.dispose()


def _upgrade_sqlite(file: SqliteFile, clock: Callable[[], int]) -> None:
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(NO_FOLDER) from error
    _touch(file.path)
    engine = upgrading_engine(file)
    try:
        with engine.connect() as connection:
            old = revision_of(connection)
            current = _is_current(connection)
            connection.rollback()
            set_journal_mode(connection, file.busy_seconds)
            if current:
                return
            with _copied(connection, file.path) if old is not None else nullcontext() as copy:
                connection = connection.execution_options(**{EXCLUSIVE: True})
                with connection.begin():
                    if copy is not None and old is not None and not _is_current(connection):
                        _keep(copy, file.path, old)
                    _migrate_and_found(connection, clock)
    finally:
        engine.dispose()


def _touch(path: Path) -> None:
    """Make an empty file for its owner alone, which SQLite fills; its journals follow its rights.

    Where it cannot be made, SQLite says why.
    """
    with suppress(OSError):
        path.touch(mode=0o600, exist_ok=False)


@contextmanager
def _copied(connection: sqlalchemy.Connection, path: Path) -> Generator[Path]:
    """Yield a copy of the file as it is now; it is gone afterwards, unless `_keep` named it.

    Until then its name is nobody else's: in two containers each program is process 1.
    """
    copy = path.with_name(f"{path.name}.copy-{os.urandom(8).hex()}")
    _touch(copy)
    try:
        vacuum_into(connection, copy)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _keep(copy: Path, path: Path, old: str) -> None:
    """Give the copy the name by which it is found again."""
    copy.replace(path.with_name(f"{path.name}.before-{REVISION}-was-{old}"))


def wait_for_upgrades(connection: sqlalchemy.Connection) -> None:
    """Let whoever upgrades a PostgreSQL database end first, and others begin when we are done."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ADVISORY_LOCK})


def wait_for_writers(connection: sqlalchemy.Connection) -> None:
    """Let units that write end first, and others begin only when the upgrade is done.

    Every one of them locks a row of the counter, with the revision that it is to check.
    """
    if revision_of(connection) is not None:
        connection.execute(text("LOCK TABLE event_counter IN EXCLUSIVE MODE"))


def _migrate_and_found(connection: sqlalchemy.Connection, clock: Callable[[], int]) -> None:
    if not _is_current(connection):
        migrate(connection)
        found(connection, clock())


def migrate(connection: sqlalchemy.Connection, revision: str = "head") -> None:
    """Bring the tables to a revision, within the transaction that was begun."""
    from alembic import command

    command.upgrade(migration_config(connection), revision)
    if connection.dialect.name == "sqlite":
        tell_planner(connection)


def knows(revision: str) -> bool:
    """Say whether a revision is one of those that this program came by."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(migration_config())
    return any(script.revision == revision for script in scripts.walk_revisions())


def _is_current(connection: sqlalchemy.Connection) -> bool:
    found_revision = revision_of(connection)
    if found_revision is not None and found_revision > REVISION:
        raise Unavailable(
            f"The database is at revision {found_revision}, newer than this program's "
            f"({REVISION}): install a newer Hoursmith."
        )
    return found_revision == REVISION


def revision_of(connection: sqlalchemy.Connection) -> str | None:
    """Return the revision that a database is at, None where it is empty.

    Raises Unavailable where its tables are another program's.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if tables:
            raise Unavailable(NOT_OURS)
        return None
    revision: str | None = connection.execute(select(alembic_version.c.version_num)).scalar()
    return revision
