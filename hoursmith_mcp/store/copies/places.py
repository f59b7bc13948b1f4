"""Where a copy may be put: where nothing is yet, or in the place of what is then kept aside."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from hoursmith_mcp.errors import Conflict, Unavailable
from hoursmith_mcp.store.faults import DAMAGED, NO_DATABASE, translated
from hoursmith_mcp.store.session import core_table
from hoursmith_mcp.store.sqlite_engines import (
    SqliteFile,
    examining_engine,
    set_journal_mode,
    upgrading_engine,
    vacuum_into,
)
from hoursmith_mcp.store.tables import Activity, Organization
from hoursmith_mcp.store.upgrade import revision_of
from hoursmith_mcp.whole_files import BESIDE, give_name, put_on_disk, whole_file, written

IN_USE = (
    "Other programs have the database open: stop servers and assistants that use it, then try "
    "again. Nothing was changed."
)
HAS_WORK_IN_IT = "The database has work in it, and nothing was changed. "
REPLACE = (
    "With --replace the copy takes its place, and what is there now is kept in a file beside it."
)
ANOTHER = "Name another one in HOURSMITH_DATABASE_URL, which is empty or not there yet."

TAKING = (
    "PRAGMA busy_timeout=200",
    "PRAGMA locking_mode=EXCLUSIVE",
    "BEGIN EXCLUSIVE",
    "COMMIT",
    "PRAGMA journal_mode=DELETE",
)
# In this order: else what SQLite keeps beside a file that it has alone would stay.
LETTING_GO = ("PRAGMA journal_mode=DELETE", "PRAGMA locking_mode=NORMAL")


def is_untouched(connection: Connection) -> bool:
    """Say whether nobody has done anything in a database yet; its founding does not count.

    Raises Unavailable where its tables are another program's.
    """
    if revision_of(connection) is None:
        return True
    organizations = select(func.count()).select_from(core_table(Organization))
    activity = select(core_table(Activity).c.id).limit(1)
    return (
        connection.execute(organizations).scalar_one() <= 1
        and connection.execute(activity).first() is None
    )


def require_untouched(connection: Connection, way_out: str = ANOTHER) -> None:
    """Raise Conflict, with a way out, where there is work in a database."""
    if not is_untouched(connection):
        raise Conflict(HAS_WORK_IN_IT + way_out)


def put_in_file(made: Path, file: SqliteFile, aside: Path, *, replace: bool) -> Path | None:
    """Let a file that was made be what a house has; returns where the old one is kept, if it is.

    Raises Conflict where it is not to be replaced, and Unavailable where programs have it open.
    """
    if not file.path.exists():
        _put_there(made, file.path)
        return None
    try:
        with translated(), _alone(file) as connection:
            if not replace:
                require_untouched(connection)
            untouched = is_untouched(connection)
            connection.rollback()
            if not untouched:
                with whole_file(aside) as partial:
                    vacuum_into(connection, partial)
            _overwrite(connection, made)
            return None if untouched else aside
    except Unavailable as refusal:
        if not replace or refusal.message not in (DAMAGED, NO_DATABASE):
            raise
    for end in BESIDE:  # As it is: somebody may be able to save something out of it.
        left = file.path.with_name(file.path.name + end)
        if left.exists():
            left.replace(aside.with_name(aside.name + end))
    _put_there(made, file.path)
    return aside


def _put_there(made: Path, path: Path) -> None:
    with written(path):
        put_on_disk(made)
        give_name(made, path)
        put_on_disk(path.absolute().parent)


@contextmanager
def _alone(file: SqliteFile) -> Generator[Connection]:
    """Yield a connection to a file that nobody else has open, and that nobody can open meanwhile.

    SQLite hands a file with a write-ahead log to one alone only when no other has it open.
    """
    engine = upgrading_engine(file)
    try:
        with engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            try:
                _run(raw, *TAKING)
            except OperationalError as error:
                if "locked" in str(error):
                    raise Unavailable(IN_USE) from error
                raise
            try:
                yield connection
            finally:
                _run(raw, *LETTING_GO)
                set_journal_mode(connection, file.busy_seconds)
    finally:
        engine.dispose()


def _overwrite(connection: Connection, made: Path) -> None:
    """Write a file's pages over those of a connection, in one transaction of SQLite's."""
    engine = examining_engine(SqliteFile(made))
    try:
        with engine.connect() as source:
            raw_source: Any = source.connection.dbapi_connection
            raw: Any = connection.connection.dbapi_connection
            try:
                raw_source.backup(raw)
            except Exception as error:
                raise OperationalError("backup", None, error) from error
    finally:
        engine.dispose()


def _run(raw: Any, *statements: str) -> None:
    """Run statements on the driver's own connection, in no transaction of SQLAlchemy's."""
    for statement in statements:
        try:
            raw.execute(statement).fetchall()
        except Exception as error:
            raise OperationalError(statement, None, error) from error
