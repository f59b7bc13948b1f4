"""The two kinds of connection behind a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy
from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from hoursmith_mcp.store.session import Outcome


class DirectConnection:
    """A synchronous connection; its coroutines never wait, so a plain loop can drive them."""

    def __init__(self, connection: sqlalchemy.Connection) -> None:
        """Take a connection that only one thread uses."""
        self._connection = connection

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Outcome:
        """Run one statement at once."""
        return _outcome(self._connection.execute(statement, parameters))


class WaitingConnection:
    """An asynchronous connection: PostgreSQL, and the readers of SQLite."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Take a connection inside a transaction."""
        self._connection = connection

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Outcome:
        """Run one statement and wait for it."""
        return _outcome(await self._connection.execute(statement, parameters))


def _outcome(result: CursorResult[Any]) -> Outcome:
    if result.returns_rows:
        rows = cast("Sequence[Any]", result.all())
        return Outcome(rows, len(rows))
    return Outcome((), result.rowcount)
