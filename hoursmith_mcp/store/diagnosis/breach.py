"""Something that is not as it must be."""

from __future__ import annotations

from dataclasses import dataclass

MOST_OF_A_KIND = 20
"""How many breaches of one code are told."""

BY_BACKUP = "Restore the database from a backup; no tool changes what is issued."


@dataclass(frozen=True)
class Breach:
    """One thing that is wrong with a database: a stable code, what it is, what to do about it."""

    code: str
    message: str
    way_out: str
