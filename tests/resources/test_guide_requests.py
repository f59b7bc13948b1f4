"""Every request in a guide, and in the README, is answered as it says."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest
from guides_reading import NAMES, blocks, holds, read
from houses import Clock, InProcess, open_house
from rest_calls import rest_client

from hoursmith_mcp.access.issuing import issue_token

ROOT = Path(__file__).parents[2]
WITH_REQUESTS = [name for name in NAMES if any(one.kind == "http" for one in blocks(read(name)))]


pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", WITH_REQUESTS)
async def test_the_requests_of_a_guide_are_answered_as_it_says(
    name: str, sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, _), rest_client(runtime) as client:
        await are_answered_as_it_says(client, read(name))


async def test_the_request_of_the_readme_is_answered_as_it_says(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, caller):
        token = (await issue_token(runtime, name="script")).token
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Website redesign")
        async with rest_client(runtime) as client:
            text = (ROOT / "README.md").read_text("utf-8").replace("hsk_live_…", token)
            await are_answered_as_it_says(client, text)


async def are_answered_as_it_says(client: httpx2.AsyncClient, text: str) -> None:
    found = [one for one in blocks(text) if one.kind in ("http", *SAID)]
    for request, said in zip(found[::2], found[1::2], strict=True):
        assert request.kind == "http"
        head, _, body = request.text.partition("\n\n")
        first, *lines = head.strip().splitlines()
        method, address = first.split(" ")
        headers = dict(line.split(": ", 1) for line in lines)
        if body:
            headers["Content-Type"] = "application/json"
        path = address.removeprefix("/api/v1").removeprefix("/")
        answer = await client.request(method, path, headers=headers, content=body or None)
        assert SAID[said.kind](said.text, answer), (request, answer.text)


def as_document(said: str, answer: httpx2.Response) -> bool:
    return holds(json.loads(said), {**answer.json(), "status": answer.status_code})


def as_lines(said: str, answer: httpx2.Response) -> bool:
    lines = answer.text.splitlines()
    return holds([json.loads(line) for line in said.splitlines()], [*map(json.loads, lines)])


def as_table(said: str, answer: httpx2.Response) -> bool:
    return holds(said.splitlines(), answer.text.splitlines())


SAID = {"json": as_document, "ndjson": as_lines, "csv": as_table}
"""How an answer is compared with what the guide says, by the form of it."""
