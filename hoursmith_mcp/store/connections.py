"""The two kinds of connection behind a session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import sqlalchemy
from sqlalchemy import CursorResult, Executable, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hoursmith_mcp.store.session import Outcome, Result

_PLAN_FOR_VALUES = text("SET LOCAL plan_cache_mode = force_custom_plan")


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

    async def aside(self, reckon: Callable[[], Result]) -> Result:
        """Reckon at once: nobody else is in this thread."""
        return reckon()

    async def plan_for_values(self) -> None:
        """Do nothing: SQLite's plans are the same whatever the values."""


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

    async def aside(self, reckon: Callable[[], Result]) -> Result:
        """Reckon in another thread: in this one is the loop of all calls."""
        return await asyncio.to_thread(reckon)

    async def plan_for_values(self) -> None:
        """Tell PostgreSQL, until the transaction ends; SQLite's plans are always the same."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(_PLAN_FOR_VALUES)


def _outcome(result: CursorResult[Any]) -> Outcome:
    if result.returns_rows:
        rows = cast("Sequence[Any]", result.all())
        return Outcome(rows, len(rows))
    return Outcome((), result.rowcount)
