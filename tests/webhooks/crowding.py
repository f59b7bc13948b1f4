"""Endpoints for which very much is waiting."""

from __future__ import annotations

from sqlalchemy import text

from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.session import Session

# Tests, whose content is a sample: nothing has to have happened. One statement for both databases.
_CROWD = """
INSERT INTO delivery (id, organization_id, endpoint_id, type, sequence, state, attempts, tries,
    due_at, scheduled_at, created_at, finished_at)
WITH RECURSIVE numbers (number) AS (
    SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < :count
)
SELECT 'dl_' || :mark || number, organization_id, id, 'client.created', number, :state, 0, 0,
    CAST(:due AS BIGINT), CAST(:due AS BIGINT), CAST(:due AS BIGINT), NULL
FROM numbers CROSS JOIN webhook_endpoint WHERE id = :endpoint
"""


async def crowd(
    runtime: Runtime, endpoint_id: str, count: int, *, mark: str = "x", state: str = "pending"
) -> None:
    """Let many deliveries for an endpoint be due, all since the same moment."""
    values = {"endpoint": endpoint_id, "count": count, "mark": mark, "state": state}

    async def unit(session: Session) -> None:
        await session.unscoped(text(_CROWD).bindparams(**values, due=session.now_us))

    database = await runtime.database()
    await database.write(unit)

    async def count_them(session: Session) -> None:
        await session.unscoped(text("ANALYZE"))

    await database.write(count_them)
