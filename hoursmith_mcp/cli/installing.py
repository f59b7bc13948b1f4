"""The command `install`: put ourselves into a client's configuration, and out of it again."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from hoursmith_mcp.adapters.mcp.address import server_of
from hoursmith_mcp.cli.clients import (
    CLIENTS,
    NAME,
    ClientProgram,
    Entry,
    configuration_file,
    served_entry,
    sign_of,
    started_entry,
)
from hoursmith_mcp.cli.configuration import (
    Configuration,
    read_configuration,
    section_of,
    write_configuration,
)
from hoursmith_mcp.cli.house import refuse
from hoursmith_mcp.errors import HoursmithError, InvalidInput, NotFound, Unavailable
from hoursmith_mcp.settings import PREFIX, Settings, read_settings

PASSING = ("archive-v", "builds-v", "environments-v")
"""Folders of uv's cache, in which `uvx` and `uv run --with` keep what they run."""


def install(
    client: Annotated[str, typer.Argument(help=f"One of {', '.join(CLIENTS)}.")],
    url: Annotated[str, typer.Option(help="A server to use instead of a database here.")] = "",
    token: Annotated[str, typer.Option(help="The token that opens the server.")] = "",
    show: Annotated[
        bool, typer.Option("--print", help="Show what would be written where, and write nothing.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take our entry out again.")] = False,
) -> None:
    """Set up a client: Claude Desktop, Claude Code, Cursor or VS Code."""
    try:
        program = _client(client)
        path = configuration_file(program, sys.platform, Path.home(), os.environ)
        if undo:
            _take_out(program, path, show=show)
        else:
            _put_in(program, path, _entry(program, url, token), show=show)
    except OSError as error:
        refuse(Unavailable(f"{error.filename}: {error.strerror}. Nothing was changed."))
        raise typer.Exit(1) from None
    except HoursmithError as error:
        refuse(error)
        raise typer.Exit(1) from None


def command_line(interpreter: Path) -> list[str]:
    """Return a command that starts this program wherever it is given, without any PATH.

    -P keeps whatever lies in the client's working folder from being imported in our place. Raises
    InvalidInput for an interpreter that will not be there for long.
    """
    if any(part.startswith(PASSING) for part in interpreter.parts):
        raise InvalidInput(
            "This copy was made for one run, and uv will throw it away: install the program first, "
            "with `uv tool install`, and run this again."
        )
    # Links are kept: an environment is known by the path of its interpreter.
    return [os.path.abspath(interpreter), "-P", "-m", "hoursmith_mcp"]


def _client(name: str) -> ClientProgram:
    if name in CLIENTS:
        return CLIENTS[name]
    raise InvalidInput(f"There is no client {name!r} here: choose from {', '.join(CLIENTS)}.")


def _entry(program: ClientProgram, url: str, token: str) -> Entry:
    """Return our entry: what is set in this terminal would not be set in the client's."""
    found = read_settings(os.environ)
    settings = replace(found, url=url or found.url, token=token or found.token)
    if settings.url:
        address = server_of(settings)
        if program.speaks_http:
            return served_entry(program, address.url, address.headers)
        there = {
            "HOURSMITH_URL": address.url,
            "HOURSMITH_TOKEN": address.token,
            "HOURSMITH_TOOLSETS": address.toolsets,
            "HOURSMITH_READ_ONLY": "1" if address.read_only else "",
        }
        return started_entry(
            program, command_line(Path(sys.executable)), {k: v for k, v in there.items() if v}
        )
    names = [PREFIX + setting.name.upper() for setting in fields(Settings)]
    here = {name: os.environ[name].strip() for name in names if os.environ.get(name, "").strip()}
    if token:
        here["HOURSMITH_TOKEN"] = token
    return started_entry(program, command_line(Path(sys.executable)), here)


def _put_in(program: ClientProgram, path: Path, entry: Entry, *, show: bool) -> None:
    if show:
        typer.echo(f"In {path}, under {program.section}:", err=True)
        typer.echo(json.dumps({NAME: entry}, indent=2, ensure_ascii=False))
        return
    sign = sign_of(program, sys.platform, Path.home(), os.environ)
    if not (path.exists() or sign.exists()):
        raise NotFound(
            f"{program.title} does not seem to be installed: there is no {sign}. Start it once; "
            "then run this again."
        )
    configuration = read_configuration(path)
    section = section_of(configuration, path, program.section)
    if section.get(NAME) == entry:
        typer.echo(f"{program.title} has it already: nothing was changed in {path}.")
        return
    section[NAME] = entry
    _write(path, configuration)
    typer.echo(f"{program.title} has {NAME} now, in {path}. Restart it.")


def _take_out(program: ClientProgram, path: Path, *, show: bool) -> None:
    configuration = read_configuration(path)
    section: Any = configuration.content.get(program.section)
    if not isinstance(section, dict) or NAME not in section:
        typer.echo(f"{program.title} has no {NAME}: nothing was changed in {path}.")
        return
    if show:
        typer.echo(f"{NAME} would be taken out of {path}.")
        return
    del section[NAME]
    _write(path, configuration)
    typer.echo(f"{NAME} was taken out of {path}.")


def _write(path: Path, configuration: Configuration) -> None:
    text = configuration.written()
    copy = write_configuration(path, text, private="hsk_" in text or "Bearer " in text)
    if copy is not None:
        typer.echo(f"What was there is kept in {copy}.", err=True)
