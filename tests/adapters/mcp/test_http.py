"""The gate and the wire of MCP over HTTP: who is let in, and what is turned away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, TypeVar

import httpx2
import pytest
from served import served
from sqlalchemy import update

from hoursmith_mcp.access.issuing import issue_token, revoke_token
from hoursmith_mcp.adapters.application import build_application
from hoursmith_mcp.adapters.requests import MOST_BODY_BYTES
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.tables import Token

Found = TypeVar("Found")

ACCEPT = {"Accept": "application/json, text/event-stream"}
MODERN = "2026-07-28"
LEGACY = "2025-11-25"
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "wire", "version": "1"},
}
INITIALIZE = {
    "protocolVersion": LEGACY,
    "capabilities": {},
    "clientInfo": {"name": "wire", "version": "1"},
}


class House:
    """A database, and what its owner does to its tokens from the command line."""

    def __init__(self, database_url: str) -> None:
        """Take the database."""
        self.database_url = database_url

    def issue(self, name: str = "laptop") -> str:
        """Make a token."""
        return self._run(partial(issue_token, name=name)).token

    def revoke(self, name: str = "laptop") -> None:
        """Revoke a token."""
        self._run(partial(revoke_token, name_or_id=name))

    def expire_all(self) -> None:
        """Let every token have expired an instant ago."""

        async def unit(session: Session) -> None:
            await session.unscoped(update(core_table(Token)).values(expires_at=session.now_us - 1))

        self._write(unit)

    def _write(self, unit: Any) -> None:
        async def work(runtime: Runtime) -> None:
            await (await runtime.database()).write(unit)

        self._run(work)

    def _run(self, work: Callable[[Runtime], Coroutine[Any, Any, Found]]) -> Found:
        async def live() -> Found:
            runtime = Runtime(Settings(database_url=self.database_url))
            try:
                return await work(runtime)
            finally:
                await runtime.close()

        return asyncio.run(live())


class Wire:
    """A client that speaks HTTP by hand."""

    def __init__(self, url: str) -> None:
        """Take where MCP is."""
        self.url = url
        self.http = httpx2.Client(timeout=30)

    def modern(self, method: str, token: str = "", **params: Any) -> httpx2.Response:
        """Send a request of the era of 2026."""
        headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method}
        name = params.get("name") or params.get("uri")
        if name:
            headers["Mcp-Name"] = name
        return self.post(method, {"_meta": ENVELOPE, **params}, token, **headers)

    def legacy(
        self, method: str, token: str = "", session: str = "", **params: Any
    ) -> httpx2.Response:
        """Send a request of the era of 2025."""
        return self.post(method, params, token, **({"Mcp-Session-Id": session} if session else {}))

    def begin(self, token: str = "") -> str:
        """Begin a session of the era of 2025, and return its id."""
        answer = self.post("initialize", INITIALIZE, token)
        assert answer.status_code == 200, answer.text
        return answer.headers["mcp-session-id"]

    def post(
        self, method: str, params: dict[str, Any], token: str = "", **headers: str
    ) -> httpx2.Response:
        """Send a request."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        everything = httpx2.Headers({**ACCEPT, **bearer, **headers}, encoding="utf-8")
        everything["Content-Type"] = "application/json"
        # Every character beyond ASCII is escaped, so that halves of pairs can be sent, too.
        return self.http.post(self.url, content=json.dumps(body), headers=everything)


def result(answer: httpx2.Response) -> dict[str, Any]:
    """Return the result in an answer, streamed or not."""
    assert answer.status_code == 200, answer.text
    text = answer.text
    if answer.headers["content-type"].startswith("text/event-stream"):
        (text,) = (line[6:] for line in text.splitlines() if line.startswith("data: {"))
    found: dict[str, Any] = json.loads(text)["result"]
    return found


@pytest.fixture
def house(sqlite_url: str) -> House:
    """Return a house whose database is not there yet."""
    return House(sqlite_url)


@pytest.fixture
def wire(house: House) -> Generator[Wire]:
    """Serve the house and yield a client of it, who may be refused as often as a test likes."""
    with served(house.database_url, rate_limits="off") as url:
        wire = Wire(url)
        with wire.http:
            yield wire


# The wire.


def test_the_era_of_2026_is_served_without_sessions(wire: Wire) -> None:
    answer = wire.modern("server/discover")
    introduced = result(answer)
    assert "mcp-session-id" not in answer.headers
    assert MODERN in introduced["supportedVersions"]
    assert introduced["resultType"] == "complete"
    assert introduced["cacheScope"] == "private"
    for method in ("tools/list", "resources/list", "resources/templates/list", "prompts/list"):
        listed = result(wire.modern(method))
        assert (listed["cacheScope"], listed["resultType"]) == ("private", "complete")
        assert listed["ttlMs"] > 0
    read = result(wire.modern("resources/read", uri="hoursmith://overview"))
    assert (read["cacheScope"], read["ttlMs"]) == ("private", 0)
    called = result(wire.modern("tools/call", name="find", arguments={"query": "x"}))
    assert called["isError"] is False


def test_the_era_of_2025_is_served_in_a_session(wire: Wire) -> None:
    session = wire.begin()
    listed = result(wire.legacy("tools/list", session=session))
    assert set(listed) == {"tools"}
    called = result(wire.legacy("tools/call", session=session, name="overview", arguments={}))
    assert set(called) == {"content", "structuredContent", "isError"}
    assert result(wire.legacy("logging/setLevel", session=session, level="debug")) == {}
    assert result(wire.legacy("ping", session=session)) == {}


def test_other_methods_are_turned_away(wire: Wire) -> None:
    for version in ({}, *({"MCP-Protocol-Version": name} for name in (LEGACY, MODERN, "1999"))):
        for method in ("GET", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"):
            answer = wire.http.request(method, wire.url, headers={**ACCEPT, **version})
            assert 400 <= answer.status_code < 500, (method, version)
    assert result(wire.modern("server/discover"))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"jsonrpc":"2.0"}', b"[" * 9999]
)
def test_what_is_no_message_is_turned_away(wire: Wire, body: bytes) -> None:
    for version in (MODERN, LEGACY):
        headers = {**ACCEPT, "Content-Type": "application/json", "MCP-Protocol-Version": version}
        answer = wire.http.post(wire.url, content=body, headers=headers)
        assert answer.status_code == 400
        assert "Traceback" not in answer.text
    assert result(wire.modern("server/discover"))


def test_half_a_pair_is_no_fault_of_ours(wire: Wire) -> None:
    half = "a\ud800b"
    given = {"name": "Acme", "currency": "EUR"}
    meta = {**ENVELOPE, "hoursmith/run": half}
    called = result(wire.modern("tools/call", name="create_client", arguments=given, _meta=meta))
    assert called["isError"] is False
    cases: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("find", {"query": half}, {}),
        ("find", {half: "x"}, {}),
        ("create_client", {**given, "name": half}, {}),
        ("create_client", given, {"hoursmith/key": half}),
    ]
    for name, arguments, more in cases:
        meta = {**ENVELOPE, **more}
        called = result(wire.modern("tools/call", name=name, arguments=arguments, _meta=meta))
        assert called["structuredContent"]["code"] == "validation_error", (name, arguments, more)
    reference = {"type": "ref/resource", "uri": "hoursmith://projects/{project}"}
    argument = {"name": "project", "value": half}
    completed = result(wire.modern("completion/complete", ref=reference, argument=argument))
    assert completed["completion"]["values"] == []


def test_a_body_that_is_too_large_is_turned_away(wire: Wire) -> None:
    answer = wire.modern("tools/call", name="find", arguments={"query": "x" * MOST_BODY_BYTES})
    assert answer.status_code == 413

    def endless() -> Generator[bytes]:
        for _ in range(MOST_BODY_BYTES // 65_536 + 2):
            yield b"x" * 65_536

    answer = wire.http.post(wire.url, content=endless(), headers=ACCEPT)
    assert answer.status_code == 413


def test_there_is_nothing_elsewhere(wire: Wire) -> None:
    for path in ("/", "/mcp/", "/mcp/x", "/sse", "/.well-known/oauth-protected-resource"):
        answer = wire.http.get(wire.url.removesuffix("/mcp") + path, follow_redirects=False)
        assert answer.status_code in (307, 404)


# Names.


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil:1"])
def test_another_host_is_turned_away(wire: Wire, host: str) -> None:
    headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "server/discover", "Host": host}
    assert wire.post("server/discover", {"_meta": ENVELOPE}, **headers).status_code == 421
    assert wire.post("initialize", INITIALIZE, Host=host).status_code == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil:80"])
def test_another_origin_is_turned_away(wire: Wire, origin: str) -> None:
    headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "server/discover", "Origin": origin}
    assert wire.post("server/discover", {"_meta": ENVELOPE}, **headers).status_code == 403
    assert wire.post("initialize", INITIALIZE, Origin=origin).status_code == 403


def test_this_machine_and_the_public_name_are_let_in(house: House) -> None:
    token = house.issue()
    with served(house.database_url, public_url="https://hours.example/") as url:
        port = url.split(":")[2].removesuffix("/mcp")
        wire = Wire(url)
        with wire.http:
            for host, origin in [
                (f"localhost:{port}", f"http://localhost:{port}"),
                (f"127.0.0.1:{port}", "http://127.0.0.1:9"),
                ("hours.example", "https://hours.example"),
            ]:
                answer = wire.post("initialize", INITIALIZE, token, Host=host, Origin=origin)
                assert answer.status_code == 200, (host, origin)
            answer = wire.post("initialize", INITIALIZE, token, Origin="http://hours.example")
            assert answer.status_code == 403


@pytest.mark.parametrize(
    "text", ["hours.example", "ftp://hours.example", "https://", "https://[", "https://a:b"]
)
def test_a_public_address_is_written_whole(sqlite_url: str, text: str) -> None:
    runtime = Runtime(Settings(database_url=sqlite_url, public_url=text))
    with pytest.raises(InvalidInput, match="HOURSMITH_PUBLIC_URL"):
        build_application(runtime, host="127.0.0.1", port=8484)


# Tokens.


def refusal(answer: httpx2.Response) -> str:
    """Return the sentence of a 401, which also says how to do better to a program."""
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    error = answer.json()["error"]
    assert error["code"] == "unauthenticated"
    sentence: str = error["message"]
    return sentence


def test_nobody_needs_a_token_here_until_there_is_one(house: House, wire: Wire) -> None:
    overview = result(wire.modern("tools/call", name="overview"))
    assert overview["structuredContent"]["role"] == "OWNER"
    session = wire.begin()
    token = house.issue()
    sentence = refusal(wire.modern("tools/call", name="overview"))
    assert "hoursmith-mcp token create" in sentence
    refusal(wire.legacy("tools/list", session=session))
    assert result(wire.modern("tools/call", token, name="overview"))["isError"] is False
    # Nor does the house open again once its tokens are gone.
    house.revoke()
    refusal(wire.modern("tools/call", name="overview"))


def test_who_sends_no_token_is_told_no_more_than_that_one_is_needed(
    house: House, wire: Wire
) -> None:
    token = house.issue()
    without = wire.modern("server/discover")
    refusal(without)
    assert "error=" not in without.headers["www-authenticate"]
    mistyped = wire.modern("server/discover", token + "x")
    refusal(mistyped)
    assert 'error="invalid_token"' in mistyped.headers["www-authenticate"]


def test_a_token_that_opens_nothing_is_refused_with_a_way_out(house: House, wire: Wire) -> None:
    good = house.issue()
    stranger = House(house.database_url.replace("hoursmith.db", "other.db")).issue()
    assert "revoked" in refusal(wire.modern("tools/list", stranger))
    for mistyped in (good[:-1], good[:-1] + ("x" if good[-1] != "x" else "y"), "hsk_live", "ä" * 9):
        assert "Copy it again" in refusal(wire.modern("tools/list", mistyped))
        refusal(wire.legacy("initialize", mistyped))
    headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/list"}
    for scheme in ("Basic YTpi", "Bearer", good):
        answer = wire.post("tools/list", {"_meta": ENVELOPE}, Authorization=scheme, **headers)
        assert "Authorization: Bearer" in refusal(answer)
    answer = wire.post(
        "tools/list", {"_meta": ENVELOPE}, Authorization=f"bearer  {good}", **headers
    )
    assert result(answer)


def test_a_revoked_token_is_refused_from_the_next_request_on(house: House, wire: Wire) -> None:
    token = house.issue()
    session = wire.begin(token)
    assert result(wire.legacy("tools/list", token, session))
    house.revoke()
    assert "revoked" in refusal(wire.legacy("tools/list", token, session))
    assert "revoked" in refusal(wire.modern("tools/list", token))


def test_an_expired_token_is_refused(house: House, wire: Wire) -> None:
    token = house.issue()
    assert result(wire.modern("tools/list", token))
    house.expire_all()
    assert "expired" in refusal(wire.modern("tools/list", token))


def test_a_session_is_its_own_tokens_alone(house: House, wire: Wire) -> None:
    one, other = house.issue("one"), house.issue("other")
    session = wire.begin(one)
    assert wire.legacy("tools/list", other, session).status_code == 404
    ended = wire.http.delete(
        wire.url, headers={"Authorization": f"Bearer {other}", "Mcp-Session-Id": session}
    )
    assert ended.status_code == 404
    assert result(wire.legacy("tools/list", one, session))


def test_on_postgresql_a_token_is_the_only_way_in(postgresql_url: str) -> None:
    house = House(postgresql_url)
    with served(house.database_url) as url:
        wire = Wire(url)
        with wire.http:
            refusal(wire.modern("tools/list"))
            token = house.issue()
            assert result(wire.modern("tools/call", token, name="overview"))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("client", "settings"),
    [
        (("192.0.2.7", 1), {}),
        (("::ffff:192.0.2.7", 1), {}),
        # Whoever publishes the house puts something before it that knocks from this machine.
        (("127.0.0.1", 1), {"public_url": "https://hours.example"}),
    ],
)
async def test_whoever_comes_from_elsewhere_needs_a_token(
    sqlite_url: str, client: tuple[str, int], settings: dict[str, Any]
) -> None:
    runtime = Runtime(Settings(database_url=sqlite_url, **settings))
    application = build_application(runtime, host="127.0.0.1", port=8484)
    door = httpx2.ASGITransport(app=application, client=client)
    async with httpx2.AsyncClient(transport=door, base_url="http://127.0.0.1:8484") as http:
        answer = await http.post("/mcp", json={})
    await runtime.close()
    refusal(answer)
