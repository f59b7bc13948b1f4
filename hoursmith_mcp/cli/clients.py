"""The clients that `install` knows: where each keeps its servers, and what an entry looks like."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, TypeVar
from urllib.parse import quote

NAME = "hoursmith"
"""What our entry is called in every client."""

Place = TypeVar("Place", bound=PurePath)
Entry = dict[str, Any]


@dataclass(frozen=True)
class ClientProgram:
    """A client, and how its configuration is written."""

    name: str
    title: str
    section: str
    """The key under which its servers stand."""
    speaks_http: bool
    """Whether an entry may name a server; else we are started, and pass everything on."""
    names_transport: bool
    """Whether an entry says by what means the server is spoken to."""


CLAUDE_DESKTOP = ClientProgram("claude-desktop", "Claude Desktop", "mcpServers", False, False)
CLAUDE_CODE = ClientProgram("claude-code", "Claude Code", "mcpServers", True, True)
CURSOR = ClientProgram("cursor", "Cursor", "mcpServers", True, False)
VSCODE = ClientProgram("vscode", "VS Code", "servers", True, True)
CLIENTS = {one.name: one for one in (CLAUDE_DESKTOP, CLAUDE_CODE, CURSOR, VSCODE)}


def configuration_file(
    client: ClientProgram, platform: str, home: Place, environment: Mapping[str, str]
) -> Place:
    """Return the file in which a client keeps its servers, for one person and all projects."""
    if client is CLAUDE_CODE:
        folder = environment.get("CLAUDE_CONFIG_DIR")
        return (type(home)(folder) if folder else home) / ".claude.json"
    if client is CURSOR:
        return home / ".cursor" / "mcp.json"
    settings = _settings_folder(platform, home, environment)
    if client is VSCODE:
        return settings / "Code" / "User" / "mcp.json"
    return settings / "Claude" / "claude_desktop_config.json"


def sign_of(
    client: ClientProgram, platform: str, home: Place, environment: Mapping[str, str]
) -> Place:
    """Return what is there once a client has been started, whatever else is not."""
    file = configuration_file(client, platform, home, environment)
    if client is CLAUDE_CODE:
        folder = environment.get("CLAUDE_CONFIG_DIR")
        return type(home)(folder) if folder else home / ".claude"
    return file.parent.parent if client is VSCODE else file.parent


def started_entry(
    client: ClientProgram, command: Sequence[str], settings: Mapping[str, str]
) -> Entry:
    """Return the entry of a program that the client starts."""
    program, *arguments = command
    entry: Entry = {"command": program, "args": arguments}
    if settings:
        entry["env"] = dict(settings)
    return {"type": "stdio", **entry} if client.names_transport else entry


def served_entry(client: ClientProgram, url: str, headers: Mapping[str, str]) -> Entry:
    """Return the entry of a server that the client speaks to itself."""
    entry: Entry = {"url": url}
    if headers:
        entry["headers"] = dict(headers)
    return {"type": "http", **entry} if client.names_transport else entry


def cursor_link(entry: Entry) -> str:
    """Return the address that adds an entry to Cursor when it is opened."""
    config = base64.b64encode(json.dumps(entry).encode()).decode()
    return (
        "cursor://anysphere.cursor-deeplink/mcp/install"
        f"?name={NAME}&config={quote(config, safe='')}"
    )


def vscode_link(entry: Entry) -> str:
    """Return the address that adds an entry to VS Code when it is opened."""
    return "vscode:mcp/install?" + quote(json.dumps({"name": NAME, **entry}), safe="")


def _settings_folder(platform: str, home: Place, environment: Mapping[str, str]) -> Place:
    if platform == "darwin":
        return home / "Library" / "Application Support"
    named, usual = (
        ("APPDATA", home / "AppData" / "Roaming")
        if platform == "win32"
        else ("XDG_CONFIG_HOME", home / ".config")
    )
    folder = environment.get(named)
    return type(home)(folder) if folder else usual
