"""Servers on one PostgreSQL hold one limit together, within a second of each other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest
from houses import Clock, open_house
from http_serving import free_port, serving
from rest_calls import rest_client
from sqlalchemy import text

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.adapters.shared_limits import FORGOTTEN_EVERY_SECONDS
from hoursmith_mcp.runtime import Runtime

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

LIMIT = 40
AT_FIRST = 30
A_DAY = 86_400
PATIENCE_SECONDS = 60


async def counted(runtime: Runtime) -> int:
    """Return how many requests of tokens all processes have told of."""
    total = text("SELECT SUM(requests) AS requests FROM request_count WHERE caller_id LIKE 'tok%'")
    rows = await (await runtime.database()).read(lambda session: session.unscoped(total))
    return int(rows[0].requests or 0)


async def told(runtime: Runtime, requests: int) -> None:
    """Wait until all processes together have told of so many requests."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await counted(runtime) != requests:
            await asyncio.sleep(0.01)


async def test_two_servers_hold_one_limit_together(postgresql_url: str, tmp_path: Path) -> None:
    ports, limits = [free_port(), free_port()], f"1000/1,{LIMIT}/{A_DAY}"
    async with open_house(postgresql_url) as (runtime, _):
        headers = {"Authorization": f"Bearer {(await issue_token(runtime, name='a')).token}"}

        async def asked(port: int) -> int:
            answer = await client.get(f"http://127.0.0.1:{port}/api/v1/overview")
            return answer.status_code

        async with (
            serving(postgresql_url, ports[0], tmp_path / "first", RATE_LIMITS=limits),
            serving(postgresql_url, ports[1], tmp_path / "second", RATE_LIMITS=limits),
            httpx2.AsyncClient(headers=headers) as client,
        ):
            first, second = ports
            assert [await asked(first) for _ in range(AT_FIRST)] == [200] * AT_FIRST
            await told(runtime, AT_FIRST)
            # The other one hears of them when it has something to tell itself.
            assert await asked(second) == 200
            await told(runtime, AT_FIRST + 1)
            left = LIMIT - AT_FIRST - 1
            assert [await asked(second) for _ in range(left + 1)] == [200] * left + [429]
            await told(runtime, LIMIT)
            # So does the first one: until then it lets through one too many.
            assert await asked(first) == 200
            await told(runtime, LIMIT + 1)
            assert await asked(first) == 429
            assert await asked(second) == 429


async def test_a_database_that_cannot_be_written_to_keeps_nobody_from_asking(
    postgresql_url: str, clock: Clock
) -> None:
    limits = f"3/{A_DAY}"
    async with open_house(postgresql_url, clock=clock, rate_limits=limits) as (runtime, _):
        token = (await issue_token(runtime, name="a")).token
        database = await runtime.database()
        await database.write(
            lambda session: session.unscoped(text("ALTER TABLE request_count RENAME TO away"))
        )
        async with rest_client(runtime, token) as client:
            answers = [(await client.get("overview")).status_code for _ in range(4)]
            assert answers == [200, 200, 200, 429]
            await database.write(
                lambda session: session.unscoped(text("ALTER TABLE away RENAME TO request_count"))
            )
            await told(runtime, 3)


async def test_what_is_over_is_forgotten(postgresql_url: str, clock: Clock) -> None:
    async with open_house(postgresql_url, clock=clock, rate_limits="3/10") as (runtime, _):
        token = (await issue_token(runtime, name="a")).token
        async with rest_client(runtime, token) as client:
            await client.get("overview")
            await told(runtime, 1)
            clock.advance(seconds=FORGOTTEN_EVERY_SECONDS)
            for _ in range(2):
                await client.get("overview")
            await told(runtime, 2)


async def test_a_file_of_sqlite_is_not_written_to(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        token = (await issue_token(runtime, name="a")).token
        async with rest_client(runtime, token) as client:
            for _ in range(3):
                await client.get("overview")
        await asyncio.sleep(0)
        assert await counted(runtime) == 0
