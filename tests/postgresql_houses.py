"""Databases on a real PostgreSQL: empty ones, and ones that were founded."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import closing, contextmanager
from uuid import uuid4

import pytest
from founding_again import Founder
from houses import FRIDAY_MORNING_US, open_house
from postgresql_servers import postgresql, run_statements
from sqlalchemy import make_url


@pytest.fixture(scope="session")
def postgresql_server() -> Generator[str]:
    """Yield the URL of a real PostgreSQL, without a database name: the one named, or our own."""
    with postgresql() as url:
        yield url


@contextmanager
def postgresql_database(server: str, copied_url: str | None = None) -> Generator[str]:
    """Yield the URL of a new database on a server: an empty one, or a copy of another one."""
    name = f"test_{uuid4().hex}"
    template = f" TEMPLATE {make_url(copied_url).database}" if copied_url else ""
    run_statements(server, f"CREATE DATABASE {name}{template}")
    yield server.format(database=name)
    run_statements(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Generator[str]:
    """Yield the URL of a database of its own on the real PostgreSQL."""
    with postgresql_database(postgresql_server) as url:
        yield url


@pytest.fixture(scope="session")
def founded_postgresql(postgresql_server: str) -> Generator[str]:
    """Yield the URL of a PostgreSQL database that was founded on that Friday, to be copied."""

    async def migrate() -> None:
        async with open_house(url):
            return

    with postgresql_database(postgresql_server) as url:
        asyncio.run(migrate())
        with closing(Founder(url)) as founder:
            founder.found_again(FRIDAY_MORNING_US)
        yield url


@pytest.fixture(scope="session")
def postgresql_founder(postgresql_server: str, founded_postgresql: str) -> Generator[Founder]:
    """Yield what founds one PostgreSQL database again, for one test after another."""
    with (
        postgresql_database(postgresql_server, founded_postgresql) as url,
        closing(Founder(url)) as founder,
    ):
        yield founder


@pytest.fixture
def emptied_postgresql_url(postgresql_founder: Founder) -> str:
    """Return the URL of a PostgreSQL database that was emptied, and founded on that Friday."""
    postgresql_founder.found_again(FRIDAY_MORNING_US)
    return postgresql_founder.url


@pytest.fixture
def founded_postgresql_url(postgresql_server: str, founded_postgresql: str) -> Generator[str]:
    """Yield the URL of a PostgreSQL database of its own, founded on that Friday."""
    with postgresql_database(postgresql_server, founded_postgresql) as url:
        yield url
