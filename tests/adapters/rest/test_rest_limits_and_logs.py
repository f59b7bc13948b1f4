"""Limits, the log, and a database that is away."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from pathlib import Path

import pytest
from houses import Clock, open_house
from rest_calls import key, refused, rest_client

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.adapters.limits import Limits, read_rates
from hoursmith_mcp.adapters.logs import redacted, write_log
from hoursmith_mcp.adapters.remembering import KEPT_SECONDS, Remembering
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.ci]


async def test_a_token_that_asks_too_often_is_told_how_long_to_wait(sqlite_url: str) -> None:
    async with open_house(sqlite_url, rate_limits="3/60,5/3600") as (runtime, _):
        first, second = [(await issue_token(runtime, name=name)).token for name in ("a", "b")]
        async with rest_client(runtime, first) as client:
            left = [(await client.get("overview")).headers for _ in range(3)]
            assert [one["x-ratelimit-remaining"] for one in left] == ["4", "3", "2"]
            assert {one["x-ratelimit-limit"] for one in left} == {"5"}
            late = await client.get("overview")
            refused(late, 429, "rate_limited")
            assert 1 <= int(late.headers["retry-after"]) <= 60
            assert late.headers["x-ratelimit-remaining"] == "2"
            # MCP counts along.
            answer = await client.post("http://127.0.0.1:8484/mcp", json={})
            refused(answer, 429, "rate_limited")
            answer = await client.get("overview", headers={"Authorization": f"Bearer {second}"})
            assert answer.status_code == 200


async def test_all_tokens_of_an_organisation_share_its_limit(sqlite_url: str) -> None:
    async with open_house(sqlite_url, organization_rate_limits="2/60") as (runtime, _):
        tokens = [(await issue_token(runtime, name=name)).token for name in ("a", "b", "c")]
        async with rest_client(runtime) as client:
            statuses = [
                (await client.get("overview", headers={"Authorization": f"Bearer {one}"}))
                for one in tokens
            ]
        assert [one.status_code for one in statuses] == [200, 200, 429]


async def test_a_window_ends(sqlite_url: str) -> None:
    seconds = [0.0]
    async with open_house(sqlite_url) as (runtime, caller):
        actor = await runtime.identify(caller)
    limits = Limits(Settings(rate_limits="1/10"), lambda: seconds[0])
    waits: list[float] = []
    for at in (0.0, 4.0, 10.0):
        seconds[0] = at
        standing = limits.take(actor)
        assert standing is not None
        waits.append(standing.wait_seconds)
    assert waits == [0, 6.0, 0]
    assert (
        Limits(Settings(rate_limits="off", organization_rate_limits="OFF"), float).take(actor)
        is None
    )


@pytest.mark.parametrize("text", ["", "5", "5/", "0/10", "5/0", "5/10,", "a/b", "5/10;5/20"])
def test_a_limit_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="HOURSMITH_RATE_LIMITS"):
        read_rates(text, "HOURSMITH_RATE_LIMITS")


async def test_a_token_that_was_revoked_lets_nobody_in_though_it_is_remembered(
    sqlite_url: str,
) -> None:
    from sqlalchemy import text

    async with open_house(sqlite_url) as (runtime, _):
        token = (await issue_token(runtime, name="a")).token
        async with rest_client(runtime, token) as client:
            assert (await client.get("overview")).status_code == 200
            revoked = text("UPDATE token SET revoked_at = 1")
            await (await runtime.database()).write(lambda session: session.unscoped(revoked))
            answer = await client.get("overview")
            refused(answer, 401, "unauthenticated")
            assert "invalid_token" in answer.headers["www-authenticate"]


async def test_who_a_caller_was_is_asked_again_after_a_while(sqlite_url: str) -> None:
    seconds, asked = [0.0], 0
    async with open_house(sqlite_url) as (runtime, caller):

        async def identify(one: object) -> object:
            nonlocal asked
            asked += 1
            return await runtime.identify(caller)

        remembering = Remembering(identify, lambda: seconds[0])  # type: ignore[arg-type]
        for at in (0.0, 1.0, KEPT_SECONDS + 1.0):
            seconds[0] = at
            await remembering(caller)
    assert asked == 2


@pytest.fixture
def logging_as_before() -> Generator[None]:
    """Put logging back as it was."""
    root, access = logging.getLogger(), logging.getLogger("hoursmith_mcp.access")
    before = (root.handlers[:], root.level, access.level)
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    access.setLevel(before[2])


@pytest.mark.usefixtures("logging_as_before")
async def test_every_request_leaves_one_line_without_a_secret(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        token = (await issue_token(runtime, name="a")).token
        write_log("json")
        async with rest_client(runtime, token) as client:
            answer = await client.get(
                "find", params={"query": "secret words"}, headers={"X-Request-Id": "theirs-1"}
            )
            await client.get("x%0AERROR%20forged", headers={"X-Request-Id": "a\tb"})
        logging.getLogger("hoursmith_mcp").error("it was %s", token)
    written = capsys.readouterr().err
    assert token not in written
    assert "secret words" not in written
    first, second, third = [json.loads(line) for line in written.splitlines()]
    assert first["request_id"] == answer.headers["request-id"]
    assert first["client_request_id"] == "theirs-1"
    assert (first["method"], first["path"], first["status"]) == ("GET", "/api/v1/find", 200)
    assert first["token_id"].startswith("tok_")
    assert "client_request_id" not in second
    assert "\n" not in second["path"]
    assert third["message"] == f"it was {token.rpartition('_')[0]}_…"


def test_other_secrets_are_not_written_either() -> None:
    assert redacted("Authorization: Bearer abc.def") == "Authorization: Bearer …"
    assert redacted("postgresql://me:word@host/x") == "postgresql://me:…@host/x"
    with pytest.raises(InvalidInput, match="HOURSMITH_LOG"):
        write_log("xml")


async def test_a_database_that_is_away_is_a_503_until_it_is_back(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    file, elsewhere = tmp_path / "hoursmith.db", tmp_path / "elsewhere"
    async with open_house(sqlite_url) as (runtime, _):
        await runtime.database()
    elsewhere.mkdir()
    for one in tmp_path.glob("hoursmith.db*"):
        one.rename(elsewhere / one.name)
    file.mkdir()
    async with open_house(sqlite_url) as (runtime, _), rest_client(runtime) as client:
        for _ in range(2):
            answer = await client.post("clients", json={"name": "Acme"}, headers=key("k"))
            problem = refused(answer, 503, "internal")
            assert problem["type"].endswith("/unavailable")
            assert int(answer.headers["retry-after"]) > 0
            ready = await client.get("http://127.0.0.1:8484/readyz")
            refused(ready, 503, "internal")
            assert (await client.get("http://127.0.0.1:8484/healthz")).status_code == 200
        file.rmdir()
        for one in elsewhere.iterdir():
            one.rename(tmp_path / one.name)
        answer = await client.post("clients", json={"name": "Acme"}, headers=key("k"))
        assert answer.status_code == 201
        assert (await client.get("http://127.0.0.1:8484/readyz")).status_code == 200
