"""`hoursmith-mcp serve` as a process, with nothing set but what a test sets."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings

PATIENCE_SECONDS = 60


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind((host, 0))
        port: int = free.getsockname()[1]
        return port


def first_token(database_url: str) -> str:
    """Make a token, and the database where there is none."""

    async def work() -> str:
        runtime = Runtime(Settings(database_url=database_url))
        try:
            return (await issue_token(runtime, name="laptop")).token
        finally:
            await runtime.close()

    return asyncio.run(work())


@contextmanager
def serve(database_url: str, port: int, **settings: str) -> Generator[list[str]]:
    """Run the server, which listens when this yields the lines of its log."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("HOURSMITH_")}
    with subprocess.Popen(
        [sys.executable, "-m", "hoursmith_mcp", "serve", "--port", str(port)],
        env={**own, "HOURSMITH_DATABASE_URL": database_url, **settings},
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        lines = [process.stderr.readline()]
        reading = threading.Thread(target=lines.extend, args=(process.stderr,))
        try:
            assert lines[0].startswith("Serving MCP"), lines[0] + process.stderr.read()
            reading.start()
            yield lines
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
            if reading.ident is not None:
                reading.join()
