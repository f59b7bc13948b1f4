"""What of a project's time is charged for."""

from __future__ import annotations

SECONDS_PER_DAY = 24 * 3_600


def is_billable(asked: bool | None, *, rate_type: str, task_billable: bool | None) -> bool:
    """Say whether an entry is billable: its own flag wins, then its task's, then its project's."""
    if asked is not None:
        return asked
    if task_billable is not None:
        return task_billable
    return rate_type != "NON_BILLABLE"
