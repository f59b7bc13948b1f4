"""What webhooks cost: how soon, how many, and whether one that is dead holds up the others."""

from __future__ import annotations

import asyncio
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from measure import Pair, Row, interleaved, percentile
from servers import FLOORS, Served
from sqlalchemy import text

from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.webhooks.dispatcher import Dispatcher
from hoursmith_mcp.webhooks.signatures import mint_secret, signature_headers
from hoursmith_mcp.webhooks.work import Place, claim_due

MESSAGES, COMMITS, CLAIMS = 300, 100, 50
WAITING_FOR_THE_DEAD, WAITING_FOR_A_CLAIM = 10_000, 100_000
QUICK_MS, SOON_MS, SHORT_MS, ADDED_MS = 250.0, 1_000.0, 5.0, 2_000.0
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
WANTED = "time_entry.created"
BODY = b'{"data": "' + b"x" * 1_000 + b'"}'  # As long as what tells of an entry.


def rows(subject: Served) -> list[Row]:
    """Return the rows of this group; what is sent is no matter of the stdio program."""
    return [
        Row(
            name="message",
            what="a message of one worker, to a bare httpx2 loop that only signs and posts",
            unit="ms",
            bar=1 / 0.3,
            goal=1 / 0.5,
            round=interleaved(_bare, _sent),
        ),
        Row(
            name="message-first",
            what="from a commit to its first attempt, p50, to 250 ms",
            unit="ms",
            bar=1.0,
            round=partial(_soon, percent=50, most_ms=QUICK_MS),
        ),
        Row(
            name="message-first-p95",
            what="the same, p95, to a second",
            unit="ms",
            bar=1.0,
            round=partial(_soon, percent=95, most_ms=SOON_MS),
        ),
        Row(
            name="message-dead",
            what="a message, while 10,000 wait for a dead endpoint, to one while none does",
            unit="ms",
            bar=1.1,
            round=interleaved(_sent, partial(_sent, WAITING_FOR_THE_DEAD)),
        ),
        Row(
            name="message-hang",
            what="what an endpoint that hangs adds to the p99 of another, to two seconds",
            unit="ms",
            bar=1.0,
            round=_added,
        ),
        Row(
            name="message-claim",
            what="a claim without the disk's part, while 100,000 are due, p50, to 5 ms",
            unit="ms",
            bar=1.0,
            round=_claimed,
        ),
    ]


@dataclass(frozen=True)
class _House:
    """A house whose dispatcher is this process."""

    runtime: Runtime

    async def call(self, name: str, /, **given: Any) -> Any:
        operation = self.runtime.catalogue.operations[name]
        answer = await self.runtime.invoke(operation, self.runtime.local_caller("bench"), given)
        return answer.data

    async def log(self, number: int) -> None:
        await self.call("log_time", project="Site", duration="1s", note=f"n {number}")

    async def tell(self, port: int, *events: str) -> str:
        url = f"http://127.0.0.1:{port}/in"
        return str((await self.call("create_webhook", url=url, events=[*events]))["id"])

    async def crowd(self, endpoint_id: str, count: int) -> None:
        """Let so many messages be due for an endpoint."""
        statement = text(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
            "INSERT INTO delivery (id, organization_id, endpoint_id, type, sequence, state, "
            "attempts, tries, due_at, scheduled_at, created_at) "
            "SELECT 'dl_' || i, organization_id, id, 'client.created', i, 'pending', 0, 0, "
            ":now, :now, :now FROM n CROSS JOIN webhook_endpoint WHERE id = :endpoint"
        )

        async def unit(session: Session) -> None:
            given = {"count": count, "endpoint": endpoint_id, "now": session.now_us}
            await session.unscoped(statement.bindparams(**given))

        await (await self.runtime.database()).write(unit)

    @asynccontextmanager
    async def dispatching(self) -> AsyncGenerator[None]:
        dispatcher = Dispatcher(self.runtime)
        running = asyncio.ensure_future(dispatcher.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def _house() -> AsyncGenerator[_House]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=f"sqlite+aiosqlite:///{Path(folder).as_posix()}/bench.db",
            webhook_allow="127.0.0.0/8",
            secret_key=KEY,
            toolsets="all",
        )
        house = _House(Runtime(settings))
        try:
            await house.call("create_client", name="Acme", currency="EUR")
            await house.call("create_project", client="Acme", name="Site")
            yield house
        finally:
            await house.runtime.close()


@dataclass(frozen=True)
class _Sink:
    """A process that takes messages, and says when it has them all."""

    port: int
    said: asyncio.StreamReader

    async def has_all(self) -> None:
        assert await self.said.readline() == b"all\n"


@asynccontextmanager
async def _sink(wanted: int) -> AsyncGenerator[_Sink]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(FLOORS / "sink.py"), str(wanted)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield _Sink(int(await process.stdout.readline()), process.stdout)
    finally:
        process.stdin.close()
        await process.wait()


def _milliseconds_since(begun: float, count: int = 1) -> float:
    return (time.perf_counter() - begun) / count * 1_000


async def _bare() -> float:
    secret = mint_secret(bytes)
    async with _sink(MESSAGES) as sink, httpx2.AsyncClient() as client:
        begun = time.perf_counter()
        for number in range(MESSAGES):
            headers = signature_headers(
                [secret], message_id=f"ev_{number}", at_seconds=int(time.time()), body=BODY
            )
            headers |= {"Content-Type": "application/json"}
            await client.post(f"http://127.0.0.1:{sink.port}/in", content=BODY, headers=headers)
        await sink.has_all()
        return _milliseconds_since(begun, MESSAGES)


async def _sent(waiting_for_the_dead: int = 0) -> float:
    async with _sink(MESSAGES) as sink, _house() as house:
        if waiting_for_the_dead:
            with socket.socket() as nobody:
                nobody.bind(("127.0.0.1", 0))
                dead = await house.tell(nobody.getsockname()[1], "client.created")
            await house.crowd(dead, waiting_for_the_dead)
        await house.tell(sink.port, WANTED)
        for number in range(MESSAGES):
            await house.log(number)
        begun = time.perf_counter()
        async with house.dispatching():
            await sink.has_all()
            return _milliseconds_since(begun, MESSAGES)


async def _soon(_: int, *, percent: int, most_ms: float) -> Pair:
    async with _house() as house:
        return Pair(most_ms, percentile(await _delays(house), percent))


async def _added(_: int) -> Pair:
    async with _house() as house:
        before = percentile(await _delays(house), 99)
    async with _house() as house, _hanging() as port:
        await house.tell(port, WANTED)
        after = percentile(await _delays(house), 99)
    return Pair(ADDED_MS, max(after - before, 0.0))


async def _delays(house: _House) -> list[float]:
    """Return after how many milliseconds a sink was told of each of some commits."""
    async with _sink(1) as sink:
        await house.tell(sink.port, WANTED)
        async with house.dispatching():
            await house.log(0)
            await sink.has_all()
            found: list[float] = []
            for number in range(1, COMMITS):
                await house.log(number)
                begun = time.perf_counter()
                await sink.has_all()
                found.append(_milliseconds_since(begun))
    return found


@asynccontextmanager
async def _hanging() -> AsyncGenerator[int]:
    """Yield the port of a server that takes everything and says nothing."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _claimed(_: int) -> Pair:
    async with _house() as house:
        endpoint_id = await house.tell(9, "client.created")
        await house.crowd(endpoint_id, WAITING_FOR_A_CLAIM)
        database = await house.runtime.database()
        organization_id = (await house.call("overview"))["organization_id"]
        place = Place(organization_id, endpoint_id)
        taken: list[float] = []

        async def claim(session: Session) -> None:
            begun = time.perf_counter()
            assert await claim_due(session, place, under_way=[], attempt_us=1_000_000)
            taken.append(_milliseconds_since(begun))

        for _ in range(CLAIMS):
            await database.write(claim)
    return Pair(SHORT_MS, statistics.median(taken))
