"""What a database URL may say, and which SQLite is trusted with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.store.database import read_url
from hoursmith_mcp.store.sqlite_engines import BUSY_SECONDS, SqliteFile
from hoursmith_mcp.store.sqlite_library import JOURNAL_MODE, VERSION, is_sound


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:////data/hours.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///hours.db", "sqlite+aiosqlite"),
        ("postgresql://ada@db/hours", "postgresql+asyncpg"),
        ("postgresql+psycopg://ada@db/hours", "postgresql+asyncpg"),
    ],
)
def test_a_url_is_given_our_driver(url: str, driver: str) -> None:
    assert read_url(url).drivername == driver


@pytest.mark.parametrize(
    "url", ["", "hours.db", "sqlite://", "sqlite:///:memory:", "mysql://ada@db/hours", "://"]
)
def test_a_url_that_cannot_be_used_is_refused_with_the_way_out(url: str) -> None:
    with pytest.raises(InvalidInput, match="HOURSMITH_DATABASE_URL cannot be used: write sqlite"):
        read_url(url)


@pytest.mark.parametrize(
    ("url", "query"),
    [
        ("postgresql://ada@db/hours?sslmode=require", {"ssl": "require"}),
        ("postgresql://ada@db/hours?ssl=require", {"ssl": "require"}),
        ("postgresql://ada@/hours?host=/run/pg&port=5433", {"host": "/run/pg", "port": "5433"}),
    ],
)
def test_postgresql_is_told_in_the_words_of_its_driver(url: str, query: dict[str, str]) -> None:
    assert dict(read_url(url).query) == query


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("sqlite:////data/hours.db?mode=ro", "of sqlite it may say timeout."),
        (
            "postgresql://ada@db/hours?application_name=x",
            "of postgresql it may say host or port or ssl or sslmode or timeout.",
        ),
    ],
)
def test_what_nobody_would_heed_is_refused_and_what_is_known_named(url: str, known: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_url(url)
    assert refused.value.message.endswith(known)


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:////data/hours.db", SqliteFile(Path("/data/hours.db"), BUSY_SECONDS)),
        ("sqlite:////data/hours.db?timeout=2", SqliteFile(Path("/data/hours.db"), 2)),
        ("sqlite:////data/hours.db?timeout=long", SqliteFile(Path("/data/hours.db"), BUSY_SECONDS)),
    ],
)
def test_a_url_says_how_long_to_wait_for_others(url: str, file: SqliteFile) -> None:
    assert SqliteFile.of(read_url(url)) == file


@pytest.mark.parametrize(
    ("version", "sound"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 0), True),
    ],
)
def test_wal_is_for_versions_without_the_reset_race(version: tuple[int, ...], sound: bool) -> None:
    assert is_sound(version) is sound


def test_the_journal_mode_follows_the_version() -> None:
    assert (JOURNAL_MODE == "WAL") is is_sound(VERSION)
