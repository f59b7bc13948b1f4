"""A database: units of work that read, and units of work that may write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.store.session import Session

Result = TypeVar("Result")
Unit = Callable[[Session], Awaitable[Result]]
"""One unit of work: it awaits nothing but its session, and may be run again after a conflict."""


class Database(Protocol):
    """One database of either kind."""

    journal_mode: str

    async def read(self, unit: Unit[Result]) -> Result:
        """Run a unit in one read-only snapshot."""
        ...

    async def write(self, unit: Unit[Result]) -> Result:
        """Run a unit in one transaction: all of it is stored when this returns, or nothing."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


def read_url(text: str) -> URL:
    """Read a database URL; a bare `sqlite:` or `postgresql:` gets the driver that we use.

    Raises InvalidInput for anything else.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise _unreadable() from None
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite+aiosqlite")
    if backend == "postgresql":
        return url.set(drivername="postgresql+asyncpg")
    raise _unreadable()


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "HOURSMITH_DATABASE_URL cannot be used: write sqlite+aiosqlite:////path/to/file.db or "
        "postgresql+asyncpg://user:password@host/name."
    )
