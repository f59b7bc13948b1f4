"""Rows that contradict each other, planted past every rule, for the doctor to find."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from raw_sql import run_raw
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from hoursmith_mcp.store.database import read_url
from hoursmith_mcp.store.diagnosis.invariants import broken_invariants


async def assert_each_is_found(
    database_url: str, planted: Mapping[str, tuple[str, AbstractSet[str]]]
) -> None:
    """Run each statement by itself and take it back; the doctor names its codes, and no others."""
    if database_url.startswith("sqlite"):  # What is planted is what the rules would refuse.
        names = await run_raw(database_url, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
        await run_raw(database_url, *(f"DROP TRIGGER {name}" for (name,) in names))
    engine = create_async_engine(read_url(database_url), poolclass=NullPool)
    try:
        found = {what: await _codes_after(engine, sql) for what, (sql, _) in planted.items()}
    finally:
        await engine.dispose()
    assert found == {what: wanted for what, (_, wanted) in planted.items()}


async def _codes_after(engine: AsyncEngine, statement: str) -> set[str]:
    async with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        changed = await connection.exec_driver_sql(statement)
        assert changed.rowcount, statement
        breaches = await connection.run_sync(broken_invariants)
        await connection.rollback()
    assert all(one.way_out for one in breaches)
    return {one.code for one in breaches}
