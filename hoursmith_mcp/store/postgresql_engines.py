"""How a PostgreSQL is reached: to serve calls, and to upgrade or examine it.

A server that is silent counts as away after a while. A connection on which it kept silent is
dropped at once, because nobody knows what became of its transaction.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

CONNECTIONS = 10
PATIENCE_SECONDS = 30
CONNECTING_SECONDS = 10
RESTED_SECONDS = 10
"""How long a connection lies idle before it is asked whether it is still good."""
PING_SECONDS = 5
UNHURRIED_SECONDS = 3_600

_IDLE_SINCE = "hoursmith_idle_since"


def serving_engine(url: URL) -> AsyncEngine:
    """Return an engine for calls: `?timeout=` says how many seconds a statement may take.

    Who waits for another's lock is told so somewhat earlier, by the server. A transaction that a
    machine left open that is gone ends after twice that time, and its locks with it.
    """
    patience = _patience_seconds(url)
    engine = create_async_engine(
        _without_patience(url),
        pool_size=CONNECTIONS,
        max_overflow=0,
        connect_args={"timeout": min(patience, CONNECTING_SECONDS), "command_timeout": patience},
        hide_parameters=True,  # A fault is logged with its statement: what people wrote is not.
    )
    limits = (
        f"SET lock_timeout = {patience * 800}; "
        f"SET idle_in_transaction_session_timeout = {patience * 2_000}"
    )

    def prepare(connection: Any, _record: Any) -> None:
        try:
            _run(connection, limits)
        except Exception:
            connection.driver_connection.terminate()
            raise

    # Not among the settings of the connection's beginning: poolers in between refuse those.
    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "checkin", _note_idle)
    event.listen(engine.sync_engine, "checkout", _refuse_gone)
    event.listen(engine.sync_engine, "handle_error", _drop_silent)
    return engine


def unhurried_engine(url: URL) -> AsyncEngine:
    """Return an engine for one long job: its statements may take an hour, and wait for locks."""
    engine = create_async_engine(
        _without_patience(url),
        poolclass=NullPool,
        connect_args={"timeout": CONNECTING_SECONDS, "command_timeout": UNHURRIED_SECONDS},
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "handle_error", _drop_silent)
    return engine


def _patience_seconds(url: URL) -> int:
    said = url.query.get("timeout", "")
    seconds = int(said) if isinstance(said, str) and said.isdecimal() else 0
    return seconds or PATIENCE_SECONDS


def _without_patience(url: URL) -> URL:
    return url.difference_update_query(["timeout"])


def _note_idle(_connection: Any, record: Any) -> None:
    record.info[_IDLE_SINCE] = time.monotonic()


def _refuse_gone(connection: Any, record: Any, _proxy: Any) -> None:
    """Let the pool open others in the place of a connection that is closed, or silent after a rest.

    One that was just in use is not asked: that would cost every call more turns to the server.
    """
    idle_since = record.info.get(_IDLE_SINCE)
    if idle_since is None:
        return
    driver = connection.driver_connection
    if not driver.is_closed() and time.monotonic() - idle_since < RESTED_SECONDS:
        return
    try:
        _run(connection, "", timeout=PING_SECONDS)
    except Exception as error:
        driver.terminate()
        raise InvalidatePoolError from error


def _run(connection: Any, statement: str, **more: Any) -> None:
    """Run a statement on the driver's own connection, in no transaction of SQLAlchemy's."""

    async def run(driver: Any) -> None:
        await driver.execute(statement, **more)

    connection.run_async(run)


def _drop_silent(context: ExceptionContext) -> None:
    """Count a statement that was not answered in time as the loss of its connection."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True
