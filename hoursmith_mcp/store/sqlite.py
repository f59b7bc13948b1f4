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
from typing import Any, TypeVar, cast

import sqlalchemy
from sqlalchemy import URL

from hoursmith_mcp.errors import HoursmithError, Unavailable
from hoursmith_mcp.lasting import Running
from hoursmith_mcp.store.connections import DirectConnection, WaitingConnection
from hoursmith_mcp.store.database import Result, Work
from hoursmith_mcp.store.faults import READ_ONLY, translated
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.store.sqlite_engines import (
    SqliteFile,
    begin_immediate,
    reading_engine,
    writing_engine,
)
from hoursmith_mcp.store.sqlite_library import JOURNAL_MODE

GROUP_SIZE = 32

Value = TypeVar("Value")


@dataclass(frozen=True)
class _Waiting:
    """A unit that waits for the writer, and how to tell its caller."""

    unit: Work[Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]
    in_passing: bool = False

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
        self.journal_mode = JOURNAL_MODE
        self._now_us = now_us
        self._file = SqliteFile.of(url)
        self._readers = reading_engine(self._file)
        self._writer = writing_engine(self._file)
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._running = Running()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    async def read(self, unit: Work[Result]) -> Result:
        """Run a unit in one snapshot, on a connection that refuses to write.

        A caller who gives up does not interrupt it: a connection that is let go of in the middle,
        and then once more, is never closed, and keeps the program from ending.
        """
        return await self._running.to_its_end(self._read(unit))

    async def _read(self, unit: Work[Result]) -> Result:
        with translated():
            async with self._readers.connect() as connection:
                session = Session(WaitingConnection(connection), now_us=self._now_us())
                return await unit(session)

    async def write(self, unit: Work[Result]) -> Result:
        """Run a unit in the writer's thread; it is stored when this returns."""
        try:
            return await self._written(unit)
        except Unavailable as refusal:
            if refusal.message != READ_ONLY:
                raise
        # A reader that was opened while the file was read-only keeps writers out ever after; one
        # that is still reading would not be closed with the others.
        await self._running.rest()
        await self._readers.dispose()
        return await self._written(unit)

    async def write_in_passing(self, unit: Work[Result]) -> Result:
        """Run a unit in the writer's thread, unless another process is writing right now."""
        return await self._written(unit, in_passing=True)

    async def close(self) -> None:
        """Finish what waits, and let go of the file; nothing more begins."""
        self._running.close()
        if (thread := self._thread) is not None:
            self._waiting.put(None)
            await asyncio.to_thread(thread.join)
        await self._running.rest()
        await self._readers.dispose()

    async def _written(self, unit: Work[Result], *, in_passing: bool = False) -> Result:
        self._running.refuse_closed()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        self._start_thread()
        self._waiting.put(_Waiting(unit, loop, done, in_passing))
        return await done

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
                if connection is not None and not self._file.is_same_as(connection):
                    connection.close()
                    connection = None
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
        hurried = all(one.in_passing for one in group)
        patience = self._file.waiting_for_nobody(connection, hurried)
        with patience, begin_immediate(connection) as transaction:
            if len(group) == 1:
                outcomes = [self._attempt(connection, group[0].unit)]
                if outcomes[0][1] is not None:
                    transaction.rollback()
            else:
                outcomes = [self._run_behind_savepoint(connection, one.unit) for one in group]
        for waiting, (outcome, error) in zip(group, outcomes, strict=True):
            waiting.settle(outcome, error)

    def _run_behind_savepoint(
        self, connection: sqlalchemy.Connection, unit: Work[Any]
    ) -> tuple[Any, Exception | None]:
        connection.exec_driver_sql("SAVEPOINT unit")
        outcome, error = self._attempt(connection, unit)
        if error is not None:
            connection.exec_driver_sql("ROLLBACK TO unit")
        connection.exec_driver_sql("RELEASE unit")
        return outcome, error

    def _attempt(
        self, connection: sqlalchemy.Connection, unit: Work[Any]
    ) -> tuple[Any, Exception | None]:
        try:
            with translated():
                session = Session(DirectConnection(connection), now_us=self._now_us())
                return drive(cast("Coroutine[Any, Any, Any]", unit(session))), None
        except Unavailable:
            # The surroundings fail: SQLite may have rolled back all of the group already, and a
            # connection to a file that was read-only stays so. Both begin anew.
            raise
        except Exception as error:
            return None, error


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
