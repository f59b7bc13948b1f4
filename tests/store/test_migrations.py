"""From no database, or an old one, to this program's: all of it or nothing, once, whoever comes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from houses import Clock, InProcess, open_house
from planted_migrations import FAILING, GOOD, PLANTED, planted
from raw_sql import count, footprint, run_raw
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from traffic import Traffic

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.authentication import authenticate
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.errors import Unavailable
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings
from hoursmith_mcp.store.database import read_url
from hoursmith_mcp.store.diagnosis import diagnose
from hoursmith_mcp.store.migrations.versions.v0003_people import ENROL_WHO_WORKS
from hoursmith_mcp.store.opening import open_database
from hoursmith_mcp.store.revision import CURRENT_REVISION, REVISION
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.store.tables import Table
from hoursmith_mcp.store.upgrade import migration_config

pytestmark = pytest.mark.anyio

PATIENCE = 60  # Seconds until a process that hangs fails its test.


async def opened(database_url: str, clock: Clock) -> None:
    """Open a database, which upgrades it, and let go of it."""
    await (await open_database(database_url, clock)).close()


async def revisions(database_url: str) -> list[str]:
    return [
        row[0] for row in await run_raw(database_url, "SELECT version_num FROM alembic_version")
    ]


async def tables(database_url: str) -> list[str]:
    if database_url.startswith("sqlite"):
        found = "SELECT name FROM sqlite_master WHERE type = 'table'"
    else:
        found = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    return [row[0] for row in await run_raw(database_url, found)]


def folder_of(empty_sqlite_url: str) -> Path:
    return Path(empty_sqlite_url.partition("///")[2]).parent


def test_the_program_is_of_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(migration_config()).get_current_head() == REVISION


async def test_the_scripts_make_exactly_what_is_declared(database_url: str, clock: Clock) -> None:
    await opened(database_url, clock)

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Table.metadata))

    engine = create_async_engine(read_url(database_url), poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    # Alembic compares neither triggers nor the conditions of indexes; doctor does.
    assert await diagnose(database_url) == []


async def test_the_first_opening_makes_one_organisation_and_its_owner(
    database_url: str, clock: Clock
) -> None:
    for _ in range(2):
        await opened(database_url, clock)
        filled = {name: rows for name, rows in (await footprint(database_url)).items() if rows}
        assert filled == {"organization": 1, "member": 1, "event_counter": 1}
    assert await count(database_url, "member", "role = 'OWNER'") == 1


SECOND_OPENING = """
import asyncio, sys
from hoursmith_mcp.store.opening import open_database

async def main():
    await (await open_database(sys.argv[1], lambda: 1)).close()

asyncio.run(main())
print("alembic" in sys.modules)
"""


async def test_alembic_is_only_loaded_where_there_is_something_to_do(database_url: str) -> None:
    command = [sys.executable, "-c", SECOND_OPENING, database_url]
    printed = [
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout
        for _ in range(2)
    ]
    assert printed == ["True\n", "False\n"]


@pytest.mark.usefixtures("past_day")
async def test_an_upgrade_keeps_what_is_there(
    database_url: str, clock: Clock, tmp_path: Path
) -> None:
    before = await footprint(database_url)
    with planted(tmp_path, GOOD):
        await opened(database_url, clock)
        await opened(database_url, clock)
    assert await revisions(database_url) == [PLANTED]
    assert await count(database_url, "planted") == 1
    assert await footprint(database_url) == before


async def test_who_works_on_a_project_is_on_it_from_the_upgrade_on(
    house: tuple[Runtime, Caller], past_day: Traffic, database_url: str
) -> None:
    door, ids = InProcess(*house), past_day.ids
    web, me = ids["project"], ids["member"]
    shop = await door.call("create_project", client=ids["client"], name="Shop")
    await door.call("create_task", project="Shop", name="Late", assignees=[me])
    await run_raw(database_url, "DELETE FROM project_member", ENROL_WHO_WORKS)
    found = await run_raw(database_url, "SELECT project_id, member_id FROM project_member")
    assert sorted(one for one in found if one[1] == me) == sorted([(web, me), (shop["id"], me)])
    assert await diagnose(database_url) == []


async def test_a_copy_of_the_old_state_is_kept(
    past_sqlite_url: str, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = await footprint(past_sqlite_url)
    scripts = tmp_path_factory.mktemp("scripts")
    with planted(scripts, FAILING), pytest.raises(DBAPIError):
        await opened(past_sqlite_url, clock)
    await run_raw(past_sqlite_url, "UPDATE organization SET name = 'Changed since'")
    with planted(scripts, GOOD):
        await opened(past_sqlite_url, clock)
    kept = sorted(path.name for path in folder_of(past_sqlite_url).iterdir() if "copy" in path.name)
    assert kept == []
    copy = f"{past_sqlite_url}.before-{PLANTED}-was-{REVISION}"
    assert await revisions(copy) == [REVISION]
    assert await footprint(copy) == before
    assert await run_raw(copy, "SELECT name FROM organization") == [("Changed since",)]
    # It is a database like any other, and can take the place of the one that was upgraded.
    async with open_house(copy, clock=clock) as (runtime, caller):
        overview = runtime.catalogue.operations["overview"]
        await runtime.invoke(overview, caller, {})
    assert await diagnose(copy) == []


@pytest.mark.usefixtures("past_day")
async def test_a_migration_that_fails_leaves_the_old_state(
    database_url: str, clock: Clock, tmp_path: Path
) -> None:
    before = await footprint(database_url)
    with planted(tmp_path, FAILING), pytest.raises(DBAPIError):
        await opened(database_url, clock)
    assert await revisions(database_url) == [REVISION]
    assert "planted" not in await tables(database_url)
    assert await footprint(database_url) == before
    assert await diagnose(database_url) == []
    assert await count(database_url, "organization", "name = 'Upgraded'") == 0


DIES = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from planted_migrations import DYING, planted
from hoursmith_mcp.store.opening import open_database

with planted(Path(sys.argv[2]), DYING):
    asyncio.run(open_database(sys.argv[1], lambda: 1))
"""


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.ci)], indirect=True
)
@pytest.mark.usefixtures("past_day")
async def test_a_process_that_dies_within_a_migration_leaves_the_old_state(
    database_url: str, clock: Clock, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = await footprint(database_url)
    scripts = tmp_path_factory.mktemp("scripts")
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", DIES, database_url, str(scripts), here]
    assert subprocess.run(command, timeout=PATIENCE).returncode == -9
    assert await footprint(database_url) == before
    assert await revisions(database_url) == [REVISION]
    assert await diagnose(database_url) == []
    with planted(scripts, GOOD):
        await opened(database_url, clock)
    assert await revisions(database_url) == [PLANTED]


@pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.ci)],
    indirect=True,
)
async def test_a_first_start_that_fails_anywhere_is_as_if_it_had_not_been(
    database_url: str, clock: Clock
) -> None:
    for fatal in range(3, 1000, 9):
        with failing_at_statement(fatal) as fell:
            try:
                await opened(database_url, clock)
            except Planted:
                assert fell
                assert await tables(database_url) == []
            else:
                break
    else:
        raise AssertionError("a first start has no thousand statements")
    assert fatal > 40
    assert await diagnose(database_url) == []


class Planted(Exception):
    """A fault that is not the database's."""


@contextmanager
def failing_at_statement(number: int) -> Generator[list[str]]:
    """Let the statement of that number fail, counted from here on; yields it once it has."""
    fell: list[str] = []
    numbers = iter(range(1, 1_000_000))

    def count_down(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if next(numbers) == number:
            fell.append(statement)
            raise Planted

    event.listen(Engine, "before_cursor_execute", count_down)
    try:
        yield fell
    finally:
        event.remove(Engine, "before_cursor_execute", count_down)


@pytest.mark.usefixtures("past_day")
async def test_a_database_newer_than_the_program_is_left_alone(
    database_url: str, clock: Clock
) -> None:
    await run_raw(database_url, "UPDATE alembic_version SET version_num = '9999'")
    before = await footprint(database_url)
    runtime = Runtime(Settings(database_url=database_url), clock=clock)
    operation = runtime.catalogue.operations["create_client"]
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"9999.*install a newer Hoursmith"):
            await runtime.invoke(operation, runtime.local_caller("test"), {"name": "Late"})
    assert await footprint(database_url) == before


@pytest.mark.usefixtures("past_day")
async def test_a_process_older_than_the_schema_asks_to_be_restarted(
    house: tuple[Runtime, Caller], database_url: str
) -> None:
    runtime, caller = house
    await InProcess(runtime, caller).call("create_client", name="Before")
    before = await footprint(database_url)
    await run_raw(database_url, "UPDATE alembic_version SET version_num = '9999'")
    operations = runtime.catalogue.operations
    for name, given in (("create_client", {"name": "Late"}), ("overview", {})):
        with pytest.raises(Unavailable, match="Restart this program"):
            await runtime.invoke(operations[name], caller, given)
    with pytest.raises(Unavailable, match="Restart this program"):
        await issue_token(runtime, name="late")
    assert await footprint(database_url) == before
    await run_raw(database_url, f"UPDATE alembic_version SET version_num = '{REVISION}'")
    await runtime.invoke(operations["create_client"], caller, {"name": "In time"})


async def test_a_database_of_another_program_is_left_alone(database_url: str, clock: Clock) -> None:
    await run_raw(database_url, "CREATE TABLE bookmarks (id INTEGER)")
    with pytest.raises(Unavailable, match="another program's tables"):
        await opened(database_url, clock)
    assert await tables(database_url) == ["bookmarks"]
    if database_url.startswith("sqlite"):
        assert await run_raw(database_url, "PRAGMA journal_mode") == [("delete",)]


@pytest.mark.usefixtures("past_day")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activity SET door = 'another'",
        "DELETE FROM activity",
        "UPDATE event SET type = 'another'",
    ],
)
async def test_what_was_written_once_is_never_changed(database_url: str, statement: str) -> None:
    before = await footprint(database_url)
    with pytest.raises(DBAPIError, match="is refused: its rows are never changed"):
        await run_raw(database_url, statement)
    assert await footprint(database_url) == before


async def test_an_upgrade_waits_for_units_that_write(
    postgresql_url: str, clock: Clock, tmp_path: Path
) -> None:
    """A unit that has read the old revision is never overtaken by the upgrade."""
    async with open_house(postgresql_url, clock=clock) as (runtime, caller):
        database = await runtime.database()
        locked, finish = asyncio.Event(), asyncio.Event()

        async def unit(session: Session) -> str:
            await authenticate(session, caller, writing=True)
            locked.set()
            await finish.wait()
            found = await session.unscoped(select(CURRENT_REVISION))
            return str(found[0][0])

        writing = asyncio.create_task(database.write(unit))
        await locked.wait()
        with planted(tmp_path, GOOD):
            upgrading = asyncio.create_task(opened(postgresql_url, clock))
            waiting = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted"
            while (await run_raw(postgresql_url, waiting))[0][0] == 0:
                assert not upgrading.done()
            finish.set()
            assert await writing == REVISION
            await upgrading
    assert await revisions(postgresql_url) == [PLANTED]
