"""Where each client keeps its servers on each system, and what our entry looks like there."""

from __future__ import annotations

import base64
import json
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from hoursmith_mcp.cli.clients import (
    CLAUDE_CODE,
    CLIENTS,
    configuration_file,
    cursor_link,
    served_entry,
    sign_of,
    started_entry,
    vscode_link,
)

MAC = PurePosixPath("/Users/ada")
LINUX = PurePosixPath("/home/ada")
WINDOWS = PureWindowsPath(r"C:\Users\ada")
ROAMING = {"APPDATA": r"D:\Roaming"}
CONFIG = {"XDG_CONFIG_HOME": "/config"}


@pytest.mark.parametrize(
    ("client", "platform", "home", "environment", "file"),
    [
        (
            "claude-desktop",
            "darwin",
            MAC,
            {},
            "/Users/ada/Library/Application Support/Claude/claude_desktop_config.json",
        ),
        (
            "claude-desktop",
            "linux",
            LINUX,
            {},
            "/home/ada/.config/Claude/claude_desktop_config.json",
        ),
        ("claude-desktop", "linux", LINUX, CONFIG, "/config/Claude/claude_desktop_config.json"),
        (
            "claude-desktop",
            "win32",
            WINDOWS,
            {},
            r"C:\Users\ada\AppData\Roaming\Claude\claude_desktop_config.json",
        ),
        (
            "claude-desktop",
            "win32",
            WINDOWS,
            ROAMING,
            r"D:\Roaming\Claude\claude_desktop_config.json",
        ),
        ("claude-code", "darwin", MAC, {}, "/Users/ada/.claude.json"),
        ("claude-code", "linux", LINUX, CONFIG, "/home/ada/.claude.json"),
        ("claude-code", "linux", LINUX, {"CLAUDE_CONFIG_DIR": "/cc"}, "/cc/.claude.json"),
        ("claude-code", "win32", WINDOWS, ROAMING, r"C:\Users\ada\.claude.json"),
        ("cursor", "darwin", MAC, {}, "/Users/ada/.cursor/mcp.json"),
        ("cursor", "linux", LINUX, CONFIG, "/home/ada/.cursor/mcp.json"),
        ("cursor", "win32", WINDOWS, ROAMING, r"C:\Users\ada\.cursor\mcp.json"),
        ("vscode", "darwin", MAC, {}, "/Users/ada/Library/Application Support/Code/User/mcp.json"),
        ("vscode", "linux", LINUX, {}, "/home/ada/.config/Code/User/mcp.json"),
        ("vscode", "linux", LINUX, CONFIG, "/config/Code/User/mcp.json"),
        ("vscode", "win32", WINDOWS, ROAMING, r"D:\Roaming\Code\User\mcp.json"),
    ],
)
def test_each_client_has_its_file_on_each_system(
    client: str, platform: str, home: PurePath, environment: dict[str, str], file: str
) -> None:
    assert str(configuration_file(CLIENTS[client], platform, home, environment)) == file


def test_a_client_that_was_started_once_is_known_by_its_folder() -> None:
    signs = {name: str(sign_of(one, "linux", LINUX, {})) for name, one in CLIENTS.items()}
    assert signs == {
        "claude-desktop": "/home/ada/.config/Claude",
        "claude-code": "/home/ada/.claude",
        "cursor": "/home/ada/.cursor",
        "vscode": "/home/ada/.config/Code",
    }
    assert str(sign_of(CLAUDE_CODE, "linux", LINUX, {"CLAUDE_CONFIG_DIR": "/cc"})) == "/cc"


@pytest.mark.parametrize(
    ("client", "more"),
    [
        ("claude-desktop", {}),
        ("cursor", {}),
        ("claude-code", {"type": "stdio"}),
        ("vscode", {"type": "stdio"}),
    ],
)
def test_a_program_to_start_is_written_as_the_client_reads_it(
    client: str, more: dict[str, str]
) -> None:
    command = ["/bin/python", "-m", "x"]
    entry = {"command": "/bin/python", "args": ["-m", "x"], **more}
    assert started_entry(CLIENTS[client], command, {}) == entry
    settings = {"HOURSMITH_TOOLSETS": "all"}
    assert started_entry(CLIENTS[client], command, settings) == {**entry, "env": settings}


def test_a_server_to_speak_to_is_written_as_the_client_reads_it() -> None:
    headers = {"Authorization": "Bearer hsk"}
    url = "https://hours.example/mcp"
    cursor, code = CLIENTS["cursor"], CLIENTS["vscode"]
    assert served_entry(cursor, url, headers) == {"url": url, "headers": headers}
    assert served_entry(code, url, headers) == {"type": "http", "url": url, "headers": headers}
    assert served_entry(code, url, {}) == {"type": "http", "url": url}


def test_links_hold_the_entry_whole() -> None:
    entry = {"command": "hoursmith-mcp", "args": ["ä", "+/="]}
    cursor = urlsplit(cursor_link(entry))
    assert (cursor.scheme, cursor.netloc) == ("cursor", "anysphere.cursor-deeplink")
    (config,) = parse_qs(cursor.query)["config"]
    assert json.loads(base64.b64decode(config)) == entry
    code = urlsplit(vscode_link(entry))
    assert (code.scheme, code.path) == ("vscode", "mcp/install")
    assert json.loads(unquote(code.query)) == {"name": "hoursmith", **entry}
