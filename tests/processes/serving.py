"""Real server processes, spoken to over their pipes; they can be killed, starved and planted in."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

PATIENCE = 60  # Seconds until a server that hangs fails its test.
LONGEST_LINE = 1 << 24
CLIENT = {"name": "tests", "version": "1"}
INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": CLIENT}

# Root may read and write whatever it likes; without these two it is held to the rights of files.
HELD_TO_RIGHTS = """
import ctypes, os, sys
for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    if os.geteuid() == 0 and ctypes.CDLL(None).prctl(24, capability, 0, 0, 0):
        sys.exit("the rights of files cannot be made to hold for root")
os.execv(sys.executable, [sys.executable, "-m", "hoursmith_mcp"])
"""
# SQLite's own limit on pages is to it what a disk without room is: SQLITE_FULL, on any machine.
FULL_WHILE_THERE_IS = """
import sys
from pathlib import Path
from sqlalchemy import Engine, event

sign = Path(sys.argv.pop())

@event.listens_for(Engine, "begin", insert=True)
def limit(connection):
    (pages,) = connection.exec_driver_sql("PRAGMA page_count").one()
    most = pages + 2 if sign.exists() else 1 << 30
    connection.exec_driver_sql(f"PRAGMA max_page_count={most}").close()

"""
SERVE = "from hoursmith_mcp.__main__ import main\nmain()\n"


class Gone(Exception):
    """The server ended before it had answered."""


@dataclass
class ServerProcess:
    """One server and the line to it."""

    process: asyncio.subprocess.Process
    errors: Path
    """Where its stderr goes."""
    _waiting: dict[int, asyncio.Future[dict[str, Any]]] = field(
        default_factory=dict[int, asyncio.Future[dict[str, Any]]]
    )
    _ids: count[int] = field(default_factory=count)

    async def ask(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request and return its result; raises Gone."""
        number = next(self._ids)
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        await self.tell(method, params, id=number)
        async with asyncio.timeout(PATIENCE):
            result: dict[str, Any] = (await answer)["result"]
        return result

    async def tell(self, method: str, params: Mapping[str, Any], **more: Any) -> None:
        """Send a message."""
        assert self.process.stdin is not None
        message = {"jsonrpc": "2.0", "method": method, "params": params, **more}
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            await self.process.stdin.drain()
        except ConnectionError:
            raise Gone from None

    async def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool that must do it, and return its data."""
        result = await self.ask("tools/call", {"name": tool, "arguments": arguments})
        data: dict[str, Any] = result["structuredContent"]
        assert not result["isError"], data
        return data

    async def refusal(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool that must refuse, and return the error."""
        result = await self.ask("tools/call", {"name": tool, "arguments": arguments})
        data: dict[str, Any] = result["structuredContent"]
        assert result["isError"], data
        assert [part["text"] for part in result["content"]] == [data["message"]]
        return data

    async def kill(self) -> None:
        """Kill it, at once and without a word."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def listen(self) -> None:
        """Hand every answer to whoever waits for it, until there are no more."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            message = json.loads(line)
            answer = self._waiting.pop(message["id"])
            if not answer.done():
                answer.set_result(message)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(Gone())


def environment(database_url: str, token: str = "") -> dict[str, str]:
    """Return the environment of a server: nothing of whoever runs the tests is set in it."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("HOURSMITH_")}
    return {**own, "HOURSMITH_DATABASE_URL": database_url, "HOURSMITH_TOKEN": token}


@asynccontextmanager
async def served(
    database_url: str,
    folder: Path,
    *,
    token: str = "",
    command: Sequence[str] = ("-m", "hoursmith_mcp"),
) -> AsyncGenerator[ServerProcess]:
    """Start a server process and shake hands; it is gone afterwards, quietly if it still runs."""
    errors = folder / f"stderr-{len(list(folder.iterdir()))}"
    with errors.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env=environment(database_url, token),
            limit=LONGEST_LINE,
        )
    server = ServerProcess(process, errors)
    listening = asyncio.create_task(server.listen())
    try:
        await server.ask("initialize", INITIALIZE)
        await server.tell("notifications/initialized", {})
        yield server
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE):
                await process.wait()
                await listening
        finally:
            if process.returncode is None:
                process.kill()
