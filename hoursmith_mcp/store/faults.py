"""What a database's refusals mean, in our own words."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from hoursmith_mcp.errors import Unavailable

AWAY = "The database does not answer; try again when it is back."
BUSY = "The database is busy: another program holds it. Try again."
FULL = "The disk is full; nothing was stored. Make room and try again."
SILENT = "The disk does not answer; nothing was stored."
READ_ONLY = (
    "The database file is read-only: allow writing to it, its folder, and the files beside it."
)
DAMAGED = "The database file is damaged; restore it from a backup."
NO_DATABASE = "The database file is damaged or is no database of ours."

# A part of SQLite's message -> what we say.
SQLITE = {
    "database is locked": BUSY,
    "readonly database": READ_ONLY,
    "disk is full": FULL,
    "file is not a database": NO_DATABASE,
    "malformed": DAMAGED,
    "unable to open": "The database file cannot be opened: check the folder and its rights.",
    "disk I/O error": SILENT,
}

# How PostgreSQL's SQLSTATE begins -> what we say.
POSTGRESQL = {
    "08": AWAY,
    "25006": "The database only reads now; nothing was stored. Try again when it writes again.",
    "28": "The database does not let us in: check user and password in HOURSMITH_DATABASE_URL.",
    "3D": "There is no database of that name: make it, or correct HOURSMITH_DATABASE_URL.",
    "42501": "The database's user may not do that: give them all rights on the database.",
    "53100": "The database's disk is full; nothing was stored. Make room and try again.",
    "53300": "The database has no room for one more connection; try again.",
    "55P03": BUSY,
    "57P": AWAY,
    "58030": "The database's disk does not answer; nothing was stored.",
}


@contextmanager
def translated() -> Generator[None]:
    """Turn what a driver raises for its surroundings into Unavailable; leave faults of ours."""
    try:
        yield
    except Exception as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise Unavailable(meaning) from error


def _meaning(error: Exception) -> str | None:
    if isinstance(error, PoolTimeoutError):
        return BUSY
    if isinstance(error, OSError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return AWAY
    # asyncpg's refusals of a new connection come as they are, the others within SQLAlchemy's.
    driver = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(driver, "sqlstate", None)
    if state is not None:
        return next((words for part, words in POSTGRESQL.items() if state.startswith(part)), None)
    if isinstance(error, DBAPIError):
        return next((words for part, words in SQLITE.items() if part in str(driver)), None)
    return None
