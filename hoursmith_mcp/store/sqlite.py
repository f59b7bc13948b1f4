"""SQLite: one writer thread on a held connection, and readers that cannot write.

Every unit that may write runs in the writer's thread, inside BEGIN IMMEDIATE. Units that wait
together share one transaction, each behind its own savepoint, so one fsync serves them all; none
of them is answered before the commit.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import sqlalchemy
from sqlalchemy import URL, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.store.connections import DirectConnection, WaitingConnection
from hoursmith_mcp.store.database import Result, Unit
from hoursmith_mcp.store.faults import translated
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.store.sqlite_library import JOURNAL_MODE

BUSY_TIMEOUT_SECONDS = 30
GROUP_SIZE = 32
READERS = 4

Value = TypeVar("Value")


@dataclass(frozen=True)
class _Waiting:
    """A unit that waits for the writer, and how to tell its caller."""

    unit: Unit[Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]

    def settle(self, outcome: Any, error: BaseException | None) -> None:
        """Hand the outcome back to the caller's loop, if both are still there."""
        try:
            self.loop.call_soon_threadsafe(self._settle, outcome, error)
        except RuntimeError:  # the loop is closed: nobody waits for the answer any more
            return

    def _settle(self, outcome: Any, error: BaseException | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(outcome)
        else:
            self.done.set_exception(error)


class SqliteDatabase:
    """One SQLite file, shared with whatever other processes have it open."""

    def __init__(self, url: URL, now_us: Callable[[], int]) -> None:
        """Take the file's URL and the clock; nothing is opened yet."""
        self.path = Path(url.database or "")
        self.journal_mode = JOURNAL_MODE
        self._now_us = now_us
        self._readers = _reading_engine(url)
        self._writer = writing_engine(self.path)
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    async def read(self, unit: Unit[Result]) -> Result:
        """Run a unit in one snapshot, on a connection that refuses to write."""
        with translated():
            async with self._readers.connect() as connection:
                session = Session(WaitingConnection(connection), now_us=self._now_us())
                return await unit(session)

    async def write(self, unit: Unit[Result]) -> Result:
        """Run a unit in the writer's thread; it is stored when this returns."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        self._start_thread()
        self._waiting.put(_Waiting(unit, loop, done))
        return await done

    async def close(self) -> None:
        """Finish what waits, and let go of the file."""
        thread = self._thread
        if thread is not None:
            self._waiting.put(None)
            await asyncio.to_thread(thread.join)
        await self._readers.dispose()

    def _start_thread(self) -> None:
        with self._lock:
            if self._thread is None:
                # A daemon, so that a process which forgets to close still ends.
                self._thread = threading.Thread(
                    target=self._serve, name="hoursmith-writer", daemon=True
                )
                self._thread.start()

    def _serve(self) -> None:
        connection: sqlalchemy.Connection | None = None
        while (group := self._next_group()) is not None:
            try:
                connection = connection or self._writer.connect()
                self._run_group(connection, group)
            except BaseException as error:
                _refuse(group, error)
                if connection is not None:
                    connection.invalidate()
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()
        self._writer.dispose()

    def _next_group(self) -> list[_Waiting] | None:
        first = self._waiting.get()
        if first is None:
            return None
        group = [first]
        while len(group) < GROUP_SIZE:
            try:
                waiting = self._waiting.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                self._waiting.put(None)
                break
            group.append(waiting)
        return group

    def _run_group(self, connection: sqlalchemy.Connection, group: list[_Waiting]) -> None:
        outcomes: list[tuple[_Waiting, Any, BaseException | None]] = []
        with connection.begin():
            for waiting in group:
                outcome, error = self._run_one(connection, waiting.unit)
                outcomes.append((waiting, outcome, error))
        for waiting, outcome, error in outcomes:
            waiting.settle(outcome, error)

    def _run_one(
        self, connection: sqlalchemy.Connection, unit: Unit[Any]
    ) -> tuple[Any, BaseException | None]:
        connection.exec_driver_sql("SAVEPOINT unit")
        try:
            with translated():
                session = Session(DirectConnection(connection), now_us=self._now_us())
                outcome = drive(cast("Coroutine[Any, Any, Any]", unit(session)))
        except Exception as error:
            connection.exec_driver_sql("ROLLBACK TO unit")
            connection.exec_driver_sql("RELEASE unit")
            return None, error
        connection.exec_driver_sql("RELEASE unit")
        return outcome, None


def drive(unit: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine that never waits to its end, without an event loop.

    Raises RuntimeError when it waits after all: it has awaited something other than its session.
    """
    try:
        unit.send(None)
    except StopIteration as finished:
        return cast("Value", finished.value)
    unit.close()
    raise RuntimeError("a unit of work awaited something other than its session")


def writing_engine(path: Path) -> sqlalchemy.Engine:
    """Return an engine whose transactions are all BEGIN IMMEDIATE."""
    engine = create_engine(
        f"sqlite+pysqlite:///{path.as_posix()}",
        poolclass=NullPool,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _reading_engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url, pool_size=READERS, max_overflow=0, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}
    )
    event.listen(engine.sync_engine, "connect", _prepare_reader)
    event.listen(engine.sync_engine, "begin", _begin_reading)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late to be safe
    _pragmas(connection, "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF")


def _prepare_reader(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    _pragmas(connection, "trusted_schema=OFF", "query_only=ON", "wal_autocheckpoint=0")


def _pragmas(connection: Any, *pragmas: str) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: sqlalchemy.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: sqlalchemy.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _refuse(group: list[_Waiting], error: BaseException) -> None:
    """Tell every caller of a group whose transaction failed that nothing of it was stored."""
    try:
        with translated():
            raise error
    except HoursmithError as refusal:
        outcome: BaseException = refusal
    except BaseException as fault:
        outcome = fault
    for waiting in group:
        waiting.settle(None, outcome)
