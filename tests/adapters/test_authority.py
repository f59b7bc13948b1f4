"""Tokens of an authorization server: let in are those that it made for us, for members we know."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from houses import Clock, open_house
from rows import add_member
from served import living
from signing_in import ELSEWHERE, RESOURCE, LittleAuthority, little_authority

from hoursmith_mcp.adapters.application import build_application
from hoursmith_mcp.core.instants import HOUR_US
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

MODERN = "2026-07-28"
ENVELOPE: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Signed:
    """A house that trusts a little authorization server, and a client of it."""

    def __init__(
        self, runtime: Runtime, authority: LittleAuthority, http: httpx2.AsyncClient, clock: Clock
    ) -> None:
        """Take the house, the server, and how the house is spoken to."""
        self.runtime = runtime
        self.authority = authority
        self.http = http
        self.clock = clock

    def token(self, **given: Any) -> str:
        """Let the server sign a token that is good for an hour."""
        hour: dict[str, Any] = {"exp": (self.clock() + HOUR_US) // 1_000_000}
        return self.authority.token(**{**hour, **given})

    async def call(self, token: str, tool: str, **arguments: Any) -> httpx2.Response:
        """Call a tool in the era of 2026."""
        params = {"_meta": ENVELOPE, "name": tool, "arguments": arguments}
        return await self.post(token, "tools/call", params, **{"Mcp-Name": tool})

    async def post(
        self, token: str, method: str, params: dict[str, Any], **headers: str
    ) -> httpx2.Response:
        """Send a request."""
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        everything = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": MODERN,
            "Mcp-Method": method,
            **bearer,
            **headers,
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return await self.http.post("/mcp", json=body, headers=everything)


ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database is asked."""


@pytest.fixture
async def signed(database_url: str, clock: Clock) -> AsyncGenerator[Signed]:
    """Yield a house with the member Ada, who may sign in."""
    with little_authority() as authority:
        async with open_house(database_url, clock=clock) as (first, _):
            await add_member(first, "Ada", role="MANAGER")
        settings = Settings(
            database_url=database_url,
            auth_issuer=authority.issuer,
            public_url="https://hours.example",
        )
        runtime = Runtime(settings, clock=clock)
        application = build_application(runtime, host="127.0.0.1", port=8484)
        try:
            async with living(application):
                door = httpx2.ASGITransport(app=application, client=("192.0.2.7", 1))
                base_url = "https://hours.example"
                async with httpx2.AsyncClient(transport=door, base_url=base_url) as http:
                    yield Signed(runtime, authority, http, clock)
        finally:
            await runtime.close()


async def test_a_verified_address_is_a_member_with_the_scopes_of_the_token(
    signed: Signed,
) -> None:
    token = signed.token(email="Ada@Example.com")
    found = (await signed.call(token, "overview")).json()["result"]["structuredContent"]
    assert (found["member"], found["role"]) == ("Ada", "MANAGER")
    listed = (await signed.post(token, "tools/list", {"_meta": ENVELOPE})).json()["result"]
    names = {one["name"] for one in listed["tools"]}
    assert {"log_time", "list_time_entries"} <= names
    assert not {"create_client", "create_invoice"} & names
    # A scope that is missing is named in the way that lets a client ask for it.
    refused = await signed.call(token, "create_client", name="Acme")
    assert refused.status_code == 403
    challenge = refused.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="clients:write"' in challenge
    assert "resource_metadata=" in challenge


async def test_the_house_says_whom_it_trusts(signed: Signed) -> None:
    without = await signed.call("", "overview")
    assert without.status_code == 401
    challenge = without.headers["www-authenticate"]
    where = "https://hours.example/.well-known/oauth-protected-resource/mcp"
    assert f'resource_metadata="{where}"' in challenge
    assert "time:write" in challenge
    assert "tokens:write" not in challenge
    document = (await signed.http.get(where)).json()
    assert document["resource"] == RESOURCE
    assert document["authorization_servers"] == [signed.authority.issuer]
    assert "invoices:send" in document["scopes_supported"]


def with_shared_secret(authority: LittleAuthority, claims: dict[str, Any]) -> str:
    """Sign as who confuses algorithms would: with the text of a public key for a shared secret."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    secret = authority.rsa.public_key().public_bytes(encoding, form)
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "kid": "rsa"}, claims)
    ]
    digest = hmac.digest(secret, b".".join(parts), "sha256")
    return b".".join([*parts, base64.urlsafe_b64encode(digest).rstrip(b"=")]).decode()


@ONE_DATABASE
@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "https://other.example/mcp"},
        {"aud": None},
        {"aud": "https://hours.example/mcp/"},
        {"iss": "https://login.other.example"},
        {"iss": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 0},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"email": None},
        {"email": "nobody@example.com"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"key": ELSEWHERE},
        {"kid": "unknown"},
        {"kid": "rsa"},
    ],
    # An object's own text holds its address, and two processes must agree on the name of a test.
    ids=lambda wrong: " ".join(
        f"{name}={'other' if name == 'key' else wrong[name]}" for name in wrong
    ),
)
async def test_what_was_made_for_others_or_by_others_opens_nothing(
    signed: Signed, wrong: dict[str, Any]
) -> None:
    answer = await signed.call(signed.token(**wrong), "overview")
    assert answer.status_code == 401, answer.text
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert (await signed.call(signed.token(), "overview")).status_code == 200


@ONE_DATABASE
@pytest.mark.parametrize("likeness", ["\u212aen@example.com", "ken@example.com\0", "ken\ud800@"])
async def test_an_address_that_only_looks_like_a_members_is_nobodys(
    signed: Signed, likeness: str
) -> None:
    await add_member(signed.runtime, "Ken", role="OWNER")
    assert (await signed.call(signed.token(email="KEN@example.com"), "overview")).status_code == 200
    assert (await signed.call(signed.token(email=likeness), "overview")).status_code == 401


@ONE_DATABASE
async def test_no_signature_and_no_shared_secret_is_taken_for_one(signed: Signed) -> None:
    claims = jwt.decode(signed.token(), options={"verify_signature": False})
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": "first"})
    shared = with_shared_secret(signed.authority, claims)
    head, body, tail = signed.token().split(".")
    critical = jwt.encode(
        claims, signed.authority.keys["first"], "ES256", headers={"kid": "first", "crit": ["exp"]}
    )
    for forged in (unsigned, shared, f"{head}.{body}.", f"{head}.{body}.{tail[:-4]}AAAA", critical):
        assert (await signed.call(forged, "overview")).status_code == 401
    by_rsa = signed.token(key=signed.authority.rsa, algorithm="RS256", kid="rsa")
    assert (await signed.call(by_rsa, "overview")).status_code == 200


@ONE_DATABASE
async def test_keys_are_kept_and_read_again_when_they_change(signed: Signed) -> None:
    for _ in range(5):
        assert (await signed.call(signed.token(), "overview")).status_code == 200
    assert signed.authority.keys_read == 1
    signed.authority.add_key("second")
    assert (await signed.call(signed.token(), "overview")).status_code == 401
    signed.clock.advance(seconds=30)
    assert (await signed.call(signed.token(), "overview")).status_code == 200
    assert signed.authority.keys_read == 2
    # Whoever names keys that there are not makes nobody ask for them each time.
    for number in range(5):
        await signed.call(signed.token(kid=f"guess {number}"), "overview")
    assert signed.authority.keys_read == 2
    del signed.authority.keys["first"]
    signed.authority.is_away = True
    signed.clock.advance(minutes=20)
    assert (await signed.call(signed.token(), "overview")).status_code == 200
    signed.clock.advance(hours=1)
    assert (await signed.call(signed.token(), "overview")).status_code == 503


async def test_an_end_bites_within_an_open_session_and_so_does_removal(signed: Signed) -> None:
    token = signed.token()
    assert (await signed.call(token, "overview")).status_code == 200
    signed.clock.advance(hours=1, seconds=29)
    assert (await signed.call(token, "overview")).status_code == 200
    signed.clock.advance(seconds=1)
    answer = await signed.call(token, "overview")
    assert answer.status_code == 401
    assert "expired" in json.dumps(answer.json())


@ONE_DATABASE
async def test_a_server_that_says_it_is_another_is_not_trusted(signed: Signed) -> None:
    signed.authority.described_issuer = "https://login.other.example"
    answer = await signed.call(signed.token(), "overview")
    assert answer.status_code == 503


@pytest.mark.parametrize("issuer", ["login.example", "http://login.example", "https://a@b", "ftp:"])
async def test_an_issuer_is_an_address_that_can_be_trusted(issuer: str, sqlite_url: str) -> None:
    settings = Settings(database_url=sqlite_url, auth_issuer=issuer)
    with pytest.raises(InvalidInput, match="HOURSMITH_AUTH_ISSUER"):
        build_application(Runtime(settings), host="127.0.0.1", port=8484)
    settings = Settings(database_url=sqlite_url, auth_issuer="https://login.example")
    with pytest.raises(InvalidInput, match="HOURSMITH_PUBLIC_URL"):
        build_application(Runtime(settings), host="0.0.0.0", port=8484)
