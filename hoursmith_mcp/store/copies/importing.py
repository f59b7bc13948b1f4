"""Making a SQLite file of an archive, of whatever revision that is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Integer, MetaData, String, Table
from sqlalchemy.exc import IntegrityError

from hoursmith_mcp.errors import InvalidInput, Unavailable
from hoursmith_mcp.store.copies.archive import Archive, open_archive
from hoursmith_mcp.store.copies.filling import fill
from hoursmith_mcp.store.copies.making import making
from hoursmith_mcp.store.copies.manifest import DAMAGED, Manifest
from hoursmith_mcp.store.copies.progress import Progress
from hoursmith_mcp.store.copies.rows import PASSING, owner_column
from hoursmith_mcp.store.revision import REVISION
from hoursmith_mcp.store.upgrade import knows

LARGEST = 1 << 63
NUL = "\0"
"""In no text of ours, and PostgreSQL takes none."""

NOT_OF_ITS_TABLE = "a row in it is none of its table"


def unpack(path: Path, made: Path, progress: Progress) -> Manifest:
    """Make a SQLite file of an archive, with all of it checked; its tables are those of now.

    Raises InvalidInput where the archive is damaged, incomplete, or newer than the program.
    """
    with open_archive(path) as archive:
        manifest = archive.manifest
        if manifest.revision > REVISION:
            raise InvalidInput(
                f"{path} is of revision {manifest.revision}, newer than this program's "
                f"({REVISION}). Nothing was imported: install a newer Hoursmith."
            )
        if not knows(manifest.revision):
            why = f"there is no revision {manifest.revision}"
            raise InvalidInput(DAMAGED.format(file=path, why=why))
        _require_room(made.parent, manifest)
        progress.begin(f"Importing {manifest.organization.name}", manifest.rows)
        try:
            with making(made, manifest.revision) as connection:
                tables = _tables(connection, archive)
                fill(connection, tables, _Rows(archive), progress)
        except IntegrityError:
            why = "its rows contradict each other"
            raise InvalidInput(DAMAGED.format(file=path, why=why)) from None
    return manifest


def _require_room(folder: Path, manifest: Manifest) -> None:
    """Refuse what could not be unpacked here, however small it was packed."""
    free = shutil.disk_usage(folder).free
    if manifest.bytes > free:
        raise Unavailable(
            f"The archive unpacks to {manifest.bytes >> 20} MiB, and {folder} has room for "
            f"{free >> 20}. Make room and try again."
        )


def _tables(connection: Connection, archive: Archive) -> list[Table[Any]]:
    """Return the tables as they were at the archive's revision."""
    metadata = MetaData()
    metadata.reflect(connection)
    for column in (one for table in metadata.sorted_tables for one in table.columns):
        if isinstance(column.type, JSON):  # Where nothing is said, it is no null of JSON's.
            column.type = JSON(none_as_null=True)
    known = {table.name for table in metadata.sorted_tables}
    for member in archive.manifest.members:
        if member.table not in known - PASSING - {"alembic_version"}:
            raise InvalidInput(DAMAGED.format(file=archive.path, why=f"{member.table} is no table"))
    return metadata.sorted_tables


class _Rows:
    """The rows of an archive, each of which must be one that the table could have held."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def __call__(self, table: Table[Any]) -> Iterator[dict[str, Any]]:
        columns = {column.name: column for column in table.columns}
        owner = owner_column(table)
        for row in self._archive.rows(table.name):
            if (
                row.keys() != columns.keys()
                or row[owner] != self._archive.manifest.organization.id
                or not all(_holds(columns[name], value) for name, value in row.items())
            ):
                raise InvalidInput(DAMAGED.format(file=self._archive.path, why=NOT_OF_ITS_TABLE))
            yield row


def _holds(column: Column[Any], value: Any) -> bool:
    """Say whether a value is one of a column: SQLite would take any."""
    kind = column.type
    if value is None:
        return bool(column.nullable)
    if isinstance(kind, JSON):
        return isinstance(value, list | dict)
    if isinstance(kind, Boolean):
        return isinstance(value, bool)
    if isinstance(kind, Integer):
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST
    if isinstance(kind, String):
        is_text = isinstance(value, str) and NUL not in value
        return is_text and len(value) <= (kind.length or LARGEST)
    raise TypeError(f"{column} is of a type that archives know nothing of")
