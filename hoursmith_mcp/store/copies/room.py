"""No room for a copy: told with the name of the file that was to be made."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from hoursmith_mcp.errors import Unavailable
from hoursmith_mcp.store.faults import FULL, SILENT
from hoursmith_mcp.whole_files import NO_ROOM

SILENT_OVER = "The disk does not answer: {path} was not written."


@contextmanager
def telling_of(path: Path) -> Generator[None]:
    """Name a file where the disk does not take what SQLite writes; raises Unavailable.

    A file that may grow no larger is to SQLite a disk that fails.
    """
    try:
        yield
    except Unavailable as refusal:
        over = NO_ROOM if _is_bounded() else SILENT_OVER
        words = {FULL: NO_ROOM, SILENT: over}.get(refusal.message)
        if words is None:
            raise
        raise Unavailable(words.format(path=path)) from refusal


def _is_bounded() -> bool:
    """Say whether this process may make no file as large as it likes."""
    try:
        import resource
    except ImportError:  # Windows knows no such limits.
        return False
    return resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY
