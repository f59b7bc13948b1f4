"""How often a caller may ask over HTTP, and what they are told of it."""

from __future__ import annotations

import pytest
from houses import Clock, open_house
from rest_calls import refused, rest_client

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.adapters.limits import OF_NOBODY, Limits, read_rates
from hoursmith_mcp.adapters.remembering import KEPT_SECONDS, Remembering
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.ci]


async def test_a_token_that_asks_too_often_is_told_how_long_to_wait(
    sqlite_url: str, clock: Clock
) -> None:
    limits = "3/60,5/3600"
    async with open_house(sqlite_url, clock=clock, rate_limits=limits) as (runtime, _):
        first, second = [(await issue_token(runtime, name=name)).token for name in ("a", "b")]
        async with rest_client(runtime, first) as client:
            left = [(await client.get("overview")).headers for _ in range(3)]
            assert [one["x-ratelimit-remaining"] for one in left] == ["4", "3", "2"]
            assert {one["x-ratelimit-limit"] for one in left} == {"5"}
            late = await client.get("overview")
            refused(late, 429, "rate_limited")
            assert late.headers["retry-after"] == "60"
            assert int(late.headers["x-ratelimit-reset"]) == clock() // 1_000_000 + 1800
            assert late.headers["x-ratelimit-remaining"] == "2"
            # MCP counts along.
            answer = await client.post("http://127.0.0.1:8484/mcp", json={})
            refused(answer, 429, "rate_limited")
            answer = await client.get("overview", headers={"Authorization": f"Bearer {second}"})
            assert answer.status_code == 200


async def test_all_tokens_of_an_organisation_share_its_limit(sqlite_url: str, clock: Clock) -> None:
    limits = "2/60"
    async with open_house(sqlite_url, clock=clock, organization_rate_limits=limits) as (runtime, _):
        tokens = [(await issue_token(runtime, name=name)).token for name in ("a", "b", "c")]
        async with rest_client(runtime) as client:
            statuses = [
                (await client.get("overview", headers={"Authorization": f"Bearer {one}"}))
                for one in tokens
            ]
        assert [one.status_code for one in statuses] == [200, 200, 429]


async def test_who_is_not_let_in_may_ask_ten_times_a_minute(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, _):
        token = (await issue_token(runtime, name="a")).token
        async with rest_client(runtime) as client:
            for path in ("overview", "http://127.0.0.1:8484/mcp"):
                for left in reversed(range(OF_NOBODY.requests)):
                    bad = {"Authorization": "Bearer rubbish"} if left % 2 else {}
                    answer = await client.post(path, json={}, headers=bad)
                    assert answer.status_code == 401
                    assert answer.headers["x-ratelimit-limit"] == "10"
                    assert answer.headers["x-ratelimit-remaining"] == str(left)
                late = await client.post(path, json={})
                refused(late, 429, "rate_limited")
                assert late.headers["retry-after"] == "60"
                # Who has a token is let in from there all the same.
                good = {"Authorization": f"Bearer {token}"}
                assert (await client.get("overview", headers=good)).status_code == 200
                clock.advance(minutes=1)


async def test_no_more_windows_are_kept_than_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hoursmith_mcp.adapters.limits.MOST_WINDOWS", 100)
    seconds = [0.0]
    limits = Limits(Settings(), lambda: seconds[0])
    for number in range(1_000):
        seconds[0] += 1
        limits.take_unknown(f"192.0.2.{number}")
    kept = limits._windows  # pyright: ignore[reportPrivateUsage]  # what is kept has no other face
    assert len(kept) <= 120


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
