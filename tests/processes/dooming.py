"""Having servers made that die at a point, and calling one tool on each of them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving import INITIALIZE, PATIENCE, environment

SCRIPT = Path(__file__).with_name("doomed_servers.py")


@dataclass(frozen=True)
class Life:
    """What became of a server: the points that it reached, and its answer, if it lived to give one.

    The points are counted from its first statement on.
    """

    points: list[str]
    result: dict[str, Any] | None

    @property
    def was_killed(self) -> bool:
        """Whether it died before it had answered."""
        return self.result is None


@dataclass(frozen=True)
class Nursery:
    """The process that servers are forked from, and the pipes that they are spoken to over."""

    process: asyncio.subprocess.Process
    folder: Path
    environment: Mapping[str, str]

    async def life(
        self, tool: str, arguments: Mapping[str, Any], key: str, *, die_at: int = 0, plant: str = ""
    ) -> Life:
        """Make one call of a server of its own, which dies at a point, or at none."""
        order = {
            "stdin": str(self.folder / "stdin"),
            "stdout": str(self.folder / "stdout"),
            "points": str(self.folder / "points"),
            "environment": dict(self.environment),
            "die_at": die_at,
            "planted": plant,
        }
        called = {"name": tool, "arguments": arguments, "_meta": {"hoursmith/key": key}}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            await self.process.stdin.drain()
            result = await asyncio.to_thread(self._speak, called)
            code = int(await self.process.stdout.readline())
        assert code == (-signal.SIGKILL if result is None else 0)
        return Life((self.folder / "points").read_text().splitlines(), result)

    def _speak(self, called: Mapping[str, Any]) -> dict[str, Any] | None:
        """Shake hands, call, and return the result, or None where the server is gone."""
        with (
            (self.folder / "stdin").open("w") as stdin,
            (self.folder / "stdout").open() as stdout,
        ):

            def say(method: str, params: Mapping[str, Any], **more: Any) -> None:
                message = {"jsonrpc": "2.0", "method": method, "params": params, **more}
                stdin.write(json.dumps(message) + "\n")
                stdin.flush()

            say("initialize", INITIALIZE, id=0)
            assert json.loads(stdout.readline())["id"] == 0
            say("notifications/initialized", {})
            say("tools/call", called, id=1)
            line = stdout.readline()
            result: dict[str, Any] | None = json.loads(line)["result"] if line else None
            return result


@asynccontextmanager
async def nursery(database_url: str, folder: Path, *, token: str) -> AsyncGenerator[Nursery]:
    """Start the process that servers are forked from; it ends when no more are wanted."""
    for name in ("stdin", "stdout"):
        os.mkfifo(folder / name)
    with (folder / "stderr").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(SCRIPT),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield Nursery(process, folder, environment(database_url, token))
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
