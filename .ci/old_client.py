"""Hold the demo's conversation with the client of mcp 1.30, the last of the old protocol era.

python .ci/old_client.py COMMAND [ARGUMENT ...]

The command is a server over stdio. It gets an empty database of its own. What is said to it, and
what must hold of its answers, is the product's: its file is read here, where only mcp is installed.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
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
CHECKOUT = Path(__file__).parent.parent
CONVERSATION = runpy.run_path(str(CHECKOUT / "hoursmith_mcp/cli/conversation.py"))["CONVERSATION"]


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


async def converse(session: ClientSession) -> None:
    """Hold the conversation, and look that nothing was stored but what was said."""
    started = await session.initialize()
    print(f"mcp {version('mcp')}: {started.serverInfo.name} speaks {started.protocolVersion}")
    listed = {tool.name for tool in (await session.list_tools()).tools}
    needed = {turn.tool for turn in CONVERSATION}
    check(listed >= needed, f"tools are missing: {', '.join(sorted(needed - listed))}")

    logged: list[str] = []
    repeats = 0
    answers: dict[str, dict[str, Any]] = {}
    for turn in CONVERSATION:
        arguments = turn.given(answers)
        told = answer(turn.tool, await session.call_tool(turn.tool, arguments))
        answers[turn.tool] = told
        shown = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        print(f"  {turn.tool}({shown})")
        broken = turn.broken(told)
        check(not broken, f"{turn.tool}({shown}) has {broken}, and {turn.holds} must hold")
        if told.get("repeated"):
            repeats += 1
            check(told["id"] == logged[-1], f"the repeat is answered with another entry: {told}")
        elif turn.tool == "log_time":
            logged.append(told["id"])
        elif turn.tool == "list_time_entries":
            found = [entry["id"] for entry in told["time_entries"]]
            check(sorted(found) == sorted(logged), f"{logged} were logged, {found} are listed")
    check(repeats == 1, f"{repeats} calls were answered as repeats, not 1")

    contents = (await session.read_resource(AnyUrl("hoursmith://overview"))).contents
    texts = [part.text for part in contents if isinstance(part, TextResourceContents)]
    check(len(texts) == 1 and bool(texts[0].strip()), "hoursmith://overview has no text")
    print("  hoursmith://overview")


async def main(command: str, *arguments: str) -> None:
    """Start the server on an empty database and hold the conversation."""
    failure: Exception | None = None
    ours = {name for name in os.environ if name.startswith("HOURSMITH_")}
    environment = {name: text for name, text in os.environ.items() if name not in ours}
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite+aiosqlite:///{Path(folder) / 'hoursmith.db'}"
        server = StdioServerParameters(
            command=command,
            args=list(arguments),
            env={**environment, "HOURSMITH_DATABASE_URL": database},
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
