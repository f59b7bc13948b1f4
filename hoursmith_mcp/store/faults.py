"""What a database's refusals mean, in our own words."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError

from hoursmith_mcp.errors import Unavailable

# A part of the driver's message or its error name -> what we say.
MEANINGS = (
    ("database is locked", "The database is busy: another program holds it. Try again."),
    ("readonly database", "The database file is read-only: allow writing to it and its folder."),
    ("disk is full", "The disk is full; nothing was stored. Make room and try again."),
    ("file is not a database", "The database file is damaged or is no database of ours."),
    ("malformed", "The database file is damaged; restore it from a backup."),
    ("unable to open", "The database file cannot be opened: check the folder and its rights."),
    ("disk I/O error", "The disk does not answer; nothing was stored."),
)
AWAY = "The database does not answer; try again when it is back."


@contextmanager
def translated() -> Generator[None]:
    """Turn what a driver raises for its surroundings into Unavailable; leave faults of ours."""
    try:
        yield
    except InterfaceError as error:
        raise Unavailable(AWAY) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable(AWAY) from error
        text = str(error.orig)
        for part, meaning in MEANINGS:
            if part in text:
                raise Unavailable(meaning) from error
        raise
    except OSError as error:
        raise Unavailable(AWAY) from error
