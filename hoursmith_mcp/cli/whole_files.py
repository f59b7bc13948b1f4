"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from hoursmith_mcp.errors import InvalidInput, Unavailable


@contextmanager
def whole_file(path: Path) -> Generator[BinaryIO]:
    """Yield a file beside the one that is wanted; at the end it takes its place, safe on the disk.

    Whatever interrupts that leaves what was there before. Raises InvalidInput where the place is
    none for a file, and Unavailable where the disk cannot be written to.
    """
    # Through a link it is the file itself that is written.
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise InvalidInput(f"{path} is no file: name one that is, or is not there yet.")
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unavailable(
            f"{path} could not be written: {reason}. Nothing of it was kept."
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
