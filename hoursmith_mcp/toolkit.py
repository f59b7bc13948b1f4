"""The door for programs: the tools, in the same process, without any protocol; or a server's.

async with Toolkit.open("hoursmith.db") as kit:
    entry = await kit.call("log_time", project="acme redesign", duration="2h")
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hoursmith_mcp.adapters.mcp.address import is_address, read_address
from hoursmith_mcp.catalogue import named
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings

if TYPE_CHECKING:
    from hoursmith_mcp.access.actor import Actor
    from hoursmith_mcp.adapters.mcp.remote import Remote

Format = Literal["mcp", "openai", "anthropic"]


class Toolkit:
    """The tools of one house, for one member."""

    def __init__(self, runtime: Runtime, *, actor: Actor | None = None, run: str = "") -> None:
        """Take a running program, and whom it acts for, if not for the owner; `open` makes one."""
        self._runtime = runtime
        self._actor = actor
        self._run = run

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        where: str | Path,
        *,
        token: str = "",
        organization: str = "",
        toolsets: str = "all",
        run: str = "",
    ) -> AsyncGenerator[Toolkit]:
        """Open a database by its path or URL, or a server by its, and let go of it at the end.

        It acts for `token`, or on SQLite for the owner. `run` names what the calls belong to. The
        tools are those that the token's member may use, as they see them; a server decides that
        itself.

        Raises Unauthenticated for a token that opens nothing.
        """
        if isinstance(where, str) and is_address(where):
            from hoursmith_mcp.adapters.mcp.remote import open_remote

            async with open_remote(read_address(where, token), door="toolkit") as remote:
                yield _ServedToolkit(remote, run=run)
            return
        url = where if isinstance(where, str) and "://" in where else _sqlite_url(Path(where))
        settings = Settings(
            database_url=url, token=token, organization=organization, toolsets=toolsets
        )
        runtime = Runtime(settings)
        try:
            actor = await runtime.identify(runtime.local_caller("toolkit")) if token else None
            yield cls(runtime, actor=actor, run=run)
        finally:
            await runtime.close()

    async def call(
        self, name: str, /, *, key: str | None = None, **arguments: Any
    ) -> dict[str, Any]:
        """Call a tool and return its answer as plain data.

        `key` makes a retry safe for 24 hours. An act that should be confirmed first answers
        `would` and `confirm`, and is done when it is called again with that `confirm`. Raises an
        error of `hoursmith_mcp.errors`, after which nothing of the call was stored.
        """
        caller = self._runtime.local_caller("toolkit", run=self._run)
        operation = named(self._runtime.catalogue.operations, name)
        answer = await self._runtime.invoke(operation, caller, arguments, key=key, asking=True)
        return answer.data

    def schemas(self, format: Format) -> list[dict[str, Any]]:
        """Return the tools' definitions in the form that a vendor's API takes."""
        toolsets = self._runtime.settings.toolsets
        tools = self._runtime.catalogue.tools(toolsets, actor=self._actor)
        return [_converted(one.definition, format) for one in tools.values()]


class _ServedToolkit(Toolkit):
    """The tools of a server, for the member that its token belongs to."""

    def __init__(self, remote: Remote, *, run: str = "") -> None:
        self._remote = remote
        self._run = run

    async def call(
        self, name: str, /, *, key: str | None = None, **arguments: Any
    ) -> dict[str, Any]:
        return await self._remote.call(name, arguments, key=key, run=self._run)

    def schemas(self, format: Format) -> list[dict[str, Any]]:
        return [_converted(one, format) for one in self._remote.tools.values()]


def _sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path.absolute().as_posix()}"


def _converted(definition: dict[str, Any], format: Format) -> dict[str, Any]:
    name, description = definition["name"], definition["description"]
    schema = definition["inputSchema"]
    match format:
        case "mcp":
            return definition
        case "openai":
            function = {"name": name, "description": description, "parameters": schema}
            return {"type": "function", "function": function}
        case "anthropic":
            return {"name": name, "description": description, "input_schema": schema}
