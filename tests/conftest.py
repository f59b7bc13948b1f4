"""Real parts for the tests: databases of both kinds, houses in them, doors into those."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from houses import (
    FRIDAY_MORNING_US,
    IN_MEMORY,
    Clock,
    Door,
    daily,
    open_door,
    open_house,
)
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types
from lived_in import bill
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime

# How long something takes says more of the machine than of us: that is measured elsewhere.
settings.register_profile(
    "however slowly", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("however slowly")

pytest_plugins = ("postgresql_houses", "past_days")


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


@pytest.fixture(scope="session")
def billed_archive(tmp_path_factory: pytest.TempPathFactory, billed_file: Path) -> Path:
    """Return the archive of such a house."""
    from copying import EPOCH

    from hoursmith_mcp.store.copies.exporting import export_archive

    path = tmp_path_factory.mktemp("archive") / "house.zip"
    export_archive(url_of(billed_file), "", path, EPOCH)
    return path


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

    A test that asks for a house gets it founded already, because each kind is migrated once; one
    that asks for a past day gets it lived in. A PostgreSQL that it has by its URL as well, and may
    do anything to, is its own.
    """
    kind: str = request.param
    if "past_day" in request.fixturenames:
        fixture = f"past_{kind}_url"
    elif "house" not in request.fixturenames:
        fixture = {"sqlite": "empty_sqlite_url", "postgresql": "postgresql_url"}[kind]
    elif kind == "sqlite":
        fixture = "sqlite_url"
    elif "database_url" in inspect.signature(request.function).parameters:
        fixture = "founded_postgresql_url"
    else:
        fixture = "emptied_postgresql_url"
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
def pytest_configure() -> None:
    """Heed signals: where a shell runs this in its background, or `nohup` does, what tests start
    would not.

    And let Python keep what it compiled: the programs that tests start would do it all anew.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    hangup = getattr(signal, "SIGHUP", None)  # Windows has none.
    if hangup is not None and signal.getsignal(hangup) == signal.SIG_IGN:
        signal.signal(hangup, signal.SIG_DFL)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave wires to one kind of database: what is behind a server is no matter to them.

    Every day PostgreSQL is behind the door without a protocol only, in `ci` behind others, too.
    Over HTTP and stdio, and over anything before PostgreSQL, a test takes one era in `ci`, and the
    other when it runs `long`.
    """
    items[:] = [
        one for one in items if not _is_doubled(_parameters(one)) and not _is_other_over_rest(one)
    ]
    for one in items:
        parameters = _parameters(one)
        behind = parameters.get("database_url") == "postgresql"
        if behind and parameters.get("door", EVERY_DAY) != EVERY_DAY:
            one.add_marker(pytest.mark.ci)
        wires = (*REAL_WIRES, "mcp") if behind else REAL_WIRES
        if _is_of_the_other_era(one, parameters.get("door", EVERY_DAY), wires):
            one.add_marker(pytest.mark.long)


def _is_other_over_rest(item: pytest.Item) -> bool:
    """Say whether REST differs by its conventions; tests/adapters/rest has tests of those."""
    is_other = item.get_closest_marker("not_over_rest") is not None
    return is_other and _parameters(item).get("door") == "rest"


def _is_doubled(parameters: Mapping[str, str]) -> bool:
    door = parameters.get("door", IN_MEMORY[0])
    return door not in IN_MEMORY and parameters.get("database_url") == "postgresql"


def _is_of_the_other_era(item: pytest.Item, door: str, wires: Sequence[str]) -> bool:
    """Say whether a test goes over one of these in the era that it is not for: half of each."""
    wire, _, era = door.partition("-")
    without_door = item.nodeid.replace(door, wire)
    return wire in wires and crc32(without_door.encode()) % 2 == (era == "2025")


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
