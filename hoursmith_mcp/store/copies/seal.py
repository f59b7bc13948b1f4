"""The seal of an archive: the last bytes of the file are a checksum of all that is before them.

It lies in the comment that a ZIP file may end with, so every program still opens it; and it covers
what the checksums of members do not: the directory, the names, the times.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.store.copies.manifest import DAMAGED

LENGTH = 64
UNSEALED = b"hoursmith-archive sha256 " + b"0" * LENGTH
"""The comment of an archive that is still being written."""

_AT_ONCE = 1 << 20


def seal(path: Path) -> None:
    """Put the checksum in its place."""
    checksum = _checksum(path)
    with path.open("r+b") as file:
        file.seek(-LENGTH, 2)
        file.write(checksum)


def require_seal(path: Path) -> None:
    """Raise InvalidInput where any byte of a file is not what it was, or is not there."""
    size = path.stat().st_size
    if size > LENGTH:
        with path.open("rb") as file:
            file.seek(-LENGTH, 2)
            said = file.read()
        if said == _checksum(path):
            return
    raise InvalidInput(DAMAGED.format(file=path, why="its checksum is not that of what is in it"))


def _checksum(path: Path) -> bytes:
    left = path.stat().st_size - LENGTH
    checksum = hashlib.sha256()
    with path.open("rb") as file:
        while left > 0 and (part := file.read(min(left, _AT_ONCE))):
            checksum.update(part)
            left -= len(part)
    return checksum.hexdigest().encode()
