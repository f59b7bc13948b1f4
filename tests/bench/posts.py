"""What a POST costs, one after another and from sixteen callers at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from measure import Pair, Row, interleaved, percentile
from servers import FLOORS, PER_DAY, Served

WARM, CALLS, CALLERS = 50, 400, 16
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class _Server:
    """One of the two servers: how it is started, and what is posted to it."""

    is_floor: bool

    def command(self, folder: Path, port: int) -> list[str]:
        if self.is_floor:
            return [str(FLOORS / "bare_rest.py"), str(folder), str(port)]
        return ["-m", "hoursmith_mcp", "serve", f"--port={port}"]

    async def prepare(self, client: httpx2.AsyncClient) -> None:
        if self.is_floor:
            return
        acme = {"name": "Acme", "currency": "EUR"}
        await _post(client, "/api/v1/clients", acme, "client")
        site = {"clientId": "Acme", "name": "Site", "hourlyRate": "90"}
        await _post(client, "/api/v1/projects", site, "project")

    async def post(self, client: httpx2.AsyncClient, number: int) -> None:
        given = {"duration": "1m", "note": f"n {number}"}
        if self.is_floor:
            await _post(client, "/entries", {"project": "Site", **given}, str(number))
            return
        day = dt.date.today() - dt.timedelta(days=1 + number // PER_DAY)
        given |= {"projectId": "Site", "entryDate": day.isoformat()}
        await _post(client, "/api/v1/time-entries", given, str(number))


FLOOR, SUBJECT = _Server(is_floor=True), _Server(is_floor=False)


def rows(subject: Served) -> list[Row]:
    """Return the rows of this group; what serves them is no matter of the stdio program."""
    return [
        Row(
            name="post",
            what="POST /time-entries, p50, to a bare Starlette and SQLModel app that inserts a row",
            unit="ms",
            bar=2.5,
            goal=1.5,
            round=interleaved(lambda: _p50(FLOOR), lambda: _p50(SUBJECT)),
        ),
        Row(
            name="post-16",
            what="the same from 16 callers at once, time per POST",
            unit="ms",
            bar=1 / 0.6,
            goal=1.0,
            round=interleaved(lambda: _under_load(FLOOR), lambda: _under_load(SUBJECT)),
        ),
        Row(
            name="post-16-p95",
            what="the same, our p95 to our own p50",
            unit="ms",
            bar=3.0,
            round=_spread,
        ),
    ]


async def _p50(server: _Server) -> float:
    async with _serving(server) as client:
        return percentile(await _taken(server, client, WARM, CALLS), 50) * 1000


async def _under_load(server: _Server) -> float:
    async with _serving(server) as client:
        begun = time.perf_counter()
        await _loaded(server, client)
        return (time.perf_counter() - begun) / CALLS * 1000


async def _spread(_: int) -> Pair:
    async with _serving(SUBJECT) as client:
        taken = await _loaded(SUBJECT, client)
    return Pair(percentile(taken, 50) * 1000, percentile(taken, 95) * 1000)


async def _loaded(server: _Server, client: httpx2.AsyncClient) -> list[float]:
    each = CALLS // CALLERS
    starts = range(WARM, WARM + CALLS, each)
    parts = await asyncio.gather(*(_taken(server, client, start, each) for start in starts))
    return [one for part in parts for one in part]


async def _taken(
    server: _Server, client: httpx2.AsyncClient, start: int, count: int
) -> list[float]:
    found: list[float] = []
    for number in range(start, start + count):
        begun = time.perf_counter()
        await server.post(client, number)
        found.append(time.perf_counter() - begun)
    return found


@asynccontextmanager
async def _serving(server: _Server) -> AsyncGenerator[httpx2.AsyncClient]:
    """Start a server on a free port, make what it needs, and warm it up."""
    with tempfile.TemporaryDirectory() as name, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        free.close()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *server.command(Path(name), port)),
            stderr=asyncio.subprocess.DEVNULL,
            env={
                **os.environ,
                "HOURSMITH_DATABASE_URL": f"sqlite+aiosqlite:///{name}/bench.db",
                "HOURSMITH_RATE_LIMITS": "off",
                "HOURSMITH_ORGANIZATION_RATE_LIMITS": "off",
            },
        )
        try:
            async with httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS
            ) as client:
                await _listening(client)
                await server.prepare(client)
                await _taken(server, client, 0, WARM)
                yield client
        finally:
            process.terminate()
            await process.wait()


async def _listening(client: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await client.get("/healthz")
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


async def _post(client: httpx2.AsyncClient, path: str, given: dict[str, str], key: str) -> None:
    """Make a POST that must be done: one that failed would be measured as a fast one."""
    answer = await client.post(path, json=given, headers={"Idempotency-Key": key})
    if answer.status_code != 201:
        raise RuntimeError(f"{path}: {answer.text}")
