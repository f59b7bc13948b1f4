"""Guessing tokens over HTTP: told why in a way that helps the owner, slowed, and written down."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator

import httpx2
import pytest
from houses import Clock, open_house
from starlette.responses import PlainTextResponse

from hoursmith_mcp.access.issuing import issue_token, revoke_token
from hoursmith_mcp.adapters.bearer import BearerGate
from hoursmith_mcp.adapters.challenges import refusal_headers
from hoursmith_mcp.adapters.guessing import MOST_AT_ONCE, Guesses
from hoursmith_mcp.errors import Conflict, Forbidden, RateLimited
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio


class Knocker:
    """A gate before nothing, and those who knock at it."""

    def __init__(self, runtime: Runtime) -> None:
        """Take the house."""
        self.runtime = runtime
        self._gate = BearerGate(PlainTextResponse("in"), runtime)

    async def knock(self, token: str, address: str = "192.0.2.7") -> httpx2.Response:
        """Knock with a token from an address."""
        transport = httpx2.ASGITransport(app=self._gate, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/mcp", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
async def knocker(sqlite_url: str, clock: Clock) -> AsyncGenerator[Knocker]:
    """Yield a gate of a house whose clock stands still."""
    async with open_house(sqlite_url, clock=clock) as (runtime, _):
        yield Knocker(runtime)


async def test_each_refusal_says_what_to_do_and_no_more(knocker: Knocker, clock: Clock) -> None:
    good = (await issue_token(knocker.runtime, name="laptop", expires="today")).token
    gone = (await issue_token(knocker.runtime, name="phone")).token
    await revoke_token(knocker.runtime, "phone")
    assert (await knocker.knock(good)).status_code == 200
    clock.advance(hours=24)
    told = {
        good: "That token has expired. Make a new one.",
        gone: "That token was revoked. Make a new one.",
        good[:-1]: "That is no token of this house: it has been cut short or mistyped. Copy it "
        "again.",
        "sk-other": "That is no token of this house: it has been cut short or mistyped. Copy it "
        "again.",
    }
    for token, sentence in told.items():
        answer = await knocker.knock(token)
        assert answer.status_code == 401
        challenge = answer.headers["www-authenticate"]
        assert f'error="invalid_token", error_description="{sentence}"' in challenge
        assert re.search(r'scope="[a-z: ]+"', challenge)
        assert token[-20:] not in answer.text + challenge


async def test_guessing_is_slowed_written_down_and_locks_out_no_neighbour(
    knocker: Knocker, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = knocker.runtime
    good, late = [(await issue_token(runtime, name=name)).token for name in ("good", "late")]
    assert (await knocker.knock(good)).status_code == 200
    guess = good[:-1] + ("x" if good[-1] != "x" else "y")
    for _ in range(MOST_AT_ONCE):
        assert (await knocker.knock(guess)).status_code == 401
    turned_away = await knocker.knock(guess)
    assert turned_away.status_code == 429
    assert turned_away.json()["error"]["code"] == "rate_limited"
    seconds = int(turned_away.headers["retry-after"])
    # What was good before is, and whoever comes from elsewhere is heard.
    assert (await knocker.knock(good)).status_code == 200
    assert (await knocker.knock(late)).status_code == 429
    assert (await knocker.knock(late, "192.0.2.8")).status_code == 200
    clock.advance(seconds=seconds)
    assert (await knocker.knock(guess)).status_code == 401
    assert (await knocker.knock(guess)).status_code == 429
    assert "a token from 192.0.2.7 was refused" in caplog.text
    for token in (good, late, guess):
        assert token[-20:] not in caplog.text


def test_no_more_is_remembered_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_ADDRESSES", "MOST_GOOD_TOKENS"):
        monkeypatch.setattr(f"hoursmith_mcp.adapters.guessing.{name}", 50)
    guesses = Guesses(Clock(0))
    for number in range(200):
        guesses.failed(f"192.0.2.{number}", "x", "a reason")
        guesses.passed(str(number))
    assert len(guesses._buckets) == len(guesses._good) == 50  # pyright: ignore[reportPrivateUsage]  # what is kept has no other face


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("evil\nline", "", True),
    ],
)
def test_a_network_of_the_newer_kind_is_one_address(one: str, other: str, same: bool) -> None:
    guesses = Guesses(Clock(0))
    for _ in range(MOST_AT_ONCE):
        guesses.failed(one, "x", "a reason")
    if same:
        with pytest.raises(RateLimited):
            guesses.check(other, "y")
    else:
        guesses.check(other, "y")


def test_a_missing_scope_is_named_to_programs() -> None:
    headers = refusal_headers(Forbidden('It "needs" …', scope="time:write"), has_token=True)
    assert headers == {
        "WWW-Authenticate": 'Bearer realm="hoursmith", error="insufficient_scope", '
        'error_description="It \'needs\' ...", scope="time:write"'
    }
    assert refusal_headers(Forbidden("It needs a role."), has_token=True) == {}
    assert refusal_headers(Conflict("No."), has_token=True) == {}
