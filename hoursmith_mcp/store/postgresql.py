"""PostgreSQL: the same units over asyncpg, each in one transaction of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from hoursmith_mcp.errors import Unavailable
from hoursmith_mcp.lasting import Running
from hoursmith_mcp.store.connections import WaitingConnection
from hoursmith_mcp.store.database import Result, Work
from hoursmith_mcp.store.faults import translated
from hoursmith_mcp.store.postgresql_engines import serving_engine
from hoursmith_mcp.store.session import Session

ATTEMPTS = 5
# Serialization failure and deadlock: the loser may simply be run again.
RETRIED_STATES = frozenset({"40001", "40P01"})
LONGEST_IN_PASSING_SECONDS = 2
_BRIEFLY = text("SET LOCAL lock_timeout = '50ms'")


class PostgresqlDatabase:
    """One PostgreSQL database, shared with whatever other processes use it."""

    journal_mode = "WAL"

    def __init__(self, url: URL, now_us: Callable[[], int]) -> None:
        """Take the URL and the clock; nothing is opened yet."""
        self._now_us = now_us
        self._running = Running()
        self._engine = serving_engine(url)

    async def read(self, unit: Work[Result]) -> Result:
        """Run a unit in one read-only snapshot.

        A caller who gives up does not interrupt it: a connection that is just being opened would be
        nobody's then, and stay open.
        """
        return await self._running.to_its_end(self._read(unit))

    async def _read(self, unit: Work[Result]) -> Result:
        with translated():
            async with self._engine.connect() as connection:
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
                return await unit(Session(WaitingConnection(connection), now_us=self._now_us()))

    async def write(self, unit: Work[Result]) -> Result:
        """Run a unit in one transaction, again where it lost against another one.

        A caller who gives up does not interrupt it: it ends as a whole, either way.
        """
        return await self._running.to_its_end(self._write(unit))

    async def write_in_passing(self, unit: Work[Result]) -> Result:
        """Run a unit in one transaction, unless it would have to wait for another one."""

        async def briefly(session: Session) -> Result:
            await session.unscoped(_BRIEFLY)
            return await unit(session)

        return await asyncio.wait_for(
            self._running.to_its_end(self._write(briefly)), LONGEST_IN_PASSING_SECONDS
        )

    async def close(self) -> None:
        """Let go of every connection, once what is being run has ended; nothing more begins."""
        self._running.close()
        await self._running.rest()
        await self._engine.dispose()

    async def _write(self, unit: Work[Result]) -> Result:
        for attempt in range(ATTEMPTS):
            try:
                with translated():
                    async with self._engine.begin() as connection:
                        session = Session(WaitingConnection(connection), now_us=self._now_us())
                        return await unit(session)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in RETRIED_STATES:
                    raise
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
        raise Unavailable("Too many changes met at once; nothing was stored. Try again.")
