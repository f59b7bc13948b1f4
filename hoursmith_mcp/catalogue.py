"""The catalogue: every operation and prompt, found by importing the components' folders.

A broken module or a repeated name stops the start: nothing is ever silently missing.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.resources
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from hoursmith_mcp.access.actor import Actor
from hoursmith_mcp.access.authentication import permits
from hoursmith_mcp.access.grants import read_toolsets
from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.operation import MARK, Operation
from hoursmith_mcp.prompting import Prompt, read_prompt

# Top-level folders of the repository; subpackages once installed (see pyproject.toml).
FOLDERS = ("hoursmith_mcp.tools", "hoursmith_mcp.resources", "hoursmith_mcp.prompts")


class DuplicateNameError(Exception):
    """Two components claim one name."""


@dataclass(frozen=True)
class Catalogue:
    """All operations, by name and in order: the default ones first, then by toolset."""

    operations: dict[str, Operation]
    default_tools: tuple[str, ...]
    also_for_members: str
    instructions: str

    @cached_property
    def toolsets(self) -> frozenset[str]:
        """The names that a toolset setting may hold."""
        return frozenset({"default", "all", *(one.toolset for one in self.operations.values())})

    @cached_property
    def resources(self) -> dict[str, Operation]:
        """The operations that are resources, by URI template."""
        return {one.resource: one for one in self.operations.values() if one.resource is not None}

    @cached_property
    def prompts(self) -> dict[str, Prompt]:
        """The ready conversations by name, read when they are first asked for."""
        found = (
            (one.name.removesuffix(".md"), one.read_text("utf-8"))
            for folder in FOLDERS
            for one in importlib.resources.files(folder).iterdir()
            if one.name.endswith(".md")
        )
        return {name: read_prompt(name, text) for name, text in sorted(found)}

    @cached_property
    def completer(self) -> Operation | None:
        """The operation that completes a name being typed."""
        return next((one for one in self.operations.values() if one.completes), None)

    def tools(
        self,
        toolsets: str,
        *,
        read_only: bool = False,
        actor: Actor | None = None,
        forbidden_too: bool = False,
    ) -> dict[str, Operation]:
        """Return the tools of some toolsets, comma-separated; `default` and `all` are two, too.

        For an `actor` they are those that their role and scopes allow, unless `forbidden_too`, and
        as that actor sees them; a MEMBER, who is shown no invoices, has more among the default
        ones, and who is invited is shown what accepts that.

        Raises InvalidInput for a toolset that does not exist.
        """
        wanted = read_toolsets(toolsets, self.toolsets)
        if actor is not None and actor.role is Role.MEMBER and "default" in wanted:
            wanted |= {self.also_for_members}
        blind = actor is not None and actor.blind
        return {
            name: one.seen(blind=blind)
            for name, one in self.operations.items()
            if one.mcp
            and (one.read_only or not read_only)
            and (self._is_shown(one, wanted) or (one.for_invited and _is_invited(actor)))
            and (forbidden_too or _may(actor, one))
        }

    def _is_shown(self, one: Operation, toolsets: frozenset[str]) -> bool:
        if "all" in toolsets or one.toolset in toolsets:
            return True
        return "default" in toolsets and one.name in self.default_tools


def _may(actor: Actor | None, one: Operation) -> bool:
    """Say whether an actor may use an operation; None is an owner, who has joined."""
    return permits(actor, one) if actor is not None else not one.for_invited


def _is_invited(actor: Actor | None) -> bool:
    return actor is not None and actor.is_invitation


def named(
    shown: Mapping[str, Operation],
    name: str,
    *,
    among: Mapping[str, Operation] | None = None,
    read_only: bool = False,
) -> Operation:
    """Return the operation of that name; raises InvalidInput that says why it is not there.

    `among` are all that could be shown, where a setting, or that nothing may change, hides some.
    """
    if name in shown:
        return shown[name]
    hidden = (among or {}).get(name)
    if hidden is not None and hidden.mcp:
        if read_only and not hidden.read_only:
            raise InvalidInput(f"{name} changes data, and this connection only reads.")
        raise InvalidInput(
            f"{name} is not shown here: the owner can show it with "
            f"HOURSMITH_TOOLSETS=default,{hidden.toolset}, or the client with the header "
            "X-MCP-Toolsets."
        )
    tools = [one.name for one in shown.values() if one.mcp]
    near = difflib.get_close_matches(name, tools, n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise InvalidInput(f"There is no tool of that name.{hint}")


def load() -> Catalogue:
    """Import every component module and collect what it defines."""
    found: dict[str, Operation] = {}
    for one in _operations():
        if one.name in found:
            modules = f"{found[one.name].function.__module__}, {one.function.__module__}"
            raise DuplicateNameError(f"{one.name} is in {modules}")
        found[one.name] = one
    product = importlib.import_module(FOLDERS[0])
    default_tools: tuple[str, ...] = product.DEFAULT_TOOLSET

    def place(name: str) -> tuple[int, str, str]:
        if name in default_tools:
            return (default_tools.index(name), "", "")
        return (len(default_tools), found[name].toolset, name)

    operations = {name: found[name] for name in sorted(found, key=place)}
    return Catalogue(operations, default_tools, product.ALSO_FOR_MEMBERS, product.INSTRUCTIONS)


def _operations() -> Iterator[Operation]:
    for folder in FOLDERS:
        package = importlib.import_module(folder)
        for name in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
            module = importlib.import_module(f"{folder}.{name}")
            for value in vars(module).values():
                record = getattr(value, MARK, None)
                if isinstance(record, Operation) and value.__module__ == module.__name__:
                    yield record
