"""Seeing which tables each unit of work wrote to that was kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

_WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)


@contextmanager
def watched() -> Generator[list[set[str]]]:
    """Yield the tables that units write to meanwhile, one set for each; units come one by one."""
    kept: list[set[str]] = []
    written: set[str] = set()

    def look(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        found = _WRITES.match(statement)
        if found and cursor.rowcount:
            written.add(found[1].lower())

    def keep(_connection: Any) -> None:
        if written:
            kept.append(set(written))
        written.clear()

    def forget(_connection: Any) -> None:
        written.clear()

    listeners: dict[str, Callable[..., None]] = {
        "after_cursor_execute": look,
        "commit": keep,
        "rollback": forget,
    }
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    try:
        yield kept
    finally:
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)
