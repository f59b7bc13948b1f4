"""A database that is away: every HTTP door says so, and works again without a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from databases_away import held, wire_to
from houses import open_house
from http_serving import free_port, serving
from rest_calls import key, refused

from hoursmith_mcp.access.issuing import issue_token

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

MCP: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "overview", "arguments": {}},
}
INTERNALS = ("sqlite3", "asyncpg", "sqlalchemy", "Traceback", "/home", "127.0.0.1", "SELECT")
AWAY = "The database does not answer; try again when it is back."
LONGEST_SECONDS = 15  # For an answer, where a statement may take one: a machine may be loaded.
BUSY = "The database is busy: another program holds it. Try again."


class Served:
    """A served house, spoken to over HTTP."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        """Take a client of the server, with a token."""
        self._client = client

    async def get(self, path: str) -> httpx2.Response:
        """Read something."""
        return await self._client.get(path)

    async def post(self, name: str) -> httpx2.Response:
        """Make a client of a name, with the name as key."""
        return await self._client.post("/api/v1/clients", json={"name": name}, headers=key(name))

    async def call(self) -> httpx2.Response:
        """Call a tool over MCP, in the older era, without a session."""
        accepts = {"Accept": "application/json, text/event-stream"}
        return await self._client.post("/mcp", json=MCP, headers=accepts)

    async def works(self, name: str) -> None:
        """See that all is well, and that what was refused was not done."""
        assert (await self.get("/readyz")).status_code == 200
        made = await self.post(name)
        assert made.status_code == 201, made.text
        assert "idempotent-replayed" not in made.headers


def is_away(answer: httpx2.Response, sentence: str) -> None:
    """See that an answer says that the database is away, when to come again, and no more."""
    problem: dict[str, Any] = refused(answer, 503, "internal")
    assert problem["detail"] == sentence
    assert int(answer.headers["retry-after"]) > 0
    assert not [one for one in INTERNALS if one in answer.text]


async def test_a_postgresql_that_is_cut_off(postgresql_url: str, tmp_path: Path) -> None:
    async with open_house(postgresql_url) as (runtime, _):
        headers = {"Authorization": f"Bearer {(await issue_token(runtime, name='a')).token}"}
    port, errors = free_port(), tmp_path / "stderr"
    async with wire_to(postgresql_url) as wire:
        await wire.mend()
        async with (
            serving(wire.url, port, errors),
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client,
        ):
            house = Served(client)
            await house.works("before")
            for turn in range(2):
                await wire.cut()
                for _ in range(2):
                    is_away(await house.get("/readyz"), AWAY)
                    is_away(await house.get("/api/v1/overview"), AWAY)
                    is_away(await house.post(f"kept {turn}"), AWAY)
                    told = await house.call()
                    assert told.status_code == 503
                    assert told.json()["error"] == {"code": "unavailable", "message": AWAY}
                    assert int(told.headers["retry-after"]) > 0
                assert (await house.get("/healthz")).status_code == 200
                await wire.mend()
                await house.works(f"kept {turn}")
    assert "Traceback" not in errors.read_text()


async def test_a_postgresql_that_falls_silent(postgresql_url: str, tmp_path: Path) -> None:
    async with open_house(postgresql_url) as (runtime, _):
        headers = {"Authorization": f"Bearer {(await issue_token(runtime, name='a')).token}"}
    port, errors = free_port(), tmp_path / "stderr"
    async with wire_to(postgresql_url) as wire:
        await wire.mend()
        async with (
            serving(f"{wire.url}?timeout=1", port, errors),
            httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=LONGEST_SECONDS
            ) as client,
        ):
            house = Served(client)
            await house.works("before")
            wire.silence()
            for _ in ("on open connections", "on new ones"):
                *answers, told = await asyncio.gather(
                    house.get("/readyz"),
                    house.get("/api/v1/overview"),
                    house.post("kept"),
                    house.call(),
                )
                for answer in answers:
                    is_away(answer, AWAY)
                assert (told.status_code, told.json()["error"]["message"]) == (503, AWAY)
                assert int(told.headers["retry-after"]) > 0
            assert (await house.get("/healthz")).status_code == 200
            await wire.mend()
            await house.works("kept")
    assert "Traceback" not in errors.read_text()


async def test_a_file_that_another_program_holds(sqlite_url: str, tmp_path: Path) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        headers = {"Authorization": f"Bearer {(await issue_token(runtime, name='a')).token}"}
    port, errors = free_port(), tmp_path / "stderr"
    async with (
        serving(f"{sqlite_url}?timeout=1", port, errors),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client,
    ):
        house = Served(client)
        await house.works("before")
        async with held(tmp_path / "hoursmith.db"):
            held_up = await asyncio.gather(*(house.post(f"kept {one}") for one in range(3)))
            for answer in held_up:
                is_away(answer, BUSY)
            assert (await house.get("/api/v1/overview")).status_code == 200, "reading goes on"
        for one in range(3):
            await house.works(f"kept {one}")
    assert "Traceback" not in errors.read_text()


async def test_a_folder_in_the_place_of_the_file(sqlite_url: str, tmp_path: Path) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        headers = {"Authorization": f"Bearer {(await issue_token(runtime, name='a')).token}"}
    port, elsewhere = free_port(), tmp_path / "elsewhere"
    async with (
        serving(sqlite_url, port, tmp_path / "stderr"),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client,
    ):
        house = Served(client)
        await house.works("before")
        elsewhere.mkdir()
        for one in tmp_path.glob("hoursmith.db*"):
            one.rename(elsewhere / one.name)
        (tmp_path / "hoursmith.db").mkdir()
        refused(await house.post("kept"), 503, "internal")
        (tmp_path / "hoursmith.db").rmdir()
        for one in elsewhere.iterdir():
            one.rename(tmp_path / one.name)
        await house.works("kept")
