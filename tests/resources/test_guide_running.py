"""What the guide "running" says beyond its examples: its commands, files and numbers."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from guides_reading import read

from hoursmith_mcp.adapters.requests import MOST_BODY_BYTES
from hoursmith_mcp.cli.running import DEFAULT_PORT
from hoursmith_mcp.settings import Settings

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
    assert f"ExecStart={_bin_folder()}/hoursmith-mcp serve\n" in UNIT


def _bin_folder() -> str:
    """Return where the service is installed; it is upgraded by the same words and one more."""
    installing, _, upgrading = lines_of("uv tool install")
    assert [word for word in upgrading if word != "--reinstall"] == installing
    (folder,) = [word for word in installing if word.startswith("UV_TOOL_BIN_DIR=")]
    return folder.removeprefix("UV_TOOL_BIN_DIR=")
