"""Which SQLite this process runs on.

SQLite before 3.51.3 can corrupt a WAL database that several connections write and checkpoint
(the WAL-reset race; 3.44.6 and 3.50.7 have the fix too). Where Python brings such a version,
`pysqlite3` is put in its place; where that cannot be had, the journal stays out of WAL mode.
"""

from __future__ import annotations

import importlib
import sqlite3
import sys

FIXED_IN = (3, 51, 3)
FIXED_BRANCHES: dict[tuple[int, ...], int] = {(3, 44): 6, (3, 50): 7}


def is_sound(version: tuple[int, ...]) -> bool:
    """Say whether WAL mode with several connections is safe on this version of SQLite."""
    patch = FIXED_BRANCHES.get(version[:2])
    return version >= FIXED_IN or (patch is not None and version[2] >= patch)


def _replace_unsound_library() -> tuple[int, ...]:
    if is_sound(sqlite3.sqlite_version_info):
        return sqlite3.sqlite_version_info
    try:
        replacement = importlib.import_module("pysqlite3")
        dbapi2 = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return sqlite3.sqlite_version_info
    version: tuple[int, ...] = dbapi2.sqlite_version_info
    if version <= sqlite3.sqlite_version_info:
        return sqlite3.sqlite_version_info
    sys.modules["sqlite3"] = replacement
    sys.modules["sqlite3.dbapi2"] = dbapi2
    return version


VERSION = _replace_unsound_library()
JOURNAL_MODE = "WAL" if is_sound(VERSION) else "DELETE"
