"""Copies that real processes take: under load, killed, without room, on terminals, of much."""

from __future__ import annotations

import asyncio
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from conftest import url_of
from copying import EPOCH, command, contents, copying, ended, files
from houses import SECRET_KEY, InProcess, open_house
from serving import PATIENCE, ServerProcess, environment, served

from hoursmith_mcp.schemas.exports import FORMATS
from hoursmith_mcp.store.copies.backing_up import back_up
from hoursmith_mcp.store.copies.exporting import export_archive
from hoursmith_mcp.store.copies.restoring import import_archive, restore
from hoursmith_mcp.store.diagnosis import diagnose
from hoursmith_mcp.webhooks.sealing import LOST

pytestmark = [pytest.mark.anyio, pytest.mark.ci]


# What the secrets of webhooks in the house were encrypted with.
KEY = {"HOURSMITH_SECRET_KEY": SECRET_KEY}


def fill(file: Path, entries: int) -> str:
    """Put many entries of a minute each into a house, beside those that it has; returns its URL."""
    columns = (
        "organization_id, member_id, project_id, task_id, duration_seconds, billable, tags, "
        "started_at, stopped_at, line_id, version, created_at, updated_at, deleted_at"
    )
    with sqlite3.connect(file) as connection:
        connection.execute(
            f"INSERT INTO time_entry ({columns}, id, entry_date, note) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            f"SELECT {columns.replace('duration_seconds', '60')}, printf('te_%026d', i), "
            "date('1990-01-01', '+' || (i / 1000) || ' days'), hex(randomblob(40)) FROM n, "
            "(SELECT * FROM time_entry WHERE line_id IS NULL AND deleted_at IS NULL LIMIT 1)",
            [entries],
        )
    connection.close()
    return url_of(file)


@pytest.fixture
def large_url(billed_file: Path, tmp_path: Path) -> str:
    """Return the URL of a house with some thousands of entries, in a folder of its own."""
    (tmp_path / "house").mkdir()
    shutil.copy(billed_file, tmp_path / "house" / "hoursmith.db")
    return fill(tmp_path / "house" / "hoursmith.db", 5_000)


# Under load.


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_copies_taken_under_load_are_whole_and_restored(
    database_url: str, postgresql_url: str, tmp_path: Path
) -> None:
    """What was acknowledged before a copy was begun is in it, and all of it fits together."""
    backup, archive = tmp_path / "backup.db", tmp_path / "house.zip"
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR", default_rate="90")
        await door.call("create_project", client="Acme", name="Website")
    async with (
        served(database_url, tmp_path, token=caller.token) as one,
        served(database_url, tmp_path, token=caller.token) as other,
    ):
        load = Load()
        writing = [asyncio.create_task(load.write(server)) for server in (one, other)]
        before_backup = await load.acknowledged_more()
        await _done(command(database_url, "backup", str(backup)))
        before_archive = await load.acknowledged_more()
        await _done(command(database_url, "export-archive", str(archive)))
        after = await load.acknowledged_more()
        load.is_over = True
        await asyncio.gather(*writing)
    assert before_backup < before_archive < after, "others went on writing"
    restored, imported = url_of(tmp_path / "restored.db"), url_of(tmp_path / "imported.db")
    await copying(restore, restored, backup, EPOCH)
    manifest, _ = await copying(import_archive, imported, archive, EPOCH)
    assert before_backup <= _entries(tmp_path / "restored.db")
    assert before_archive <= _entries(tmp_path / "imported.db")
    assert await contents(restored) == await contents(url_of(backup))
    assert await contents(imported) == {manifest.organization.id: manifest.content_sha256}
    assert await diagnose(restored) == await diagnose(imported) == []
    if database_url.startswith("sqlite"):
        await copying(restore, postgresql_url, backup, EPOCH)
        assert await contents(postgresql_url) == await contents(restored)
        assert await diagnose(postgresql_url) == []


@dataclass
class Load:
    """Callers that log time without a pause."""

    is_over: bool = False
    acknowledged: set[str] = field(default_factory=set[str])

    async def write(self, server: ServerProcess) -> None:
        """Log time until it is over, another note each time: equal calls would be repeats."""
        for number in count():
            if self.is_over:
                return
            note = f"{server.process.pid} {number}"
            entry = await server.call("log_time", project="Website", duration="1s", note=note)
            self.acknowledged.add(entry["id"])

    async def acknowledged_more(self) -> set[str]:
        """Wait until some more were acknowledged, and return all that were."""
        enough = len(self.acknowledged) + 10
        async with asyncio.timeout(PATIENCE):
            while len(self.acknowledged) < enough:
                await asyncio.sleep(0.01)
        return set(self.acknowledged)


async def _done(process: subprocess.Popen[str]) -> str:
    """Wait for a command that must do it, without a word on stderr; returns what it printed."""
    status, printed, told = await copying(ended, process)
    assert (status, told) == (0, "")
    return printed


def _entries(file: Path) -> set[str]:
    with sqlite3.connect(file) as connection:
        found = {str(row[0]) for row in connection.execute("SELECT id FROM time_entry")}
    connection.close()
    return found


# Killed.

DIES = """
import os, signal
from sqlalchemy import Engine, event

left = [{statements}]

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.{how})

"""
POINTS = {"backup": (1, 40), "export-archive": (20, 50), "import-archive": (100, 320, 380)}
POINTS["restore"] = (2, 60)


@pytest.mark.parametrize("words", POINTS)
async def test_who_is_killed_half_way_has_left_nothing_that_looks_whole(
    large_url: str, tmp_path: Path, words: str
) -> None:
    """The points are counted in statements, from the first one on."""
    made = {"backup": tmp_path / "backup.db", "export-archive": tmp_path / "house.zip"}
    await copying(back_up, large_url, tmp_path / "copy.db")
    await copying(export_archive, large_url, "", tmp_path / "copy.zip", EPOCH)
    given = {"restore": tmp_path / "copy.db", "import-archive": tmp_path / "copy.zip"}
    target = tmp_path / "target" / "hoursmith.db"
    for point in POINTS[words]:
        url = large_url if words in made else url_of(target)
        path = {**made, **given}[words]
        killed = command(url, words, str(path), before=DIES.format(statements=point, how="SIGKILL"))
        assert (await copying(ended, killed))[0] == -signal.SIGKILL, point
        assert not (words in made and made[words].exists())
        assert not target.exists()
    url = large_url if words in made else url_of(target)
    await _done(command(url, words, str({**made, **given}[words]), **KEY))
    if words in given:
        assert await contents(url_of(target)) == await contents(large_url)


async def test_who_is_told_to_end_half_way_leaves_nothing_at_all(
    large_url: str, tmp_path: Path
) -> None:
    await copying(back_up, large_url, tmp_path / "copy.db")
    before = files(tmp_path)
    for words, how, point in (("backup", "SIGHUP", 40), ("restore", "SIGTERM", 60)):
        path = tmp_path / ("made.db" if words == "backup" else "copy.db")
        url = large_url if words == "backup" else url_of(tmp_path / "target.db")
        stopped = command(url, words, str(path), before=DIES.format(statements=point, how=how))
        assert (await copying(ended, stopped))[0] == -signal.Signals[how]
        assert files(tmp_path) == before


@pytest.mark.parametrize("point", [30, 420])
async def test_a_postgresql_stays_empty_where_the_filling_is_killed(
    large_url: str, postgresql_url: str, tmp_path: Path, point: int
) -> None:
    await copying(back_up, large_url, tmp_path / "copy.db")
    dies = DIES.format(statements=point, how="SIGKILL")
    killed = command(postgresql_url, "restore", str(tmp_path / "copy.db"), before=dies)
    assert (await copying(ended, killed))[0] == -signal.SIGKILL
    assert [one.code for one in await diagnose(postgresql_url)] == ["revision.missing"]
    await _done(command(postgresql_url, "restore", str(tmp_path / "copy.db"), **KEY))
    assert await contents(postgresql_url) == await contents(large_url)


# Without room.

PROGRAM = (sys.executable, "-m", "hoursmith_mcp")
SMALL_DISK = ("unshare", "-rm", "sh", "-c")
ON_A_SMALL_DISK = """
mount -t tmpfs -o size={kib}k,mode=700 tmpfs "$1" || exit 77
shift
"$@"
status=$?
ls -A {folder} >&2
exit $status
"""


BOUNDED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, resource.RLIM_INFINITY))

"""


@pytest.mark.parametrize(
    ("words", "kib"),
    [("backup", 400), ("export-archive", 64), ("restore", 400), ("import-archive", 2_000)],
)
async def test_a_full_disk_is_told_and_nothing_is_left_on_it(
    large_url: str, tmp_path: Path, words: str, kib: int
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    await copying(back_up, large_url, tmp_path / "copy.db")
    await copying(export_archive, large_url, "", tmp_path / "copy.zip", EPOCH)
    given = {"restore": tmp_path / "copy.db", "import-archive": tmp_path / "copy.zip"}
    path = given.get(words, small / "made")
    url = url_of(small / "hoursmith.db") if words in given else large_url
    script = ON_A_SMALL_DISK.format(kib=kib, folder=small)
    done = await copying(
        subprocess.run,
        [*SMALL_DISK, script, "sh", str(small), *PROGRAM, words, str(path)],
        env={**environment(url), "COLUMNS": "120"},
        capture_output=True,
        text=True,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("no small disk can be made here")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "disk is full" in done.stderr or "has room for" in done.stderr


@pytest.mark.parametrize("words", ["backup", "export-archive", "restore"])
async def test_a_file_that_may_grow_no_larger_is_told_by_its_name(
    large_url: str, tmp_path: Path, words: str
) -> None:
    """To SQLite that is a disk that fails."""
    given = {"restore": tmp_path / "copy.db"}
    if words in given:
        await copying(back_up, large_url, given[words])
    target = tmp_path / "target.db"
    path = given.get(words, tmp_path / "made")
    url = url_of(target) if words in given else large_url
    before = files(tmp_path)
    bounded = BOUNDED.format(most=64 << 10)
    status, _, told = await copying(ended, command(url, words, str(path), before=bounded))
    named = target if words in given else path
    sentence = f"The disk is full: {named} was not written. Make room and try again.\n"
    assert (status, told) == (1, sentence)
    assert files(tmp_path) == before


# On a terminal.


def test_a_bar_is_shown_on_terminals_only(large_url: str, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    seen = b""
    with subprocess.Popen(
        [sys.executable, "-m", "hoursmith_mcp", "export-archive", str(tmp_path / "a.zip")],
        env={**environment(large_url), "TERM": "xterm-256color", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        while part := _read(ours):
            seen += part
        assert process.stdout is not None
        assert process.stdout.read().startswith(b"Wrote ")
    os.close(ours)
    assert b"Exporting Ada's Studio" in seen
    assert b"%" in seen
    assert ended(command(large_url, "export-archive", str(tmp_path / "b.zip")))[2] == ""


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # How Linux says that nobody writes there any more.
        return b""


# Of much.

# Not `ru_maxrss`: that is never less than what the process had that started this one.
SAYS_ITS_MEMORY = """
import atexit, re, sys
from pathlib import Path
peak = lambda: re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
atexit.register(lambda: print(peak(), file=sys.stderr))
"""
MOST_MORE_KIB = 20 << 10
MOST_SECONDS = 3_600
"""A workbook of a million rows takes its time; what is measured here is memory."""


@pytest.mark.parametrize("entries", [10_000, pytest.param(1_000_000, marks=pytest.mark.long)])
async def test_a_large_house_takes_no_more_memory_than_a_small_one(
    billed_file: Path, tmp_path: Path, entries: int, capsys: pytest.CaptureFixture[str]
) -> None:
    peaks: dict[str, list[int]] = {}
    for number in (100, entries):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(billed_file, folder / "house.db")
        house, restored = fill(folder / "house.db", number), url_of(folder / "restored.db")
        runs = [
            (house, "export-archive", "house.zip"),
            (url_of(folder / "imported.db"), "import-archive", "house.zip"),
            (house, "backup", "backup.db"),
            (restored, "restore", "backup.db"),
            *((house, "export time -o", f"time.{form}") for form in FORMATS),
        ]
        for url, words, name in runs:
            path = str(folder / name)
            process = command(url, *words.split(), path, before=SAYS_ITS_MEMORY)
            status, _, told = await copying(ended, process, MOST_SECONDS)
            assert status == 0, told
            peaks.setdefault(f"{words} {name}", []).append(int(told.split()[-1]))
        assert await contents(restored) == await contents(house)
    with capsys.disabled():
        print(f"\nKiB more for {entries:,} entries than for 100:", end=" ")
        print(*(f"{name} {many - few:,};" for name, (few, many) in peaks.items()), end=" ")
    for name, (few, many) in peaks.items():
        assert many < few + MOST_MORE_KIB, name


# From beginning to end.


async def test_the_commands_say_what_they_did_and_what_is_still_to_do(
    billed_file: Path, tmp_path: Path
) -> None:
    """The secrets of webhooks need their key, which no copy holds."""
    shutil.copy(billed_file, tmp_path / "house.db")
    house, new = url_of(tmp_path / "house.db"), url_of(tmp_path / "new.db")
    archive, backup = str(tmp_path / "house.zip"), str(tmp_path / "backup.db")
    exported = await _done(command(house, "export-archive", archive))
    assert "rows of Ada's Studio." in exported
    assert await _done(command(house, "backup", backup)) == f"Wrote {backup}.\n"
    imported = await _done(command(new, "import-archive", archive, **KEY))
    assert imported.splitlines()[-1] == exported.splitlines()[-1], "the same content"
    status, _, told = ended(command(new, "restore", backup))
    assert (status, "With --replace" in told) == (1, True)
    status, printed, told = ended(command(new, "restore", "--replace", backup))
    assert (status, told) == (0, f"{LOST}\n")
    assert printed.splitlines()[0] == f"Restored {backup}."
    assert "What was there is kept in" in printed
    assert not [name for name in files(tmp_path) if name.endswith(".key")]
    status, _, told = ended(command("", "backup", backup, HOURSMITH_URL="https://hours.example"))
    assert (status, "names a server: run it there" in told) == (1, True)
