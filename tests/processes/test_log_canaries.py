"""What is secret, or somebody's words, is sent in every place, and stands nowhere in the log."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest
from houses import open_house
from http_serving import free_port, serving
from rest_calls import key

from hoursmith_mcp.access.issuing import issue_token

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

CANARY = "Kanarienvogel7919"
PLACES = ("Authorization", "Cookie", "Idempotency-Key", "If-Match", "Origin", "Proxy-Authorization")
"""Headers that hold what is nobody's to read; the log has the ids of requests alone."""


@pytest.mark.parametrize("form", ["json", "text"])
async def test_no_secret_is_written(sqlite_url: str, tmp_path: Path, form: str) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        token = (await issue_token(runtime, name="a")).token
    port, errors = free_port(), tmp_path / "stderr"
    headers = {"Authorization": f"Bearer {token}"}
    own_ids: list[str] = []
    async with (
        serving(sqlite_url, port, errors, LOG=form),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1/", headers=headers) as client,
    ):
        made = await client.post("clients", json={"name": CANARY}, headers=key("k"))
        assert made.status_code == 201
        for header in PLACES:
            for value in (CANARY, f"Bearer {CANARY}", f"Basic {CANARY}"):
                answer = await client.get(f"clients?{CANARY}={CANARY}", headers={header: value})
                own_ids.append(answer.headers["request-id"])
        for path in (f"clients/{CANARY}", f"{CANARY}/x", f"/{CANARY}"):
            own_ids.append((await client.get(path)).headers["request-id"])
        for body in (
            f'{{"{CANARY}": 1}}',
            f'{{"name": "{CANARY}\\u0000"}}',
            f'{{"name": "{CANARY}"',
        ):
            sent = {"Content-Type": "application/json", "Idempotency-Key": CANARY}
            answer = await client.post("clients", content=body, headers=sent)
            own_ids.append(answer.headers["request-id"])
        mcp = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
        for params in ({"name": CANARY}, {"name": "find", "arguments": {CANARY: CANARY}}, CANARY):
            accepts = {"Accept": "application/json, text/event-stream"}
            url = f"http://127.0.0.1:{port}/mcp?{CANARY}={CANARY}"
            answer = await client.post(url, json={**mcp, "params": params}, headers=accepts)
            own_ids.append(answer.headers["request-id"])
        theirs = {"Request-Id": "theirs-1", "X-Request-Id": f"{CANARY}\t{CANARY}"}
        assert (await client.get("overview", headers=theirs)).status_code == 200
    log = errors.read_text()
    assert CANARY not in log
    assert token.rpartition("_")[2] not in log
    assert all(log.count(own) >= 1 for own in own_ids)
    if form == "json":
        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        ids = [line.get("request_id") for line in lines if "status" in line]
        assert len(ids) == len(set(ids)), "one line for each request"
        assert {*own_ids} <= {*ids}
