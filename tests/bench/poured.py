"""A house in a PostgreSQL database, poured there from the file that it was made in.

What would take an hour row by row is copied in a minute: nothing looks at single rows meanwhile,
neither triggers nor references, and indexes are made of what is there at the end.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Boolean
from volume import connect

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings
from hoursmith_mcp.store.tables import Table

_INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)"""


async def pour(house: Path, server: str) -> str:
    """Copy a house into a new database of a server, and return its URL."""
    name = f"bench_{uuid4().hex}"
    async with connected(server.format(database="postgres")) as driver:
        await driver.execute(f"CREATE DATABASE {name}")
    url = server.format(database=name)
    runtime = Runtime(Settings(database_url=program_url(url)))
    await runtime.database()  # makes the tables
    await runtime.close()
    async with connected(url) as driver:
        await _copy(house, driver)
    return url


async def token_for(url: str) -> str:
    """Return a token for the owner of a house."""
    runtime = Runtime(Settings(database_url=program_url(url)))
    try:
        return (await issue_token(runtime, name="bench")).token
    finally:
        await runtime.close()


def program_url(url: str) -> str:
    """Return a URL as the program takes it."""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Any]:
    """Open a database beside the program."""
    driver: Any = await importlib.import_module("asyncpg").connect(url)
    try:
        yield driver
    finally:
        await driver.close()


async def _copy(house: Path, driver: Any) -> None:
    tables = Table.metadata.sorted_tables
    await driver.execute("SET session_replication_role = replica")
    await driver.execute("SET maintenance_work_mem = '256MB'")
    await driver.execute(f"TRUNCATE {', '.join(table.name for table in tables)}")
    indexes = await driver.fetch(_INDEXES)
    for index in indexes:
        await driver.execute(f"DROP INDEX {index['indexname']}")
    with closing(connect(house)) as source:
        for table in tables:
            columns = [column.name for column in table.columns]
            await driver.copy_records_to_table(
                table.name, columns=columns, records=_rows(source, table), timeout=600
            )
    for index in indexes:
        await driver.execute(index["indexdef"], timeout=600)
    # What the server does by itself once that much has changed.
    await driver.execute("VACUUM ANALYZE", timeout=600)


def _rows(source: Any, table: Any) -> Iterator[tuple[Any, ...]]:
    columns = list(table.columns)
    yes_or_no = [place for place, one in enumerate(columns) if isinstance(one.type, Boolean)]
    names = ", ".join(f'"{column.name}"' for column in columns)
    for row in source.execute(f'SELECT {names} FROM "{table.name}"'):
        values = list(row)
        for place in yes_or_no:
            values[place] = None if values[place] is None else bool(values[place])
        yield tuple(values)
