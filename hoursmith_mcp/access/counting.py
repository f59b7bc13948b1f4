"""How often callers asked: written and read in passing, so that no call waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hoursmith_mcp.store.database import Database
    from hoursmith_mcp.store.session import Session

Counted = tuple[str, int, int, str, int]
"""Whose window it is, its seconds, its end in microseconds UTC, its organisation, and how often."""


async def share(database: Database, process_id: str, counted: Sequence[Counted]) -> list[int]:
    """Write what a process counted; return how many all others did, in the same order."""
    from hoursmith_mcp.store.queries.request_counts import Count, share_counts

    async def unit(session: Session) -> list[int]:
        return await share_counts(session, process_id, [Count(*one) for one in counted])

    return await database.write_in_passing(unit)


async def forget(database: Database, *, before_us: int) -> None:
    """Delete what was counted in windows that are over."""
    from hoursmith_mcp.store.queries.request_counts import forget_counts

    async def unit(session: Session) -> None:
        await forget_counts(session, before_us=before_us)

    await database.write_in_passing(unit)
