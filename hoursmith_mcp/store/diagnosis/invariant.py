"""What an invariant is."""

from __future__ import annotations

from dataclasses import dataclass

BY_ANOTHER_PROGRAM = (
    "Another program wrote to the database: restore it from a backup, or correct the row by hand."
)


@dataclass(frozen=True)
class Invariant:
    """A query that answers one row per breach; its columns fill in the message."""

    code: str
    query: str
    message: str
    way_out: str = BY_ANOTHER_PROGRAM
