"""Files that are whole or not there: written under another name, and given their own at the end."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from hoursmith_mcp.errors import Conflict, InvalidInput, Unavailable

# A quota and a limit on sizes are to a program what a disk without room is.
FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
NO_ROOM = "The disk is full: {path} was not written. Make room and try again."
BESIDE = ("", "-journal", "-wal", "-shm")
"""What SQLite keeps beside a file, by the ends of their names, and the file itself."""
LONGEST = 50
"""How many characters of a name a partial one repeats; four bytes each leave room for the rest."""


@contextmanager
def whole_file(path: Path) -> Generator[Path]:
    """Yield where to write a file; it gets its name, on the disk, when all of it is written.

    It is its owner's alone, and there already, empty. Raises Conflict where there is a file of that
    name, Unavailable where it cannot be written; whatever is raised, nothing is left.
    """
    refuse_existing(path)
    with written(path):
        partial = make_partial(path)
    try:
        yield partial
        with written(path):
            put_on_disk(partial)
            give_name(partial, path)
            put_on_disk(path.absolute().parent)
    finally:
        forget(partial)


@contextmanager
def replaced_file(path: Path) -> Generator[BinaryIO]:
    """Yield a file that takes the place of what is there, on the disk, when all of it is written.

    Whoever may read what was there may read it; a new one is its owner's alone. Raises InvalidInput
    where the place is none for a file, Unavailable where it cannot be written; whatever is raised,
    what was there before stays as it was.
    """
    target = path.resolve()  # Through a link it is the file itself that is written.
    if target.exists() and not target.is_file():
        raise InvalidInput(f"{path} is no file: name one that is, or is not there yet.")
    with written(path):
        partial = make_partial(target)
    try:
        with written(path):
            with partial.open("wb") as file:
                yield file
            if target.exists():
                shutil.copymode(target, partial)
            put_on_disk(partial)
            partial.replace(target)
            put_on_disk(target.parent)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def written(path: Path) -> Generator[None]:
    """Tell in our own words why a file cannot be written: raises Unavailable."""
    try:
        yield
    except (ConnectionError, TimeoutError):  # Where what is written comes from is away.
        raise
    except OSError as error:
        if error.errno in FULL:
            words = NO_ROOM.format(path=path)
        else:
            words = f"{path} cannot be written: see that its folder is there, and is yours."
        raise Unavailable(words) from error


def make_partial(path: Path) -> Path:
    """Make an empty file beside another one, for its owner alone; raises OSError.

    Its name is nobody else's: in two containers each program is process 1, and a folder may be
    shared by machines.
    """
    prefix = f"{path.name[:LONGEST]}.partial-"
    descriptor, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=prefix)
    os.close(descriptor)
    return Path(name)


def refuse_existing(path: Path) -> None:
    """Raise Conflict where there is a file already: what it holds may be all that somebody has."""
    if path.exists() or path.is_symlink():
        raise Conflict(f"There is a {path} already: choose another name, or move it away.")


def put_on_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would outlive a power cut."""
    if path.is_dir() and os.name != "posix":  # Elsewhere a folder is no file.
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def forget(path: Path) -> None:
    """Remove a database file and what lies beside it, as far as they are there."""
    for end in BESIDE:
        with suppress(OSError):
            path.with_name(path.name + end).unlink()


def give_name(partial: Path, path: Path) -> None:
    """Give a file its name; raises Conflict where another has it."""
    try:
        os.link(partial, path)  # Never over another one, not even one that just came.
    except FileExistsError:
        refuse_existing(path)
    except OSError:  # A file system without links.
        refuse_existing(path)
        partial.replace(path)
