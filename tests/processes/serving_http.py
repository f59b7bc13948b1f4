"""Real servers over HTTP, as `hoursmith-mcp serve` starts them."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from serving import PATIENCE, environment


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@asynccontextmanager
async def serving(
    database_url: str, port: int, errors: Path
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run `serve` until the end, if nobody kills it before; it listens when this yields."""
    with errors.open("ab") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hoursmith_mcp", "serve", f"--port={port}"),
            stderr=stderr,
            env={
                **environment(database_url),
                "HOURSMITH_RATE_LIMITS": "off",
                "HOURSMITH_ORGANIZATION_RATE_LIMITS": "off",
            },
        )
    try:
        async with asyncio.timeout(PATIENCE), httpx2.AsyncClient() as client:
            while True:
                try:
                    await client.get(f"http://127.0.0.1:{port}/readyz")
                    break
                except httpx2.TransportError:
                    assert process.returncode is None, errors.read_text()
                    await asyncio.sleep(0.05)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
