"""HTTP servers killed amid POSTs, whose clients try again by key: each effect exactly once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import httpx2
import pytest
from houses import InProcess, open_house
from serving import PATIENCE
from serving_http import free_port, serving

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio

CALLERS = 6
POSTS = 15


@pytest.mark.parametrize(
    ("database_url", "kills"),
    [
        *(pytest.param(kind, 2, marks=pytest.mark.ci) for kind in ("sqlite", "postgresql")),
        *(pytest.param(kind, 30, marks=pytest.mark.long) for kind in ("sqlite", "postgresql")),
    ],
    indirect=["database_url"],
)
async def test_each_post_that_is_tried_until_it_is_answered_is_done_once(
    database_url: str, tmp_path: Path, kills: int
) -> None:
    chance = random.Random(kills)
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Site")
        token = (await issue_token(runtime, name="script")).token
        port = free_port()
        answered: dict[str, str] = {}
        for turn in range(kills):
            await _kill_amid_posts(
                database_url, port, tmp_path / "stderr", token, answered, turn, chance
            )
            assert await diagnose(database_url) == []
        stored: Counter[str] = Counter()
        ids: set[str] = set()
        cursor: dict[str, str] = {}
        while True:
            page = await door.call("list_time_entries", limit=200, **cursor)
            stored.update(entry["note"] for entry in page["time_entries"])
            ids.update(entry["id"] for entry in page["time_entries"])
            if "next_cursor" not in page:
                break
            cursor = {"cursor": page["next_cursor"]}
    assert stored == Counter(answered.keys())
    assert ids == set(answered.values())
    assert len(answered) == kills * CALLERS * POSTS


async def _kill_amid_posts(
    database_url: str,
    port: int,
    errors: Path,
    token: str,
    answered: dict[str, str],
    turn: int,
    chance: random.Random,
) -> None:
    """Let callers post; kill the server after some answers, begin another, and let them go on."""
    left = chance.randrange(1, CALLERS * POSTS)
    fatal = asyncio.Event()
    reborn = asyncio.Event()

    async def works(client: httpx2.AsyncClient, caller: int) -> None:
        nonlocal left
        for number in range(POSTS):
            note = f"{turn}.{caller}.{number}"
            given = {"projectId": "Site", "duration": "1s", "note": note}
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": note}
            while True:
                try:
                    answer = await client.post("time-entries", json=given, headers=headers)
                    break
                except httpx2.TransportError:
                    await reborn.wait()
            assert answer.status_code == 201, answer.text
            answered[note] = answer.json()["data"]["id"]
            left -= 1
            if left <= 0:
                fatal.set()

    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{port}/api/v1/", timeout=PATIENCE
    ) as client:
        async with serving(database_url, port, errors) as process:
            working = asyncio.gather(*(works(client, caller) for caller in range(CALLERS)))
            working.add_done_callback(lambda _: fatal.set())  # Where one failed, it says so below.
            await fatal.wait()
            process.kill()
            await process.wait()
        async with serving(database_url, port, errors):
            reborn.set()
            async with asyncio.timeout(PATIENCE):
                await working
