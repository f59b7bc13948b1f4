"""One migrated PostgreSQL database for one test after another, founded anew for each."""

from __future__ import annotations

import asyncio

from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from hoursmith_mcp.store.database import read_url
from hoursmith_mcp.store.founding import found
from hoursmith_mcp.store.tables import Table


class Founder:
    """Keeps one connection to the database: one that knows the tables already takes a third."""

    def __init__(self, postgresql_url: str) -> None:
        """Connect to a migrated database."""
        self.url = postgresql_url
        tables = reversed(Table.metadata.sorted_tables)
        self._emptying = "; ".join(f"DELETE FROM {table.name}" for table in tables)
        self._runner = asyncio.Runner()
        self._engine = create_async_engine(read_url(postgresql_url), poolclass=NullPool)
        self._connection = self._runner.run(self._connect())

    def found_again(self, now_us: int) -> None:
        """Empty the database, whatever its triggers say, and found it at an instant."""
        self._runner.run(self._found_again(now_us))

    def close(self) -> None:
        """Let go of the database."""
        self._runner.run(self._close())
        self._runner.close()

    async def _connect(self) -> AsyncConnection:
        return await self._engine.connect()

    async def _found_again(self, now_us: int) -> None:
        async with self._connection.begin():
            await self._connection.execute(text("SET LOCAL session_replication_role = replica"))
            raw = await self._connection.get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.execute(self._emptying)
            await self._connection.run_sync(found, now_us)

    async def _close(self) -> None:
        await self._connection.close()
        await self._engine.dispose()
