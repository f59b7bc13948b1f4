"""Putting a backup or an archive in the place of a database, all of it or nothing.

Either way a SQLite file is made first, brought to this program's revision, and examined. Then it
becomes the file of a house on SQLite, or its rows fill a house on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.errors import InvalidInput, Unavailable
from hoursmith_mcp.store.copies.archive import SQLITE
from hoursmith_mcp.store.copies.importing import unpack
from hoursmith_mcp.store.copies.making import copy_file, making, refuse_breaches
from hoursmith_mcp.store.copies.manifest import Manifest
from hoursmith_mcp.store.copies.places import ANOTHER, REPLACE, put_in_file, require_untouched
from hoursmith_mcp.store.copies.pouring import pour
from hoursmith_mcp.store.copies.progress import UNWATCHED, Progress
from hoursmith_mcp.store.copies.room import telling_of
from hoursmith_mcp.store.database import read_url
from hoursmith_mcp.store.diagnosis import Breach, examine_file
from hoursmith_mcp.store.faults import DAMAGED, NO_DATABASE, translated
from hoursmith_mcp.store.revision import REVISION
from hoursmith_mcp.store.snapshot import in_file, in_snapshot, require_file
from hoursmith_mcp.store.sqlite_engines import SqliteFile
from hoursmith_mcp.store.upgrade import knows, revision_of
from hoursmith_mcp.whole_files import forget, make_partial, written

ZIP = b"PK"


@dataclass(frozen=True)
class Restored:
    """What became of a database: where the old file is kept, and what the doctor finds now."""

    kept: Path | None
    breaches: list[Breach]


def import_archive(
    database_url: str,
    path: Path,
    clock: Callable[[], int],
    *,
    anyway: bool = False,
    progress: Progress = UNWATCHED,
) -> tuple[Manifest, Restored]:
    """Put the organisation of an archive into a database in which nothing was done yet.

    Raises an error of the one tree, after which the database is as it was.
    """
    target = _Target(read_url(database_url), clock, False, anyway, progress)
    target.require_place()
    with target.beside() as made:
        manifest = unpack(path, made, progress)
        return manifest, target.take(made)


def restore(
    database_url: str,
    path: Path,
    clock: Callable[[], int],
    *,
    replace: bool = False,
    anyway: bool = False,
    progress: Progress = UNWATCHED,
) -> Restored:
    """Put a backup in the place of a database, of whichever kind.

    A SQLite file with work in it is kept aside where it is to be replaced. Raises an error of the
    one tree, after which the database is as it was.
    """
    _require_backup(path)
    target = _Target(read_url(database_url), clock, replace, anyway, progress)
    target.require_place(REPLACE if target.is_file else ANOTHER)
    with target.beside() as made:
        progress.begin("Copying")
        with _named(path), translated():
            _copy(path, made, target)
            revision = in_file(SqliteFile(made), revision_of)
            if revision is None:
                raise InvalidInput(f"{path} has nothing of Hoursmith in it: nothing was restored.")
            if revision <= REVISION and not knows(revision):
                raise Unavailable(DAMAGED)
            with making(made):
                pass
        return target.take(made)


@dataclass(frozen=True)
class _Target:
    """The database that is to hold a copy."""

    url: URL
    clock: Callable[[], int]
    replace: bool
    anyway: bool
    progress: Progress

    def require_place(self, way_out: str = ANOTHER) -> None:
        """Refuse before all the work what would be refused after it."""
        if self.is_file and (self.replace or not SqliteFile.of(self.url).path.exists()):
            return
        url = self.url.render_as_string(hide_password=False)
        in_snapshot(url, lambda connection: require_untouched(connection, way_out))

    @contextmanager
    def beside(self) -> Generator[Path]:
        """Yield an empty file in which the copy is made; it is gone afterwards."""
        path = SqliteFile.of(self.url).path
        with tempfile.TemporaryDirectory() as elsewhere:
            folder = path.absolute().parent if self.is_file else Path(elsewhere)
            with written(folder / path.name):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                partial = make_partial(folder / path.name)
            try:
                with telling_of(path if self.is_file else folder):
                    yield partial
            finally:
                forget(partial)

    def take(self, made: Path) -> Restored:
        """Let the copy be what the database holds, once it was examined."""
        self.progress.begin("Examining the copy")
        with translated():
            breaches = refuse_breaches(examine_file(SqliteFile(made)), anyway=self.anyway)
        if self.is_file:
            self.progress.begin("Putting it in place")
            file = SqliteFile.of(self.url)
            stamp = instant_text(self.clock())[:19].replace(":", "")
            aside = file.path.with_name(f"{file.path.name}.before-restore-{stamp}")
            return Restored(put_in_file(made, file, aside, replace=self.replace), breaches)
        with translated():
            pouring = pour(made, self.url, anyway=self.anyway, progress=self.progress)
            return Restored(None, asyncio.run(pouring))

    @property
    def is_file(self) -> bool:
        """Whether it is on SQLite."""
        return self.url.get_backend_name() == "sqlite"


def _copy(path: Path, made: Path, target: _Target) -> None:
    """Copy a backup through SQLite, as it may be a database that is in use.

    From where nobody can write SQLite cannot read a write-ahead log; there it is a file like any.
    """
    if os.access(path.absolute().parent, os.W_OK) and os.access(path, os.W_OK):
        copy_file(SqliteFile(path), made)
    else:
        with written(SqliteFile.of(target.url).path if target.is_file else made.parent):
            shutil.copyfile(path, made)


@contextmanager
def _named(path: Path) -> Generator[None]:
    """Say of a damaged backup that it is that: whoever restores has another database in mind."""
    try:
        yield
    except Unavailable as refusal:
        if refusal.message not in (DAMAGED, NO_DATABASE):
            raise
        raise InvalidInput(
            f"{path} is damaged, and nothing was restored: fetch that backup anew from where it is "
            "kept, or take an earlier one."
        ) from refusal


def _require_backup(path: Path) -> None:
    require_file(path)
    with path.open("rb") as file:
        beginning = file.read(len(SQLITE))
    if beginning.startswith(ZIP):
        raise InvalidInput(f"{path} is an archive: `hoursmith-mcp import-archive` takes it.")
    if beginning != SQLITE:
        raise InvalidInput(
            f"{path} is no backup of Hoursmith: those are SQLite files. Nothing was restored."
        )
