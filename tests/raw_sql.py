"""SQL run past the program, as another program or a slip of the hand would."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from hoursmith_mcp.store.database import read_url
from hoursmith_mcp.store.tables import Table


async def run_raw(database_url: str, *statements: str, checked: bool = True) -> list[Any]:
    """Run statements in one transaction and return the rows of the last.

    Unless `checked`, PostgreSQL looks at no reference and fires no trigger either; SQLite never
    looks at references here.
    """
    url = read_url(database_url)
    engine = create_async_engine(url, poolclass=NullPool)
    rows: list[Any] = []
    try:
        async with engine.begin() as connection:
            if not checked and url.get_backend_name() == "postgresql":
                await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for statement in statements:
                result = await connection.exec_driver_sql(statement)
                rows = list(result.all()) if result.returns_rows else []
    finally:
        await engine.dispose()
    return rows


async def count(database_url: str, table: str, where: str = "true") -> int:
    """Count rows."""
    return int((await run_raw(database_url, f"SELECT COUNT(*) FROM {table} WHERE {where}"))[0][0])


def copied(table: str, row_id: str, **changes: str | int | None) -> str:
    """Return the statement that copies a row, with some of its columns changed."""
    columns = [column.name for column in Table.metadata.tables[table].columns]
    values = [_literal(changes[one]) if one in changes else f'"{one}"' for one in columns]
    names = ", ".join(f'"{one}"' for one in columns)
    return (
        f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} "
        f"WHERE id = {_literal(row_id)}"
    )


def _literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) else str(value)


async def footprint(database_url: str) -> dict[str, int]:
    """Count the rows of every table."""
    return {name: await count(database_url, name) for name in Table.metadata.tables}
