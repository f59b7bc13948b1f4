"""A database: units of work that read, and units of work that may write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.store.session import Session

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
NO_DRIVER = "PostgreSQL needs its driver: install hoursmith-mcp[postgres]."
NO_FILE = (None, "", ":memory:")
# What may stand after the question mark of a URL, and what we and the drivers call it.
KNOWN_IN_QUERY = {
    "sqlite": {"timeout": "timeout"},
    "postgresql": {
        "host": "host",
        "port": "port",
        "ssl": "ssl",
        "sslmode": "ssl",
        "timeout": "timeout",
    },
}

Result = TypeVar("Result")
Work = Callable[[Session], Awaitable[Result]]
"""One unit of work: it awaits nothing but its session, and may be run again after a conflict."""


class Database(Protocol):
    """One database of either kind."""

    journal_mode: str

    async def read(self, unit: Work[Result]) -> Result:
        """Run a unit in one read-only snapshot."""
        ...

    async def write(self, unit: Work[Result]) -> Result:
        """Run a unit in one transaction: all of it is stored when this returns, or nothing."""
        ...

    async def write_in_passing(self, unit: Work[Result]) -> Result:
        """Run a unit that may as well be left undone: raises Unavailable rather than wait long."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


def read_url(text: str) -> URL:
    """Read a database URL; a bare `sqlite:` or `postgresql:` gets the driver that we use.

    Raises InvalidInput for anything else, and for what nobody would heed after the question mark.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise _unreadable() from None
    backend = url.get_backend_name()
    if backend not in DRIVERS or (backend == "sqlite" and url.database in NO_FILE):
        raise _unreadable()
    known = KNOWN_IN_QUERY[backend]
    for name in url.query:
        if name not in known:
            raise InvalidInput(
                f"HOURSMITH_DATABASE_URL cannot say {name!r} after the question mark: "
                f"of {backend} it may say {' or '.join(known)}."
            )
    query = {known[name]: value for name, value in url.query.items()}
    return url.set(drivername=DRIVERS[backend], query=query)


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "HOURSMITH_DATABASE_URL cannot be used: write sqlite+aiosqlite:////path/to/file.db or "
        "postgresql+asyncpg://user:password@host/name."
    )
