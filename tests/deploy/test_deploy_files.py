"""The unit, its settings and the container file name what there is, and lock up what they say."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from proxies import DEPLOY
from typer.main import get_command

from hoursmith_mcp.cli.app import app
from hoursmith_mcp.settings import PREFIX, Settings, read_settings
from hoursmith_mcp.store.database import read_url

ROOT = DEPLOY.parents[1]
UNIT = (DEPLOY / "hoursmith-mcp.service").read_text("utf-8")
CONTAINER = (DEPLOY / "Containerfile").read_text("utf-8").replace("\\\n", " ")
SETTINGS = (DEPLOY / "hoursmith-mcp.env").read_text("utf-8")
MOST_EXPOSED = 20
"""Tenths of what systemd calls exposure; 100 is a service that may do everything."""


def instructions(name: str) -> list[str]:
    """Return what stands behind an instruction of the container file, wherever there is one."""
    return re.findall(rf"^{name} (.*)$", CONTAINER, re.MULTILINE)


def test_the_settings_are_settings_and_lie_in_the_folder_of_the_unit() -> None:
    lines = [line for line in SETTINGS.splitlines() if line and not line.startswith("#")]
    environment = dict(line.split("=", 1) for line in lines)
    settings = read_settings(environment)
    assert environment.keys() <= {PREFIX + name.upper() for name in vars(settings)}
    assert read_url(settings.database_url).database == "/var/lib/hoursmith-mcp/hoursmith.db"
    assert "StateDirectory=hoursmith-mcp\n" in UNIT


def test_the_unit_and_the_container_serve_with_options_that_there_are() -> None:
    (start,) = re.findall(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    program, *given = shlex.split(start)
    assert program == "/usr/local/bin/hoursmith-mcp"
    inside = [json.loads(text) for name in ("ENTRYPOINT", "CMD") for text in instructions(name)]
    for words in (given, [*inside[0], *inside[1]][1:]):
        commands: Any = get_command(app)
        serve = commands.commands[words[0]]
        known: set[str] = {option for parameter in serve.params for option in parameter.opts}
        assert {word for word in words[1:] if word.startswith("-")} <= known
    (setting,) = instructions("ENV")
    name, _, address = setting.partition("=")
    assert name == "HOURSMITH_DATABASE_URL"
    assert (read_url(address).database or "").startswith("/data/")
    assert instructions("VOLUME") == ["/data"]
    assert Settings(database_url=address).public_url == ""


@pytest.mark.ci
def test_systemd_finds_the_unit_sound_and_little_exposed(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed: apt-get install systemd")
    unit = tmp_path / "hoursmith-mcp.service"
    # The program is not installed where the unit says.
    unit.write_text(UNIT.replace("/usr/local/bin/hoursmith-mcp", "/bin/true"), "utf-8")
    for command in (["verify"], ["security", "--offline=true", f"--threshold={MOST_EXPOSED}"]):
        done = subprocess.run(
            [analyze, *command, str(unit)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert command != ["verify"] or done.stderr == ""


@pytest.mark.ci
def test_what_the_container_is_built_of_is_a_whole_program(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for text in instructions("COPY"):
        *names, target = text.split()
        for name in names:
            place = source / Path(target).relative_to("/source")
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, place)
    uv = shutil.which("uv")
    assert uv is not None
    done = subprocess.run(
        [uv, "build", "--quiet", "--wheel", "--out-dir", str(tmp_path), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    shutil.unpack_archive(wheel, tmp_path / "unpacked", "zip")
    built = {
        path.relative_to(tmp_path / "unpacked").as_posix()
        for path in (tmp_path / "unpacked" / "hoursmith_mcp").rglob("*.*")
    }
    (installing,) = instructions("RUN")
    assert "uv tool install" in installing
    assert "uv tool install" in (ROOT / "README.md").read_text("utf-8")
    for folder in ("hoursmith_mcp", "tools", "resources", "prompts"):
        inside = "hoursmith_mcp" if folder == "hoursmith_mcp" else f"hoursmith_mcp/{folder}"
        sources = [path for path in (ROOT / folder).rglob("*.*") if "__pycache__" not in path.parts]
        expected = {f"{inside}/{path.relative_to(ROOT / folder).as_posix()}" for path in sources}
        assert expected <= built
