"""The README says what is there: its tables are generated, its commands and its code run.

Renew the tables with `HOURSMITH_RENEW=1 uv run pytest tests/test_readme.py`.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import pytest
from mcp import Client, StdioServerParameters

from hoursmith_mcp.catalogue import load
from hoursmith_mcp.cli.clients import (
    CLIENTS,
    CURSOR,
    VSCODE,
    cursor_link,
    started_entry,
    vscode_link,
)
from hoursmith_mcp.cli.conversation import CONVERSATION
from hoursmith_mcp.cli.running import DEFAULT_PORT
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.settings import PREFIX, Settings
from hoursmith_mcp.store.sqlite_engines import BUSY_SECONDS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


RUN_HERE = ("call", "doctor", "export", "token", "member", "backup", "export-archive")


def tools_table() -> str:
    catalogue = load()
    rows = ["| tool | what it does | arguments |", "|---|---|---|"]
    for one in catalogue.tools("all", forbidden_too=True).values():
        shown = f"`{one.name}`" if one.name in catalogue.default_tools else _of_toolset(one)
        rows.append(f"| {shown} | {one.description} | {_arguments(one)} |")
    return "\n".join(rows)


def prompts_table() -> str:
    rows = ["| prompt | what it does | arguments |", "|---|---|---|"]
    for one in load().prompts.values():
        names = [
            f"`{each.name}`" if each.required else f"[`{each.name}`]" for each in one.arguments
        ]
        rows.append(f"| `{one.name}` | {one.description} | {' '.join(names)} |")
    return "\n".join(rows)


def resources_table() -> str:
    rows = ["| address | what it shows |", "|---|---|"]
    rows += [
        f"| `{address}` | {one.description} |" for address, one in sorted(load().resources.items())
    ]
    return "\n".join(rows)


def settings_table() -> str:
    rows = ["| variable | what it is |", "|---|---|"]
    rows += [
        f"| `{PREFIX}{setting.name.upper()}` | {setting.metadata['description']} |"
        for setting in fields(Settings)
    ]
    return "\n".join(rows)


def links() -> str:
    by_name = ["hoursmith-mcp"]
    cursor = cursor_link(started_entry(CURSOR, by_name, {}))
    code = vscode_link(started_entry(VSCODE, by_name, {}))
    return f"[Add to Cursor]({cursor}) · [Add to VS Code]({code})"


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("tools", tools_table),
        ("resources", resources_table),
        ("prompts", prompts_table),
        ("settings", settings_table),
        ("links", links),
    ],
)
def test_the_tables_are_those_of_the_program(name: str, table: object) -> None:
    assert callable(table)
    written = README.read_text("utf-8")
    pattern = re.compile(rf"(<!-- {name}: [^\n]* -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    renewed = pattern.sub(lambda match: f"{match[1]}{table()}\n{match[2]}", written)
    if os.environ.get("HOURSMITH_RENEW"):
        README.write_text(renewed, "utf-8")
    assert README.read_text("utf-8") == renewed


def test_the_commands_that_call_tools_run_as_written(tmp_path: Path) -> None:
    commands = [
        line
        for line in README.read_text("utf-8").splitlines()
        if line.startswith(tuple(f"hoursmith-mcp {name}" for name in RUN_HERE))
    ]
    assert len(commands) == 13
    for command in commands:
        done = _run(shlex.split(command)[1:], tmp_path)
        assert done.returncode == 0, (command, done.stdout, done.stderr)


def test_there_is_no_command_of_another_kind() -> None:
    fences = re.findall(r"```sh\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    others = [
        line
        for line in "".join(fences).splitlines()
        if not line.startswith(tuple(f"hoursmith-mcp {name}" for name in (*RUN_HERE, "install")))
    ]
    assert others == [
        "pip install uv && uv run --no-dev hoursmith-mcp demo",
        "pip install uv && uv run pytest",
        f"hoursmith-mcp serve --host 127.0.0.1 --port {DEFAULT_PORT}",
        "hoursmith-mcp join hsk_live_… --url https://hours.example",
        "uv tool install '.[postgres]'",
        "export HOURSMITH_DATABASE_URL=postgresql+asyncpg://user:password@host/name",
        "export HOURSMITH_TOKEN=$(hoursmith-mcp token create --name me)",
    ]


def test_what_the_text_says_is_so() -> None:
    text = " ".join(README.read_text("utf-8").split())
    assert f"waits {BUSY_SECONDS:.0f} seconds" in text
    toolsets = {one.toolset for one in load().tools("all").values()}
    listed = re.findall(r"there are ((?:`\w+`(?:, | and )?)+)", text)[0]
    assert toolsets <= set(re.findall(r"\w+", listed))


def test_the_commands_that_install_run_as_written(tmp_path: Path) -> None:
    commands = [
        line
        for line in README.read_text("utf-8").splitlines()
        if line.startswith("hoursmith-mcp install")
    ]
    assert [shlex.split(command)[2] for command in commands] == [*CLIENTS, "cursor"]
    for command in commands:
        words = shlex.split(command.replace("hsk_live_…", "hsk_live_1"))[1:]
        done = _run([*words, "--print"], tmp_path)
        assert '"hoursmith"' in done.stdout, (command, done.stderr)


def test_the_python_example_runs_as_written(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1h30m on ")


def test_the_demo_runs_to_its_end(tmp_path: Path) -> None:
    done = _run(["demo"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "It had gone through" in done.stdout
    assert "3.5 h in all" in done.stdout
    assert "95.68 EUR is owed" in done.stdout
    assert "hoursmith-mcp install claude-code sets one up" in " ".join(done.stdout.split())


@pytest.mark.parametrize(("mode", "revision"), [("legacy", "2025-11-25"), ("auto", "2026-07-28")])
def test_what_the_demo_says_holds_in_both_eras(
    mode: Literal["legacy", "auto"], revision: str, tmp_path: Path
) -> None:
    async def talk() -> None:
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "hoursmith_mcp"], env=_environment(tmp_path)
        )
        async with Client(server, mode=mode) as client:
            assert client.protocol_version == revision
            answers: dict[str, dict[str, Any]] = {}
            for turn in CONVERSATION:
                result = await client.call_tool(turn.tool, turn.given(answers))
                assert not result.is_error, (turn.tool, result.content)
                assert result.structured_content is not None
                assert turn.broken(result.structured_content) == {}, turn.tool
                answers[turn.tool] = result.structured_content

    asyncio.run(talk())


def test_what_the_demo_says_is_read_where_nothing_is_installed() -> None:
    path = ROOT / "hoursmith_mcp" / "cli" / "conversation.py"
    subprocess.run([sys.executable, "-I", "-S", str(path)], check=True)


def _run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hoursmith_mcp", *arguments],
        cwd=folder,
        env={**_environment(folder), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(folder: Path) -> dict[str, str]:
    url = f"sqlite+aiosqlite:///{(folder / 'readme.db').as_posix()}"
    return {**os.environ, "HOURSMITH_DATABASE_URL": url}


def _of_toolset(one: Operation) -> str:
    return f"`{one.name}` (toolset `{one.toolset}`)"


def _arguments(one: Operation) -> str:
    required = one.arguments.schema.get("required", [])
    names = [name for name in one.arguments.names if name not in one.rest_only]
    return " ".join(f"`{name}`" if name in required else f"[`{name}`]" for name in names)
