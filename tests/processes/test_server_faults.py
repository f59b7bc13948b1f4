"""What surrounds a server fails: it says so in our own words, lives on, and works again after."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from databases_away import held, wire_to
from houses import InProcess, open_house
from serving import FULL_WHILE_THERE_IS, HELD_TO_RIGHTS, SERVE, ServerProcess, served
from sqlalchemy import make_url

from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio
posix = pytest.mark.skipif(sys.platform == "win32", reason="rights and limits as POSIX has them")

LONG_NOTE = "long " * 350


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder for a database and nothing else."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def url_of(path: Path, busy_seconds: int = 1) -> str:
    return f"sqlite+aiosqlite:///{path.as_posix()}?timeout={busy_seconds}"


async def founded(path: Path) -> str:
    """Make a house with a project in it, close it, and return the database's URL."""
    async with open_house(url_of(path)) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Website")
    return url_of(path)


async def log(server: ServerProcess, note: str = "") -> None:
    """Log time, which must work."""
    await server.call("log_time", project="Website", duration="1s", note=note)


async def is_refused(server: ServerProcess, sentence: str, note: str = "refused") -> None:
    """Log time, which must be refused in these words."""
    error = await server.refusal("log_time", project="Website", duration="1s", note=note)
    assert error["code"] == "unavailable"
    assert sentence in error["message"]


async def works_again(server: ServerProcess, database_url: str, logged: int) -> None:
    """Log once more; then all that was logged is there, and nothing that was refused."""
    await log(server, "afterwards")
    page = await server.call("list_time_entries", limit=100, search="refused")
    assert page["time_entries"] == []
    page = await server.call("list_time_entries", period="this week", limit=1)
    assert page["total_entries"] == logged + 1
    assert await diagnose(database_url) == []


# Files and folders.


@contextmanager
def only_readable(*paths: Path) -> Generator[None]:
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        yield
    finally:
        # SQLite makes the files beside a database with the database's own rights.
        beside = [one for path in paths for one in path.parent.glob("*.db-*")]
        for path in (*paths, *beside):
            path.chmod(path.stat().st_mode | 0o200)


@posix
async def test_a_file_that_is_read_only(home: Path, tmp_path: Path) -> None:
    database_url = await founded(home / "hoursmith.db")
    async with served(database_url, tmp_path, command=("-c", HELD_TO_RIGHTS)) as server:
        with only_readable(home / "hoursmith.db", home):
            await is_refused(server, "read-only")
        await log(server)
    async with served(database_url, tmp_path, command=("-c", HELD_TO_RIGHTS)) as server:
        with only_readable(home / "hoursmith.db"):
            await is_refused(server, "read-only")
            assert (await server.call("overview"))["missing"] is not None
        await works_again(server, database_url, 1)


@posix
async def test_a_folder_that_nothing_can_be_made_in(home: Path, tmp_path: Path) -> None:
    database_url = url_of(home / "new" / "hoursmith.db")
    async with served(database_url, tmp_path, command=("-c", HELD_TO_RIGHTS)) as server:
        with only_readable(home):
            await is_refused(server, "folder cannot be made")
        (home / "new").mkdir()
        with only_readable(home / "new"):
            await is_refused(server, "cannot be opened: check the folder")
        assert await server.call("overview")


@pytest.mark.ci
async def test_a_folder_that_is_not_there_is_made(home: Path, tmp_path: Path) -> None:
    async with served(url_of(home / "a" / "b" / "hours.db"), tmp_path) as server:
        assert await server.call("overview")


@pytest.mark.ci
async def test_a_folder_that_is_a_file(home: Path, tmp_path: Path) -> None:
    (home / "folder").write_text("no folder")
    async with served(url_of(home / "folder" / "hours.db"), tmp_path) as server:
        await is_refused(server, "folder cannot be made")
        (home / "folder").unlink()
        assert await server.call("overview")


async def test_a_file_that_is_no_database(home: Path, tmp_path: Path) -> None:
    path = home / "hoursmith.db"
    path.write_text("This is a letter, and no database.\n" * 100)
    before = path.read_bytes()
    async with served(url_of(path), tmp_path) as server:
        await is_refused(server, "is no database of ours")
        assert path.read_bytes() == before
        path.unlink()
        assert await server.call("overview")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps open files where they are")
async def test_a_file_that_is_taken_away_under_a_running_server(home: Path, tmp_path: Path) -> None:
    path = home / "hoursmith.db"
    database_url = await founded(path)
    async with served(database_url, tmp_path) as server:
        await log(server)
        path.rename(home / "moved")
        await is_refused(server, "cannot be opened")
        assert "cannot be opened" in (await server.refusal("overview"))["message"]
        (home / "moved").rename(path)
        await works_again(server, database_url, 1)


async def test_a_file_that_another_program_holds(home: Path, tmp_path: Path) -> None:
    path = home / "hoursmith.db"
    database_url = await founded(path)
    async with served(database_url, tmp_path) as server:
        await log(server)
        async with held(path):
            await is_refused(server, "another program holds it")
            assert await server.call("overview"), "reading goes on"
        await works_again(server, database_url, 1)


# A disk that is full, and one that fails.


async def fill(server: ServerProcess, sentence: str) -> int:
    """Log much and many at once, until there is no room; return how much there was room for."""

    async def has_room(number: int) -> bool:
        arguments = {"project": "Website", "duration": "1s", "note": f"{number} {LONG_NOTE}"}
        result = await server.ask("tools/call", {"name": "log_time", "arguments": arguments})
        assert not result["isError"] or sentence in result["content"][0]["text"]
        return not result["isError"]

    logged = sum(await asyncio.gather(*(has_room(number) for number in range(40))))
    assert logged < 40, "there was room for all of it"
    return logged


async def test_a_disk_that_is_full(home: Path, tmp_path: Path) -> None:
    database_url = await founded(home / "hoursmith.db")
    sign = tmp_path / "full"
    command = ("-c", FULL_WHILE_THERE_IS + SERVE, str(sign))
    async with served(database_url, tmp_path, command=command) as server:
        await log(server)
        sign.touch()
        logged = await fill(server, "The disk is full; nothing was stored.")
        assert await server.call("overview"), "reading goes on"
        sign.unlink()
        await works_again(server, database_url, 1 + logged)


@posix
@pytest.mark.ci
async def test_a_disk_that_fails(home: Path, tmp_path: Path) -> None:
    import resource

    database_url = await founded(home / "hoursmith.db")
    async with served(database_url, tmp_path) as server:
        await log(server)
        size = (home / "hoursmith.db-wal").stat().st_size + 50_000
        _, most = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, most))
        logged = await fill(server, "The disk does not answer; nothing was stored.")
        assert await server.call("overview"), "reading goes on"
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (most, most))
        await works_again(server, database_url, 1 + logged)


# A PostgreSQL that cannot be reached.


async def test_a_postgresql_that_cannot_be_reached(postgresql_url: str, tmp_path: Path) -> None:
    async with open_house(postgresql_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Website")
    async with wire_to(postgresql_url) as wire:
        await wire.mend()
        await wire.cut()
        async with served(wire.url, tmp_path, token=caller.token) as server:
            await is_refused(server, "The database does not answer")
            await wire.mend()
            await log(server)
            await wire.cut()
            for _ in range(3):
                await is_refused(server, "The database does not answer")
            await wire.mend()
            await works_again(server, postgresql_url, 1)


@pytest.mark.ci
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"database": "no_such_database"}, "There is no database of that name"),
        ({"username": "nobody_we_know"}, "The database does not let us in"),
    ],
    ids=["name", "user"],
)
async def test_a_postgresql_that_refuses(
    postgresql_url: str, tmp_path: Path, wrong: dict[str, str], sentence: str
) -> None:
    url = make_url(postgresql_url).set(**wrong).render_as_string(hide_password=False)  # type: ignore[arg-type]
    async with served(url, tmp_path) as server:
        await is_refused(server, sentence)


# A fault of ours.

BREAKS_AFTER_WRITING = """
from hoursmith_mcp.store.queries.time_entries import TimeEntries

async def add(self, **values):
    await real(self, **values)
    raise ZeroDivisionError("the internals of /some/where")

real, TimeEntries.add = TimeEntries.add, add
"""


async def test_a_fault_of_ours_shows_no_internals(database_url: str, tmp_path: Path) -> None:
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Website")
    command = ("-c", BREAKS_AFTER_WRITING + SERVE)
    async with served(database_url, tmp_path, token=caller.token, command=command) as server:
        error = await server.refusal("log_time", project="Website", duration="1h")
        assert error["code"] == "internal"
        found = re.fullmatch(
            "log_time failed through a fault of ours; nothing was stored. "
            r"Its id in the log is ([0-9a-f]{12})\.",
            error["message"],
        )
        assert found is not None
        page = await server.call("list_time_entries", period="today")
        assert page["total_entries"] == 0
        await server.call("create_client", name="Borg")
        log_text = server.errors.read_text()
    assert found[1] in log_text
    assert "Traceback" in log_text
    assert "ZeroDivisionError: the internals of /some/where" in log_text
    assert await diagnose(database_url) == []
