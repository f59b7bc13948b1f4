"""`install` puts us into a client's configuration, harms nothing else in it, and takes us out."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from served import served
from typer.testing import CliRunner, Result

from hoursmith_mcp.cli.app import app
from hoursmith_mcp.cli.clients import CLIENTS, configuration_file, sign_of
from hoursmith_mcp.cli.installing import command_line
from hoursmith_mcp.errors import InvalidInput

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="where the clients' files are")
CLIENT_NAMES = pytest.mark.parametrize("client", sorted(CLIENTS))


class Home:
    """A home folder in which every client was started once."""

    def __init__(self, folder: Path) -> None:
        """Take an empty folder."""
        self.folder = folder
        for client in CLIENTS.values():
            sign_of(client, "linux", folder, {}).mkdir(parents=True)

    def file(self, client: str) -> Path:
        """Return a client's configuration file, in a folder that is there."""
        path = configuration_file(CLIENTS[client], "linux", self.folder, {})
        path.parent.mkdir(exist_ok=True)
        return path

    def entry(self, client: str) -> dict[str, Any]:
        """Return our entry in a client's configuration."""
        content = json.loads(self.file(client).read_text("utf-8"))
        entry: dict[str, Any] = content[CLIENTS[client].section]["hoursmith"]
        return entry

    def install(self, *arguments: str, **settings: str) -> Result:
        """Run the command."""
        unset: dict[str, str | None] = {
            name: None
            for name in (*os.environ, "CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME")
            if name.startswith(("HOURSMITH_", "CLAUDE_", "XDG_"))
        }
        environment = {**unset, "HOME": str(self.folder), **settings}
        return CliRunner().invoke(app, ["install", *arguments], env=environment)

    def files(self) -> list[Path]:
        """Return all files."""
        return sorted(path for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder)


def listed_with(entry: dict[str, Any], folder: Path) -> list[str]:
    """Start what an entry says as a client does that has no PATH, and list its tools."""
    (folder / "mcp.py").write_text("raise RuntimeError('the working folder was imported')")

    async def talk() -> list[str]:
        program = StdioServerParameters(
            command=entry["command"],
            args=entry["args"],
            cwd=folder,
            env={"PATH": "", "HOME": str(folder), **entry.get("env", {})},
        )
        async with Client(program) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    return asyncio.run(talk())


def test_what_was_installed_starts_without_a_path(home: Home, tmp_path: Path) -> None:
    for client in CLIENTS:
        assert home.install(client).exit_code == 0
    entries = [home.entry(client) for client in CLIENTS]
    commands = {(one["command"], *one["args"]) for one in entries}
    assert len(commands) == 1
    assert "log_time" in listed_with(entries[0], tmp_path)


def test_a_copy_that_is_thrown_away_is_not_installed() -> None:
    with pytest.raises(InvalidInput, match="install the program first"):
        command_line(Path("/home/ada/.cache/uv/archive-v0/Xy/bin/python"))
    kept = Path("/home/ada/.local/share/uv/tools/hoursmith-mcp/bin/python")
    assert command_line(kept) == [str(kept), "-P", "-m", "hoursmith_mcp"]


def test_a_server_is_reached_through_what_was_installed(
    home: Home, tmp_path: Path, sqlite_url: str
) -> None:
    with served(sqlite_url) as url:
        assert home.install("claude-desktop", "--url", url.removesuffix("/mcp")).exit_code == 0
        entry = home.entry("claude-desktop")
        assert entry["env"] == {"HOURSMITH_URL": url}
        assert "log_time" in listed_with(entry, tmp_path)
    for client in ("claude-code", "cursor", "vscode"):
        home.install(client, "--url", "https://hours.example", "--token", "hsk_live_1")
        entry = home.entry(client)
        assert entry["url"] == "https://hours.example/mcp"
        assert entry["headers"] == {"Authorization": "Bearer hsk_live_1"}


@CLIENT_NAMES
@pytest.mark.parametrize("indent", [2, 4, "\t"])
def test_the_rest_of_a_file_stays_and_undoing_gives_it_back(
    client: str, indent: int | str, home: Home
) -> None:
    section = CLIENTS[client].section
    content = {"theme": "dünkel", "cost": 0.1, section: {"other": {"command": "x"}}, "big": 10**30}
    before = json.dumps(content, indent=indent, ensure_ascii=False) + "\n"
    path = home.file(client)
    path.write_text(before, "utf-8")
    path.chmod(0o640)
    assert home.install(client).exit_code == 0
    after = json.loads(path.read_text("utf-8"))
    del after[section]["hoursmith"]
    assert after == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    copy = path.with_name(f"{path.name}.before-hoursmith-1")
    assert copy.read_text("utf-8") == before
    assert home.install(client, "--undo").exit_code == 0
    assert path.read_text("utf-8") == before


def test_installing_again_changes_nothing_and_other_settings_replace_the_entry(home: Home) -> None:
    home.install("cursor")
    files = home.files()
    again = home.install("cursor")
    assert "has it already" in again.stdout
    assert home.files() == files
    home.install("cursor", HOURSMITH_DATABASE_URL="sqlite+aiosqlite:////data/hours.db")
    assert home.entry("cursor")["env"] == {
        "HOURSMITH_DATABASE_URL": "sqlite+aiosqlite:////data/hours.db"
    }
    assert len(home.files()) == len(files) + 1


@CLIENT_NAMES
def test_printing_writes_nothing(client: str, home: Home) -> None:
    shown = home.install(client, "--print", "--url", "https://hours.example", "--token", "hsk_1")
    assert shown.exit_code == 0
    assert str(home.file(client)) in shown.stderr
    assert "hsk_1" in json.dumps(json.loads(shown.stdout)["hoursmith"])
    home.file(client).write_text(json.dumps({CLIENTS[client].section: {"hoursmith": {}}}))
    files = {path: path.read_bytes() for path in home.files()}
    assert "would be taken out" in home.install(client, "--print", "--undo").stdout
    assert {path: path.read_bytes() for path in home.files()} == files


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b'{\n  // mine\n  "servers": {}\n}', "is no plain JSON"),
        (b'{"servers": {"a": {},}}', "is no plain JSON"),
        (b'{"servers": {}, "servers": {"a": {}}}', "a key stands in it twice"),
        (b'{"a": NaN}', "NaN is no number"),
        (b"[]", "holds no object"),
        (b'{"servers": []}', "servers in"),
        (b'{"a": "\xff"}', "no text in UTF-8"),
        (b"[" * 100_000, "is no plain JSON"),
    ],
)
@pytest.mark.parametrize("undo", [[], ["--undo"]])
def test_what_cannot_be_read_is_not_written_over(
    text: bytes, sentence: str, undo: list[str], home: Home
) -> None:
    path = home.file("vscode")
    path.write_bytes(text)
    refused = home.install("vscode", *undo)
    if undo and sentence == "servers in":
        assert "has no hoursmith" in refused.stdout
    else:
        assert refused.exit_code == 1
        assert sentence in refused.stderr
        assert "nothing was changed" in refused.stderr
    assert path.read_bytes() == text
    assert home.files() == [path]


@pytest.mark.parametrize("text", [b"", b"\n", b"\xef\xbb\xbf{}", b'{"a": "\\ud800"}'])
def test_files_that_are_empty_or_odd_are_taken(text: bytes, home: Home) -> None:
    path = home.file("cursor")
    path.write_bytes(text)
    assert home.install("cursor").exit_code == 0
    assert home.entry("cursor")["args"] == ["-P", "-m", "hoursmith_mcp"]
    assert home.install("cursor", "--undo").exit_code == 0
    assert "hoursmith" not in path.read_text("utf-8")


def test_ends_of_lines_stay(home: Home) -> None:
    path = home.file("cursor")
    path.write_bytes(b'{\r\n  "mcpServers": {}\r\n}\r\n')
    home.install("cursor")
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") > 3


@CLIENT_NAMES
def test_a_file_with_a_token_is_for_its_owner_alone(client: str, home: Home) -> None:
    path = home.file(client)
    path.write_text("{}")
    path.chmod(0o644)
    home.install(client, "--url", "https://hours.example", "--token", "hsk_live_1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    home.install(client, "--undo")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_to_the_file_stays_one(home: Home) -> None:
    real = home.folder / "dotfiles.json"
    real.write_text("{}")
    home.file("cursor").symlink_to(real)
    home.install("cursor")
    assert home.file("cursor").is_symlink()
    assert "hoursmith" in real.read_text("utf-8")


@CLIENT_NAMES
def test_a_client_that_is_not_there_is_named(client: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    sign = sign_of(CLIENTS[client], "linux", home.folder, {})
    for path in sorted(sign.rglob("*"), reverse=True):
        path.rmdir()
    sign.rmdir()
    refused = home.install(client)
    assert refused.exit_code == 1
    assert f"{CLIENTS[client].title} does not seem to be installed: there is no {sign}" in (
        refused.stderr
    )
    assert "has no hoursmith" in home.install(client, "--undo").stdout
    assert not home.files()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["emacs"], "choose from claude-desktop, claude-code, cursor, vscode"),
        (["cursor", "--url", "http://hours.example"], "write https://hours.example"),
        (["cursor", "--url", "https://hours.example", "--token", "ä"], "is no token"),
    ],
)
def test_what_cannot_be_installed_is_refused(
    arguments: list[str], sentence: str, home: Home
) -> None:
    refused = home.install(*arguments)
    assert refused.exit_code == 1
    assert sentence in refused.stderr
    assert not home.files()


def test_a_server_is_told_what_to_show_by_what_was_installed(home: Home) -> None:
    wanted = {"HOURSMITH_READ_ONLY": "1", "HOURSMITH_TOOLSETS": "time"}
    for client in ("cursor", "claude-desktop"):
        home.install(client, "--url", "https://hours.example", **wanted)
    headers = {"X-MCP-Toolsets": "time", "X-MCP-Readonly": "true"}
    assert home.entry("cursor")["headers"] == headers
    there = {"HOURSMITH_URL": "https://hours.example/mcp"}
    assert home.entry("claude-desktop")["env"] == {**there, **wanted}


def test_a_folder_that_takes_no_files_is_named_and_nothing_is_left_behind(home: Home) -> None:
    path = home.file("cursor")
    path.mkdir()
    refused = home.install("cursor")
    assert refused.exit_code == 1
    assert f"{path}: Is a directory. Nothing was changed." in refused.stderr
    assert not home.files()
