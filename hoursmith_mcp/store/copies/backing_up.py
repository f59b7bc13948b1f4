"""Backups: one SQLite file with all that a database of either kind holds, as it was at one moment.

On SQLite it is copied by SQLite itself, while others write. Of PostgreSQL all rows are taken, in
one snapshot. Either way it is examined before it gets its name.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from hoursmith_mcp.store.copies.filling import fill
from hoursmith_mcp.store.copies.making import copy_file, making, refuse_breaches
from hoursmith_mcp.store.copies.progress import UNWATCHED, Progress
from hoursmith_mcp.store.copies.room import telling_of
from hoursmith_mcp.store.copies.rows import count_rows, kept_tables, rows_of
from hoursmith_mcp.store.database import read_url
from hoursmith_mcp.store.diagnosis import Breach, examine_file
from hoursmith_mcp.store.faults import translated
from hoursmith_mcp.store.revision import REVISION
from hoursmith_mcp.store.snapshot import in_snapshot, require_current
from hoursmith_mcp.store.sqlite_engines import SqliteFile
from hoursmith_mcp.whole_files import whole_file

OLDER = "revision.older"
"""Of such a copy only the file itself can be examined."""


def back_up(
    database_url: str, path: Path, *, anyway: bool = False, progress: Progress = UNWATCHED
) -> list[Breach]:
    """Make a backup; returns what the doctor finds wrong with it, where it is wanted `anyway`.

    A SQLite file of an older revision is copied as it is. Raises an error of the one tree, after
    which there is no file.
    """
    url = read_url(database_url)
    with whole_file(path) as partial, telling_of(path):
        if url.get_backend_name() == "sqlite":
            progress.begin("Copying")
            copy_file(SqliteFile.of(url), partial)
        else:
            in_snapshot(database_url, lambda source: _take_all(source, partial, progress))
        progress.begin("Examining the copy")
        with translated():
            breaches = examine_file(SqliteFile(partial))
        return refuse_breaches([one for one in breaches if one.code != OLDER], anyway=anyway)


def _take_all(source: Connection, copy: Path, progress: Progress) -> None:
    require_current(source)
    progress.begin("Copying", count_rows(source))
    with making(copy, REVISION) as connection:
        fill(connection, kept_tables(), lambda table: rows_of(source, table), progress)
