"""What the wheel will hold, and what it will ask for."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import tomllib
from dataclasses import fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import hoursmith_mcp
from hoursmith_mcp.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
MOVED = {"tools", "resources", "prompts"}
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]
SETUPTOOLS: dict[str, Any] = PYPROJECT["tool"]["setuptools"]

# New zones come with each release, and none ever breaks us.
WITHOUT_AN_UPPER_BOUND = {"tzdata"}


def package_of(folder: Path) -> str:
    parts = folder.relative_to(ROOT).parts
    return ".".join(("hoursmith_mcp", *parts) if parts[0] in MOVED else parts)


def files() -> list[Path]:
    return [
        path
        for top in ("hoursmith_mcp", *sorted(MOVED))
        for path in (ROOT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]


def requirements() -> dict[str, str]:
    groups = PYPROJECT["dependency-groups"]["dev"]
    extras = [one for extra in PROJECT["optional-dependencies"].values() for one in extra]
    found: dict[str, str] = {}
    for text in [*PROJECT["dependencies"], *extras, *groups]:
        named = re.match(r"([a-z0-9-]+)(?:\[[a-z,]+\])?([^;]*)", text)
        assert named is not None, text
        assert found.setdefault(named[1], named[2].strip()) == named[2].strip(), text
    return found


def test_every_package_is_listed_for_the_wheel() -> None:
    inits = {package_of(path.parent) for path in files() if path.name == "__init__.py"}
    assert set(SETUPTOOLS["packages"]) == inits


def test_every_module_is_in_a_package() -> None:
    for path in files():
        assert (path.parent / "__init__.py").exists(), path


def test_every_file_of_data_is_listed_for_the_wheel() -> None:
    unlisted = [
        path.relative_to(ROOT).as_posix()
        for path in files()
        if path.suffix != ".py"
        and not any(
            fnmatch(path.name, pattern)
            for pattern in SETUPTOOLS["package-data"].get(package_of(path.parent), ())
        )
    ]
    assert not unlisted


def test_every_pattern_of_data_finds_something() -> None:
    for package, patterns in SETUPTOOLS["package-data"].items():
        names = [path.name for path in files() if package_of(path.parent) == package]
        for pattern in patterns:
            assert any(fnmatch(name, pattern) for name in names), (package, pattern)


def test_moved_folders_are_nobody_elses_packages() -> None:
    moved = {f"hoursmith_mcp.{name}": name for name in MOVED}
    assert SETUPTOOLS["package-dir"] == moved
    assert all(name.partition(".")[0] == "hoursmith_mcp" for name in SETUPTOOLS["packages"])


def test_the_version_is_one() -> None:
    assert PROJECT["version"] == hoursmith_mcp.__version__
    assert PROJECT["requires-python"] == ">=3.11"


def test_the_commands_exist() -> None:
    for target in PROJECT["scripts"].values():
        module, _, name = target.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


def test_dependencies_have_compatible_ranges() -> None:
    found = requirements()
    assert found["mcp"] == ">=2.3,<2.4"
    for name, wanted in found.items():
        bounds = r">=[\d.]+" if name in WITHOUT_AN_UPPER_BOUND else r">=[\d.]+,<[\d.]+"
        assert re.fullmatch(bounds, wanted), f"{name} {wanted}"


def test_the_lock_is_left_out() -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", "uv.lock"], cwd=ROOT, check=False)
    assert ignored.returncode in (0, 128)  # 128: this is no checkout


def test_the_bundle_and_the_entry_of_the_registry_speak_of_this_version() -> None:
    manifest: dict[str, Any] = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    entry: dict[str, Any] = json.loads((ROOT / "server.json").read_text("utf-8"))
    (package,) = entry["packages"]
    versions = {one["version"] for one in (manifest, entry, package, PROJECT)}
    assert versions == {hoursmith_mcp.__version__}
    assert {manifest["name"], package["identifier"]} == {PROJECT["name"]}
    assert manifest["description"] == PROJECT["description"]
    assert manifest["license"] == PROJECT["license"]
    assert manifest["compatibility"]["runtimes"]["python"] == PROJECT["requires-python"]
    assert (ROOT / manifest["server"]["entry_point"]).is_file()
    named = {one["name"] for one in package["environmentVariables"]}
    assert named == set(manifest["server"]["mcp_config"]["env"])
    assert named <= {PREFIX + setting.name.upper() for setting in fields(Settings)}
    known = {f"${{user_config.{name}}}" for name in manifest["user_config"]}
    assert set(manifest["server"]["mcp_config"]["env"].values()) == known


def test_the_entry_of_the_registry_is_as_the_registry_wants_it() -> None:
    entry: dict[str, Any] = json.loads((ROOT / "server.json").read_text("utf-8"))
    assert entry["$schema"].endswith("/2025-12-11/server.schema.json")
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"])
    assert 1 <= len(entry["description"]) <= 100
    (package,) = entry["packages"]
    assert package["registryType"] == "pypi"
    assert package["transport"] == {"type": "stdio"}
    assert "registryBaseUrl" not in package
    # So the registry sees that who publishes the package also names it there.
    assert f"<!-- mcp-name: {entry['name']} -->" in (ROOT / "README.md").read_text("utf-8")
