"""Many time entries changed at once, and what became of each."""

from __future__ import annotations

from typing import Literal

from hoursmith_mcp.schemas.base import Public

Outcome = Literal["updated", "unchanged", "deleted", "locked", "not_permitted", "not_found"]


class EditedTimeEntry(Public):
    """What became of one entry."""

    id: str
    outcome: Outcome


class TimeEntriesEdited(Public):
    """How many entries were changed, and what became of each, in the order in which they came."""

    changed: int
    skipped: int
    results: list[EditedTimeEntry]
