"""Who may know of whom: the arrows between the parts, kept by reading the source."""

from __future__ import annotations

import ast
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMPONENTS = ("tools", "resources", "prompts")
MOST_LINES = 400

# Longer by nature: what the database looked like once, and the table of the world's currencies.
WITHOUT_A_LIMIT = {"hoursmith_mcp/store/migrations/versions", "hoursmith_mcp/core/currencies.py"}

STORE = ("hoursmith_mcp.store", "sqlmodel", "sqlalchemy", "alembic", "aiosqlite", "asyncpg")
FRAMEWORKS = ("mcp", "starlette", "uvicorn", "typer", "rich")
HEAVY = {"sqlmodel", "sqlalchemy", "alembic", "aiosqlite", "asyncpg", "typer", "rich"}
POSIX_ONLY = set(
    "crypt fcntl grp nis posix pty pwd readline resource spwd syslog termios tty".split()
)
DOMAIN_WORDS = re.compile(
    r"timer|invoice|time.?entr|billable|payment|expense|\bprojects?\b|\btasks?\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Import:
    """One imported module, and how it is imported."""

    module: str
    for_types_only: bool
    at_top: bool


@dataclass(frozen=True)
class Source:
    """One file of ours."""

    path: Path

    @cached_property
    def name(self) -> str:
        """The path from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """All of it, understood."""
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> list[Import]:
        """Every import, wherever it stands."""
        return list(_imports(self.tree, for_types_only=False, at_top=True))

    @property
    def at_runtime(self) -> set[str]:
        """The modules that are imported when the program runs, now or later."""
        return {one.module for one in self.imports if not one.for_types_only}


def _imports(node: ast.AST, *, for_types_only: bool, at_top: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, for_types_only, at_top)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are written out"
            module = child.module or ""
            # "from a import b" may name the module a.b.
            for alias in child.names:
                yield Import(f"{module}.{alias.name}", for_types_only, at_top)
        else:
            guarded = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(
                child,
                for_types_only=for_types_only or guarded,
                at_top=at_top and not inside,
            )


def sources(*folders: str) -> list[Source]:
    found = [
        Source(path)
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "__pycache__" not in path.parts
    ]
    assert found
    return found


def each(*folders: str) -> pytest.MarkDecorator:
    found = sources(*folders)
    return pytest.mark.parametrize("source", found, ids=[source.name for source in found])


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


# Arrows.


@each("hoursmith_mcp/core")
def test_the_core_needs_nobody(source: Source) -> None:
    ours = ("hoursmith_mcp.core", "dateutil")
    for one in source.imports:
        top = one.module.partition(".")[0]
        assert within(one.module, ours) or top in sys.stdlib_module_names, one.module


@each(*COMPONENTS)
def test_components_are_leaves_that_reach_rows_through_the_call_alone(source: Source) -> None:
    for module in source.at_runtime:
        assert not within(module, (*STORE, *FRAMEWORKS, "hoursmith_mcp.adapters")), module
        assert not within(module, ("hoursmith_mcp.runtime", "hoursmith_mcp.catalogue")), module


@each("hoursmith_mcp", *COMPONENTS, "tests", "examples")
def test_nobody_imports_a_component(source: Source) -> None:
    by_name = tuple(f"{start}{name}" for start in ("", "hoursmith_mcp.") for name in COMPONENTS)
    for one in source.imports:
        assert not within(one.module, by_name), one.module


@each("hoursmith_mcp/schemas")
def test_schemas_know_no_tables(source: Source) -> None:
    for module in source.at_runtime:
        assert not within(module, (*STORE, *FRAMEWORKS)), module


@each("hoursmith_mcp/store")
def test_the_store_knows_no_door(source: Source) -> None:
    for one in source.imports:
        assert not within(one.module, (*FRAMEWORKS, "hoursmith_mcp.adapters", "hoursmith_mcp.cli"))


@each("hoursmith_mcp/adapters")
def test_adapters_know_no_tables(source: Source) -> None:
    for module in source.at_runtime:
        assert not within(module, STORE), module


@each("hoursmith_mcp/adapters")
def test_adapters_say_no_word_of_the_domain(source: Source) -> None:
    found = {match[0] for match in DOMAIN_WORDS.finditer(source.text)}
    assert not found


def test_only_the_doors_know_the_protocols() -> None:
    elsewhere = [
        source.name
        for source in sources("hoursmith_mcp")
        if not source.name.startswith(("hoursmith_mcp/adapters/", "hoursmith_mcp/cli/"))
        and any(within(module, FRAMEWORKS) for module in source.at_runtime)
    ]
    assert not elsewhere


# Money and portability.


@each("hoursmith_mcp/core", "hoursmith_mcp/store", "tools")
def test_no_number_becomes_a_binary_fraction(source: Source) -> None:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("float", "round"), f"line {node.lineno}"


@each("hoursmith_mcp/core", "tools")
def test_no_decision_rests_on_a_binary_fraction(source: Source) -> None:
    for node in ast.walk(source.tree):
        assert not isinstance(node, ast.Div), "divide with // or divide_half_away"
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, float), f"line {node.lineno}"


@each("hoursmith_mcp", *COMPONENTS)
def test_every_system_can_import_it(source: Source) -> None:
    tops = {one.module.partition(".")[0] for one in source.imports if one.at_top}
    assert not tops & POSIX_ONLY


# Size and weight.


def test_files_stay_small(capsys: pytest.CaptureFixture[str]) -> None:
    lengths = {
        source.name: source.text.count("\n")
        for source in sources("hoursmith_mcp", *COMPONENTS, "tests")
        if not any(source.name.startswith(name) for name in WITHOUT_A_LIMIT)
    }
    ours = [length for name, length in lengths.items() if not name.startswith("tests/")]
    with capsys.disabled():
        print(f"\nfiles: {len(ours)}, median {statistics.median(ours):.0f} lines", end=" ")
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


LIST_TOOLS = """
import asyncio, json, sys, types
from mcp.types import PaginatedRequestParams
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.adapters.mcp.stdio import serve_stdio
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings

runtime = Runtime(Settings(database_url="sqlite+aiosqlite:///never-opened.db"))
server = build_server(runtime, lambda context: runtime.local_caller("test"))
handler = server.get_request_handler("tools/list").handler
context = types.SimpleNamespace(request=None)
listed = asyncio.run(handler(context, PaginatedRequestParams()))
print(json.dumps({"tools": len(listed["tools"]), "modules": sorted(sys.modules)}))
"""


def test_listing_the_tools_loads_nothing_heavy(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIST_TOOLS], cwd=tmp_path, capture_output=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["tools"] > 10
    assert not {module.partition(".")[0] for module in found["modules"]} & HEAVY
    late = ("hoursmith_mcp.store.", "hoursmith_mcp.charts.")
    assert not [module for module in found["modules"] if module.startswith(late)]
    assert not list(tmp_path.iterdir())
