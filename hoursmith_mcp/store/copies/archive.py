"""Reading an archive, which may be anybody's: nothing in it is believed before it was checked."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from hoursmith_mcp.errors import InvalidInput, Unavailable
from hoursmith_mcp.schemas.json_values import is_object
from hoursmith_mcp.store.copies.manifest import (
    DAMAGED,
    MOST_BYTES,
    NAME,
    Manifest,
    Member,
    read_manifest,
)
from hoursmith_mcp.store.copies.seal import require_seal
from hoursmith_mcp.store.snapshot import require_file

LONGEST_LINE = 32 << 20
"""A file that is kept may be 10 MB, and is a third longer as text."""

SQLITE = b"SQLite format 3\0"
A_BACKUP = (
    "{file} is a SQLite file, and no archive of Hoursmith: `hoursmith-mcp restore` takes what "
    "`backup` made. Nothing was imported."
)

HALF_A_CHARACTER = b"\\ud"
"""How JSON writes what no text in UTF-8 can hold."""

# What a ZIP file may raise that somebody made up; its seal was right before that.
_UNREADABLE = (
    BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    RuntimeError,
    ValueError,
    KeyError,
)


@dataclass(frozen=True)
class Archive:
    """An archive whose seal and manifest are right; what its members hold is checked as it is read.

    Memory is bounded by the longest line. Deflate makes 1,032 bytes at most of one, members cannot
    lie over each other, and none is read beyond what the manifest says.
    """

    path: Path
    manifest: Manifest
    zip: ZipFile

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table, none where the archive knows no such table.

        Raises InvalidInput at the end at the latest, where they are not what the manifest says.
        """
        member = self.manifest.of_table(table)
        if member is not None:
            with _understood(self.path, member.name), self.zip.open(member.name) as stream:
                yield from _rows(stream, member)


@contextmanager
def open_archive(path: Path) -> Generator[Archive]:
    """Open an archive. Raises InvalidInput where it is damaged, incomplete, or newer."""
    require_file(path)
    try:
        _refuse_backup(path)
        require_seal(path)
        with _understood(path, "its directory"):
            file = ZipFile(path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: see that it is yours.") from error
    with file:
        with _understood(path, "its directory"):
            manifest = _manifest(file, path)
        yield Archive(path, manifest, file)


def _refuse_backup(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(SQLITE)) == SQLITE:
            raise InvalidInput(A_BACKUP.format(file=path))


def _manifest(file: ZipFile, path: Path) -> Manifest:
    entries = {entry.filename: entry for entry in file.infolist()}
    if NAME not in entries or entries[NAME].file_size > MOST_BYTES:
        raise ValueError("no manifest")
    with file.open(NAME) as stream:
        manifest = read_manifest(stream.read(MOST_BYTES), str(path))
    if len(file.infolist()) != len(manifest.members) + 1 or set(entries) != {
        NAME,
        *(member.name for member in manifest.members),
    }:
        raise ValueError("other members")
    end = 0
    for entry in sorted(entries.values(), key=lambda one: one.header_offset):
        if entry.header_offset < end or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ValueError("members over each other")
        end = entry.header_offset + entry.compress_size
    return manifest


def _rows(stream: IO[bytes], member: Member) -> Iterator[dict[str, Any]]:
    checksum = hashlib.sha256()
    rows = length = 0
    while line := stream.readline(LONGEST_LINE):
        rows += 1
        length += len(line)
        if rows > member.rows or length > member.bytes or not line.endswith(b"\n"):
            raise ValueError("more than the manifest says")
        checksum.update(line)
        row: object = _DECODER.decode(line.decode())
        if not is_object(row):
            raise ValueError("no object")
        if HALF_A_CHARACTER in line.lower():  # Rare, and may be a backslash of somebody's text.
            json.dumps(row, ensure_ascii=False).encode()
        yield row
    if (rows, length, checksum.hexdigest()) != (member.rows, member.bytes, member.sha256):
        raise ValueError("less than the manifest says")


@contextmanager
def _understood(path: Path, what: str) -> Generator[None]:
    try:
        yield
    except _UNREADABLE as error:
        why = f"{what} is not as it was written"
        raise InvalidInput(DAMAGED.format(file=path, why=why)) from error


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no whole number")


_DECODER = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
