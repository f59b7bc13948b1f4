"""The door for programs: the tools, in the same process, without any protocol.

async with Toolkit.open("hoursmith.db") as kit:
    entry = await kit.call("log_time", project="acme redesign", duration="2h")
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from hoursmith_mcp.catalogue import named
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings

Format = Literal["mcp", "openai", "anthropic"]


class Toolkit:
    """The tools of one database, for one member."""

    def __init__(self, runtime: Runtime, *, run: str = "") -> None:
        """Take a running program; `open` makes one."""
        self._runtime = runtime
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
        """Open a database by its path or URL, and let go of it at the end.

        It acts for `token`, or on SQLite for the owner. `run` names what the calls belong to.
        """
        url = where if isinstance(where, str) and "://" in where else _sqlite_url(Path(where))
        settings = Settings(
            database_url=url, token=token, organization=organization, toolsets=toolsets
        )
        runtime = Runtime(settings)
        try:
            yield cls(runtime, run=run)
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
        tools = self._runtime.catalogue.tools(self._runtime.settings.toolsets)
        return [_definition(one, format) for one in tools.values()]


def _sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path.absolute().as_posix()}"


def _definition(one: Operation, format: Format) -> dict[str, Any]:
    schema = one.arguments.schema
    match format:
        case "mcp":
            return one.definition
        case "openai":
            function = {"name": one.name, "description": one.description, "parameters": schema}
            return {"type": "function", "function": function}
        case "anthropic":
            return {"name": one.name, "description": one.description, "input_schema": schema}
