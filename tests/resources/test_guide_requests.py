"""Every request in a guide is answered as the guide says."""

from __future__ import annotations

import json

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
    found = [one for one in blocks(read(name)) if one.kind in ("http", "json")]
    async with open_house(sqlite_url, clock=clock) as (runtime, _), rest_client(runtime) as client:
        for request, said in zip(found[::2], found[1::2], strict=True):
            assert (request.kind, said.kind) == ("http", "json")
            head, _, body = request.text.partition("\n\n")
            first, *lines = head.strip().splitlines()
            method, address = first.split(" ")
            headers = dict(line.split(": ", 1) for line in lines)
            if body:
                headers["Content-Type"] = "application/json"
            answer = await client.request(
                method, address.removeprefix("/"), headers=headers, content=body or None
            )
            document = {**answer.json(), "status": answer.status_code}
            assert holds(json.loads(said.text), document), (request, answer.text)
