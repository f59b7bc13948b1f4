"""Writing an organisation into an archive: a ZIP file of one NDJSON per table, and a manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection, Table, select

from hoursmith_mcp import __version__
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.errors import InvalidInput, NotFound
from hoursmith_mcp.store.copies.filling import in_parts
from hoursmith_mcp.store.copies.manifest import (
    FORMAT,
    FORMAT_VERSION,
    NAME,
    Manifest,
    Member,
    Owner,
)
from hoursmith_mcp.store.copies.progress import UNWATCHED, Progress
from hoursmith_mcp.store.copies.rows import (
    content_hash,
    count_rows,
    kept_tables,
    line_of,
    rows_of,
)
from hoursmith_mcp.store.copies.seal import UNSEALED, seal
from hoursmith_mcp.store.revision import REVISION
from hoursmith_mcp.store.session import core_table
from hoursmith_mcp.store.snapshot import in_snapshot, require_current
from hoursmith_mcp.store.tables import Organization
from hoursmith_mcp.whole_files import whole_file, written

FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
OF_UNIX = 3
FOR_ITS_OWNER = 0o600 << 16


def export_archive(
    database_url: str,
    organization_id: str,
    path: Path,
    clock: Callable[[], int],
    progress: Progress = UNWATCHED,
) -> Manifest:
    """Write an organisation as it is at this moment; without an id there must be only one.

    Raises an error of the one tree, after which there is no file.
    """
    with whole_file(path) as partial:

        def work(connection: Connection) -> Manifest:
            require_current(connection)
            owner = _find(connection, organization_id)
            progress.begin(f"Exporting {owner.name}", count_rows(connection, owner.id))
            with written(path):
                return _write(connection, owner, partial, instant_text(clock()), progress)

        manifest = in_snapshot(database_url, work)
        with written(path):
            seal(partial)
    return manifest


def _find(connection: Connection, organization_id: str) -> Owner:
    table = core_table(Organization)
    rows = connection.execute(select(table.c.id, table.c.name).order_by(table.c.id)).all()
    if organization_id:
        rows = [row for row in rows if row.id == organization_id]
        if not rows:
            raise NotFound(
                "There is no organisation with the id that HOURSMITH_ORGANIZATION says; "
                "`hoursmith-mcp org list` shows which there are."
            )
    if len(rows) != 1:
        raise InvalidInput(
            "This database holds several organisations: set HOURSMITH_ORGANIZATION to one's id.",
            candidates=[{"id": row.id, "name": row.name} for row in rows],
        )
    return Owner(id=rows[0].id, name=rows[0].name)


def _write(
    connection: Connection, owner: Owner, path: Path, made_at: str, progress: Progress
) -> Manifest:
    with ZipFile(path, "w") as archive:
        archive.comment = UNSEALED
        members = [
            _write_table(connection, table, owner, archive, progress)
            for table in sorted(kept_tables(), key=lambda table: str(table.name))
        ]
        manifest = Manifest(
            format=FORMAT,
            format_version=FORMAT_VERSION,
            product_version=__version__,
            revision=REVISION,
            made_at=made_at,
            organization=owner,
            content_sha256=content_hash({member.table: member.sha256 for member in members}),
            members=members,
        )
        archive.writestr(_entry(NAME), manifest.model_dump_json(indent=2) + "\n")
    return manifest


def _write_table(
    connection: Connection, table: Table[Any], owner: Owner, archive: ZipFile, progress: Progress
) -> Member:
    checksum = hashlib.sha256()
    rows = length = 0
    with archive.open(_entry(f"{table.name}.ndjson"), "w", force_zip64=True) as member:
        for part in in_parts(rows_of(connection, table, owner.id)):
            lines = b"".join(line_of(row) for row in part)
            checksum.update(lines)
            member.write(lines)
            rows += len(part)
            length += len(lines)
            progress.advance(len(part))
    return Member(table=table.name, rows=rows, bytes=length, sha256=checksum.hexdigest())


def _entry(name: str) -> ZipInfo:
    """Describe a member, alike on every machine and at every time."""
    entry = ZipInfo(name, FIRST_DAY_OF_ZIP)
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = OF_UNIX
    entry.external_attr = FOR_ITS_OWNER
    return entry
