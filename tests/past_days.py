"""Houses in which a day has passed: it is lived once on each kind of database, and copied."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from houses import FRIDAY_MORNING_US, Clock, open_house
from postgresql_houses import postgresql_database
from traffic import Traffic, run_a_day


@dataclass(frozen=True)
class Past:
    """A database to be copied, and what was called in its house."""

    url: str
    day: Traffic


async def _live(url: str) -> Past:
    clock = Clock(FRIDAY_MORNING_US)
    async with open_house(url, clock=clock) as house:
        return Past(url, await run_a_day(*house, clock))


@pytest.fixture(scope="session")
def sqlite_past(tmp_path_factory: pytest.TempPathFactory, founded_file: Path) -> Past:
    """Return a SQLite file in which a day has passed."""
    file = tmp_path_factory.mktemp("past") / "hoursmith.db"
    shutil.copy(founded_file, file)
    return asyncio.run(_live(f"sqlite+aiosqlite:///{file.as_posix()}"))


@pytest.fixture(scope="session")
def postgresql_past(postgresql_server: str, founded_postgresql: str) -> Generator[Past]:
    """Yield a PostgreSQL database in which a day has passed."""
    with postgresql_database(postgresql_server, founded_postgresql) as url:
        yield asyncio.run(_live(url))


@pytest.fixture
def past_sqlite_url(sqlite_past: Past, empty_sqlite_url: str) -> str:
    """Return the URL of a SQLite file of its own, in which a day has passed."""
    shutil.copy(sqlite_past.url.partition("///")[2], empty_sqlite_url.partition("///")[2])
    return empty_sqlite_url


@pytest.fixture
def past_postgresql_url(postgresql_server: str, postgresql_past: Past) -> Generator[str]:
    """Yield the URL of a PostgreSQL database of its own, in which a day has passed."""
    with postgresql_database(postgresql_server, postgresql_past.url) as url:
        yield url


@pytest.fixture
def past_day(request: pytest.FixtureRequest, database_url: str, clock: Clock) -> Traffic:
    """Return the day that has passed in the house, after which it is now."""
    kind = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    past: Past = request.getfixturevalue(f"{kind}_past")
    day = past.day
    clock.now_us = day.clock.now_us
    return replace(day, called={*day.called}, answers=[*day.answers], ids={**day.ids})
