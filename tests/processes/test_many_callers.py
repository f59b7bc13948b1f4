"""Many callers at once, over one connection and over several processes on one database."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from houses import InProcess, open_house
from mcp import Client, StdioServerParameters
from rows import everything
from serving import environment, served

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio

Call = Callable[..., Awaitable[Any]]


async def make_project(database_url: str) -> str:
    """Make a project to log on, and return the token that servers need; none on SQLite."""
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Website")
        return caller.token


async def notes(database_url: str, token: str = "") -> list[str]:
    """Return the notes of all time that was logged, in order."""
    found: list[str] = []
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, Caller(door="test", token=token) if token else caller)
        page: dict[str, Any] = {}
        while not found or page.get("next_cursor"):
            after = {"cursor": page["next_cursor"]} if page else {}
            page = await door.call("list_time_entries", limit=100, **after)
            found += [entry["note"] for entry in page["time_entries"]]
    return sorted(found)


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.ci)], indirect=True
)
async def test_a_hundred_parallel_calls_over_one_connection_are_a_hundred_rows(
    database_url: str,
) -> None:
    token = await make_project(database_url)
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "hoursmith_mcp"],
        env=environment(database_url, token),
    )
    async with Client(server) as client:
        results = await asyncio.gather(
            *(
                client.call_tool(
                    "log_time", {"project": "Website", "duration": "1m", "note": f"{number:03}"}
                )
                for number in range(100)
            )
        )
    assert not any(result.is_error for result in results)
    answers: list[Any] = [result.structured_content for result in results]
    answered = sorted(answer["note"] for answer in answers)
    assert answered == [f"{number:03}" for number in range(100)]
    assert await notes(database_url, token) == answered
    assert await diagnose(database_url) == []


@pytest.mark.ci
@pytest.mark.parametrize(
    ("database_url", "each"),
    [
        ("sqlite", 100),
        ("postgresql", 100),
    ],
    indirect=["database_url"],
)
async def test_what_four_servers_on_one_database_log_is_all_there(
    database_url: str, each: int, tmp_path: Path
) -> None:
    token = await make_project(database_url)
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(served(database_url, tmp_path, token=token))
            for _ in range(4)
        ]
        await asyncio.gather(
            *(
                server.call("log_time", project="Website", duration="1m", note=f"{place}.{number}")
                for place, server in enumerate(servers)
                for number in range(each)
            )
        )
    assert len(set(await notes(database_url, token))) == 4 * each
    assert await diagnose(database_url) == []
    assert [path.read_bytes() for path in tmp_path.glob("stderr*")] == [b""] * 4


@pytest.mark.parametrize("turn", [0, *(pytest.param(n, marks=pytest.mark.ci) for n in (1, 2))])
async def test_four_servers_that_start_together_on_nothing_all_come_up(
    sqlite_url: str, tmp_path: Path, turn: int
) -> None:
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(served(sqlite_url, tmp_path)) for _ in range(4)]
        # A server opens the database when the first call needs it: that is the start that counts.
        answers = await asyncio.gather(*(server.call("overview") for server in servers))
    assert len({answer["organization_id"] for answer in answers}) == 1
    assert len({answer["user_id"] for answer in answers}) == 1
    assert await diagnose(sqlite_url) == []
    assert [path.read_bytes() for path in tmp_path.glob("stderr*")] == [b""] * 4
    left = {path.name for path in tmp_path.iterdir() if not path.name.startswith("stderr")}
    assert left == {"hoursmith.db"}


@pytest.mark.ci
async def test_four_servers_that_start_together_on_an_empty_postgresql_all_come_up(
    postgresql_url: str, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(served(postgresql_url, tmp_path)) for _ in range(4)
        ]
        # They open the database together, and then find that PostgreSQL asks for a token.
        refusals = await asyncio.gather(*(server.refusal("overview") for server in servers))
    assert {refusal["code"] for refusal in refusals} == {"unauthenticated"}
    async with open_house(postgresql_url) as (runtime, _):
        rows = await everything(runtime)
    assert (len(rows["organization"]), len(rows["member"])) == (1, 1)
    assert await diagnose(postgresql_url) == []
    assert [path.read_bytes() for path in tmp_path.glob("stderr*")] == [b""] * 4
