"""Something that is not as it must be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Breach:
    """One thing that is wrong with a database: a stable code, what it is, what to do about it."""

    code: str
    message: str
    way_out: str
