"""The catalogue: every operation and prompt, found by importing the components' folders.

A broken module or a repeated name stops the start: nothing is ever silently missing.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from hoursmith_mcp.operation import MARK, Operation

# Top-level folders of the repository; subpackages once installed (see pyproject.toml).
FOLDERS = ("hoursmith_mcp.tools", "hoursmith_mcp.resources", "hoursmith_mcp.prompts")


class DuplicateNameError(Exception):
    """Two components claim one name."""


@dataclass(frozen=True)
class Catalogue:
    """All operations, by name and in order: the default ones first, then by toolset."""

    operations: dict[str, Operation]
    default_tools: tuple[str, ...]

    @cached_property
    def toolsets(self) -> frozenset[str]:
        """The names that a toolset setting may hold."""
        return frozenset({"default", "all", *(one.toolset for one in self.operations.values())})

    @cached_property
    def resources(self) -> dict[str, Operation]:
        """The operations that are resources, by URI template."""
        return {one.resource: one for one in self.operations.values() if one.resource is not None}

    @cached_property
    def completer(self) -> Operation | None:
        """The operation that completes a name being typed."""
        return next((one for one in self.operations.values() if one.completes), None)

    def tools(self, toolsets: frozenset[str], *, read_only: bool) -> list[Operation]:
        """Return the tools of some toolsets; `default` and `all` are toolsets, too."""
        return [
            one
            for one in self.operations.values()
            if one.mcp and (one.read_only or not read_only) and self._is_shown(one, toolsets)
        ]

    def _is_shown(self, one: Operation, toolsets: frozenset[str]) -> bool:
        if "all" in toolsets or one.toolset in toolsets:
            return True
        return "default" in toolsets and one.name in self.default_tools


def load() -> Catalogue:
    """Import every component module and collect what it defines."""
    found: dict[str, Operation] = {}
    for one in _operations():
        if one.name in found:
            modules = f"{found[one.name].function.__module__}, {one.function.__module__}"
            raise DuplicateNameError(f"{one.name} is in {modules}")
        found[one.name] = one
    default_tools: tuple[str, ...] = importlib.import_module(FOLDERS[0]).DEFAULT_TOOLSET

    def place(name: str) -> tuple[int, str, str]:
        if name in default_tools:
            return (default_tools.index(name), "", "")
        return (len(default_tools), found[name].toolset, name)

    return Catalogue({name: found[name] for name in sorted(found, key=place)}, default_tools)


def _operations() -> Iterator[Operation]:
    for folder in FOLDERS:
        package = importlib.import_module(folder)
        for name in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
            module = importlib.import_module(f"{folder}.{name}")
            for value in vars(module).values():
                record = getattr(value, MARK, None)
                if isinstance(record, Operation) and value.__module__ == module.__name__:
                    yield record
