"""Every request in a guide is answered as the guide says."""

from __future__ import annotations

import json

import httpx2
import pytest
from guides_reading import NAMES, blocks, holds, read
from houses import Clock, open_house
from rest_calls import rest_client

WITH_REQUESTS = [name for name in NAMES if any(one.kind == "http" for one in blocks(read(name)))]


@pytest.mark.anyio
@pytest.mark.parametrize("name", WITH_REQUESTS)
async def test_the_requests_of_a_guide_are_answered_as_it_says(
    name: str, sqlite_url: str, clock: Clock
) -> None:
    found = [one for one in blocks(read(name)) if one.kind in ("http", *SAID)]
    async with open_house(sqlite_url, clock=clock) as (runtime, _), rest_client(runtime) as client:
        for request, said in zip(found[::2], found[1::2], strict=True):
            assert request.kind == "http"
            head, _, body = request.text.partition("\n\n")
            first, *lines = head.strip().splitlines()
            method, address = first.split(" ")
            headers = dict(line.split(": ", 1) for line in lines)
            if body:
                headers["Content-Type"] = "application/json"
            answer = await client.request(
                method, address.removeprefix("/"), headers=headers, content=body or None
            )
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
