"""Examining a database without changing it: what `hoursmith-mcp doctor` prints."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from sqlalchemy import Connection, text

from hoursmith_mcp.errors import InvalidInput, Unavailable
from hoursmith_mcp.store.database import NO_DRIVER, read_url
from hoursmith_mcp.store.diagnosis.breach import Breach as Breach
from hoursmith_mcp.store.diagnosis.invariants import broken_invariants
from hoursmith_mcp.store.diagnosis.schema import broken_schema
from hoursmith_mcp.store.diagnosis.webhooks import Opens, broken_secrets
from hoursmith_mcp.store.faults import translated
from hoursmith_mcp.store.revision import REVISION
from hoursmith_mcp.store.snapshot import in_postgresql
from hoursmith_mcp.store.sqlite_engines import SqliteFile, examining_engine
from hoursmith_mcp.store.sqlite_library import JOURNAL_MODE, VERSION, is_sound
from hoursmith_mcp.store.upgrade import revision_of

Examination: TypeAlias = Callable[[Connection], list[Breach]]

RESTORE = "Restore the database from a backup."
# Without these the invariants cannot even be asked about.
INCOMPLETE = frozenset({"table.missing", "column.missing"})


async def diagnose(
    database_url: str, *, now_us: int | None = None, opens: Opens | None = None
) -> list[Breach]:
    """Return what is wrong with a database, the gravest first; it is not upgraded or written to.

    Where `now_us` is given, what is late is told as well; where `opens` is, the webhooks whose
    secrets it does not open.
    Raises InvalidInput for a URL that cannot be used.
    """
    url = read_url(database_url)
    asked = partial(examine, now_us=now_us, opens=opens)
    try:
        with translated():
            if url.get_backend_name() == "sqlite":
                return await asyncio.to_thread(examine_file, SqliteFile.of(url), asked)
            return await in_postgresql(url, asked)
    except ModuleNotFoundError:
        raise InvalidInput(NO_DRIVER) from None
    except Unavailable as error:
        way_out = RESTORE if "damaged" in error.message else "See to that, then run doctor again."
        return [Breach("database.unavailable", error.message, way_out)]


def examine_file(file: SqliteFile, asked: Examination | None = None) -> list[Breach]:
    """Return what is wrong with a SQLite file and what is in it."""
    if not file.path.exists():
        return [Breach("database.missing", f"There is no file {file.path} yet.", _FIRST_START)]
    engine = examining_engine(file)
    try:
        with engine.connect() as connection:
            return [
                *_broken_file(connection),
                *_open_to_others(file),
                *(asked or examine)(connection),
            ]
    finally:
        engine.dispose()


def examine(
    connection: Connection, *, now_us: int | None = None, opens: Opens | None = None
) -> list[Breach]:
    """Return what is wrong with the tables and what is in them; see `diagnose`."""
    found = revision_of(connection)
    if found != REVISION:
        return [_other_revision(found)]
    breaches = broken_schema(connection)
    if any(breach.code in INCOMPLETE for breach in breaches):
        return breaches
    breaches += broken_invariants(connection, now_us)
    return breaches if opens is None else [*breaches, *broken_secrets(connection, opens)]


_FIRST_START = "The first call makes it: run `hoursmith-mcp call overview`."


def _other_revision(found: str | None) -> Breach:
    if found is None:
        return Breach("revision.missing", "The database is empty.", _FIRST_START)
    if found > REVISION:
        return Breach(
            "revision.newer",
            f"The database is at revision {found}, newer than this program's ({REVISION}).",
            "Install a newer Hoursmith.",
        )
    return Breach(
        "revision.older",
        f"The database is at revision {found}, older than this program's ({REVISION}).",
        "The next call upgrades it, after a copy: run `hoursmith-mcp call overview`.",
    )


def _open_to_others(file: SqliteFile) -> list[Breach]:
    # Elsewhere the mode says nothing of who may read.
    if os.name != "posix" or not file.path.stat().st_mode & stat.S_IROTH:
        return []
    return [
        Breach(
            "sqlite.rights",
            f"Everybody on this machine can read {file.path}.",
            f"Keep them out: chmod 600 '{file.path}'*",
        )
    ]


def _broken_file(connection: Connection) -> list[Breach]:
    def ask(pragma: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in connection.execute(text(f"PRAGMA {pragma}"))]

    breaches = [
        Breach("sqlite.damaged", f"SQLite finds the file damaged: {line}.", RESTORE)
        for (line,) in ask("quick_check")
        if line != "ok"
    ]
    breaches += [
        Breach(
            "sqlite.reference",
            f"Row {row} of {table} refers to a row of {parent} that is not there.",
            f"Another program changed the file without checking references. {RESTORE}",
        )
        for table, row, parent, _ in ask("foreign_key_check")
    ]
    ((mode,),) = ask("journal_mode")
    if str(mode).upper() != JOURNAL_MODE:
        breaches.append(
            Breach(
                "sqlite.journal_mode",
                f"The file's journal mode is {mode}, and should be {JOURNAL_MODE}.",
                "The next start of Hoursmith sets it: stop what is running, and start it again.",
            )
        )
    if not is_sound(VERSION):
        version = ".".join(str(part) for part in VERSION)
        breaches.append(
            Breach(
                "sqlite.version",
                f"SQLite {version} can damage a file that several programs write at full speed.",
                "Update Python or SQLite (3.51.3 or newer); until then writing is slower.",
            )
        )
    return breaches
