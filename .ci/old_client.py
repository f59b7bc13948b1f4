"""Hold the demo's conversation with the client of mcp 1.30, the last of the old protocol era.

python .ci/old_client.py COMMAND [ARGUMENT ...]

The command is a server over stdio. It gets an empty database of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.shared.exceptions import McpError
from mcp.types import CallToolResult, TextContent, TextResourceContents
from pydantic import AnyUrl

SECONDS = timedelta(seconds=30)
NEEDED = {"overview", "create_client", "create_project", "log_time", "list_time_entries"}


class Failed(Exception):
    """Something in the conversation does not hold."""


def check(holds: bool, message: str) -> None:
    """Stop the conversation when something does not hold."""
    if not holds:
        raise Failed(message)


def answer(name: str, result: CallToolResult) -> dict[str, Any]:
    """Return the structured answer of a call that succeeded and says the same twice."""
    texts = [block.text for block in result.content if isinstance(block, TextContent)]
    check(not result.isError, f"{name} answered with an error: {' '.join(texts)}")
    structured = result.structuredContent
    check(isinstance(structured, dict), f"{name} has no structuredContent")
    check(len(texts) == len(result.content) == 1, f"{name} has not one text block")
    check(json.loads(texts[0]) == structured, f"{name} says one thing in text, another structured")
    assert structured is not None
    return structured


def entries(structured: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the one list of a page."""
    lists = [
        value for value in structured.values() if isinstance(value, list) and "id" in str(value[:1])
    ]
    check(len(lists) == 1, f"list_time_entries has not one list of entries: {structured}")
    return lists[0]


async def converse(session: ClientSession) -> None:
    """Set up, log, list, and see where it stands."""
    started = await session.initialize()
    print(f"mcp {version('mcp')}: {started.serverInfo.name} speaks {started.protocolVersion}")
    listed = {tool.name for tool in (await session.list_tools()).tools}
    check(listed >= NEEDED, f"tools are missing: {', '.join(sorted(NEEDED - listed))}")

    async def call(name: str, /, **arguments: str) -> dict[str, Any]:
        structured = answer(name, await session.call_tool(name, arguments))
        print(f"  {name}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})")
        return structured

    await call("create_client", name="Acme", currency="EUR")
    await call("create_project", client="Acme", name="Website redesign", hourly_rate="90")
    logged = await call("log_time", project="acme redesign", duration="2h", note="Homepage")
    found = entries(await call("list_time_entries"))
    seconds = [entry["duration_seconds"] for entry in found]
    check(seconds == [7200], f"not one entry of 2 h: {found}")
    check(found[0]["id"] in json.dumps(logged), f"not the entry that was logged: {found}, {logged}")
    await call("overview")

    contents = (await session.read_resource(AnyUrl("hoursmith://overview"))).contents
    texts = [part.text for part in contents if isinstance(part, TextResourceContents)]
    check(len(texts) == 1 and bool(texts[0].strip()), "hoursmith://overview has no text")
    print("  hoursmith://overview")


async def main(command: str, *arguments: str) -> None:
    """Start the server on an empty database and hold the conversation."""
    failure: Exception | None = None
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite+aiosqlite:///{Path(folder) / 'hoursmith.db'}"
        server = StdioServerParameters(
            command=command,
            args=list(arguments),
            env={**os.environ, "HOURSMITH_DATABASE_URL": database},
        )
        async with (
            stdio_client(server) as (reading, writing),
            ClientSession(reading, writing, read_timeout_seconds=SECONDS) as session,
        ):
            try:
                await converse(session)
            except (Failed, McpError) as error:  # said below, outside the client's task groups
                failure = error
    if failure is not None:
        raise SystemExit(f"FAILED: {failure}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    asyncio.run(main(*sys.argv[1:]))
