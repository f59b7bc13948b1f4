"""The program with HOURSMITH_URL set: it passes everything on, and opens no database."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
from houses import open_house
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from served import served

from hoursmith_mcp.access.issuing import issue_token

SAY_WHAT_WAS_LOADED = """
import sys
from hoursmith_mcp.__main__ import main
main()
print(*sys.modules, file=sys.stderr)
"""
HEAVY = {"sqlmodel", "sqlalchemy", "alembic", "aiosqlite", "typer", "rich"}


@pytest.fixture
def token(sqlite_url: str) -> str:
    """Return a token of a house on SQLite."""

    async def issue() -> str:
        async with open_house(sqlite_url) as (runtime, _):
            return (await issue_token(runtime, name="laptop")).token

    return asyncio.run(issue())


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return an environment whose home is an empty folder."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("HOURSMITH_")}
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "APPDATA": str(folder)}
    return {**own, **home, **settings}


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hoursmith_mcp", *arguments],
        env=environment(folder, **settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an empty folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_it_lists_and_calls_without_a_database(
    mode: Literal["auto", "legacy"], sqlite_url: str, token: str, home: Path, tmp_path: Path
) -> None:
    errors = tmp_path / "stderr"

    async def talk(url: str) -> Any:
        settings = {"HOURSMITH_URL": url.removesuffix("/mcp"), "HOURSMITH_TOKEN": token}
        program = StdioServerParameters(
            command=sys.executable,
            args=["-c", SAY_WHAT_WAS_LOADED],
            env=environment(home, **settings),
        )
        with errors.open("w", encoding="utf-8") as log:
            async with Client(stdio_client(program, errlog=log), mode=mode) as client:
                listed = [tool.name for tool in (await client.list_tools()).tools]
                made = await client.call_tool("create_client", {"name": "Acme"})
                assert not made.is_error
                return listed

    with served(sqlite_url) as url:
        assert "log_time" in asyncio.run(talk(url))
    loaded = {module.partition(".")[0] for module in errors.read_text("utf-8").split()}
    assert "httpx2" in loaded
    assert not loaded & HEAVY
    assert not list(home.iterdir())


@pytest.mark.ci
def test_calls_by_hand_go_to_the_server_too(sqlite_url: str, token: str, home: Path) -> None:
    with served(sqlite_url) as url:
        to_server = {"HOURSMITH_URL": url, "HOURSMITH_TOKEN": token}
        made = run(home, "call", "create_client", "name=Acme", "currency=EUR", **to_server)
        assert "name: Acme" in made.stdout, made.stderr
        assert run(home, "call", "find", "query=acme", "--json", **to_server).stdout[0] == "{"
        refused = run(home, "call", "create_project", "client=Nobody", "name=x", **to_server)
        hidden = run(home, "call", "set_rate", "rate=90", **to_server)
    assert refused.returncode == 1
    assert "Nobody" in refused.stderr
    assert "set_rate is not shown here" in hidden.stderr
    away = run(home, "call", "overview", **to_server)
    assert away.returncode == 1
    assert "cannot be reached" in away.stderr
    assert not list(home.iterdir())


@pytest.mark.ci
@pytest.mark.parametrize("command", [["doctor"], ["token", "create", "--name", "x"], ["serve"]])
def test_what_works_on_a_database_does_not_open_another_instead(
    command: list[str], home: Path
) -> None:
    refused = run(home, *command, HOURSMITH_URL="https://hours.example")
    assert refused.returncode == 1
    assert "HOURSMITH_URL names a server" in refused.stderr
    assert not list(home.iterdir())


@pytest.mark.ci
def test_calls_by_hand_only_read_where_that_is_set(sqlite_url: str, token: str, home: Path) -> None:
    with served(sqlite_url) as url:
        reading = {"HOURSMITH_URL": url, "HOURSMITH_TOKEN": token, "HOURSMITH_READ_ONLY": "1"}
        refused = run(home, "call", "create_client", "name=Acme", **reading)
        read = run(home, "call", "find", "query=acme", "--json", **reading)
    assert refused.returncode == 1
    assert "create_client" in refused.stderr
    assert '"results":[]' in read.stdout, read.stderr


@pytest.mark.ci
@pytest.mark.parametrize("command", [[], ["call", "overview"]])
def test_an_address_that_would_not_do_stops_the_start_in_words(
    command: list[str], home: Path
) -> None:
    refused = run(home, *command, HOURSMITH_URL="http://hours.example")
    assert refused.returncode == 1
    assert "write https://hours.example" in refused.stderr
    assert "Traceback" not in refused.stderr
