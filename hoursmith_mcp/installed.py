"""Whether the program on the disk is still the one that runs.

Many of its parts are loaded when they are first needed. Where it was upgraded meanwhile, those
would be of the newer one, and the two were never tried together.
"""

from __future__ import annotations

import os

import hoursmith_mcp
from hoursmith_mcp.errors import Unavailable


def _on_disk() -> tuple[int, int] | None:
    try:
        found = os.stat(hoursmith_mcp.__file__)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


_AT_START = _on_disk()


def refuse_replaced() -> None:
    """Raise Unavailable where the program was replaced since it was started."""
    if _on_disk() != _AT_START:
        raise Unavailable(
            "Hoursmith was upgraded while this program was running; nothing was stored. Restart "
            "this program."
        )
