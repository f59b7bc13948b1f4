"""What goes wrong on the way to a server: it is told in the answer, nothing hangs, it passes."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import served
from answers_by_hand import HTML, always, answering
from certificates import self_signed
from houses import Clock, open_house
from mcp import types
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage
from relays import InBackground, Mode, before_relay, client_of_relay, port_of, served_here, serving
from starlette.types import Message, Receive, Scope, Send
from toy_server import Toy

from hoursmith_mcp.access.issuing import issue_token, revoke_token
from hoursmith_mcp.adapters.mcp.address import Address, read_address

pytestmark = pytest.mark.anyio
PATIENCE_SECONDS = 20
both_eras = pytest.mark.parametrize("mode", ["auto", "legacy"])


async def asked(address: Address, method: str, answer_seconds: float = 60.0) -> Any:
    """Send one request through a relay, and return what is answered."""
    params: dict[str, Any] = {"name": "overview"} if method == "tools/call" else {}
    request = types.JSONRPCRequest(jsonrpc="2.0", id="one", method=method, params=params)
    async with (
        before_relay(address, answer_seconds) as (answers, messages),
        asyncio.timeout(PATIENCE_SECONDS),
    ):
        await messages.send(SessionMessage(request))
        answer = (await answers.receive()).message
    assert answer.id == "one"
    return answer


async def told(address: Address, answer_seconds: float = 60.0) -> dict[str, Any]:
    """Call a tool through a relay, and return the error in the answer of the call."""
    result = (await asked(address, "tools/call", answer_seconds)).result
    error: dict[str, Any] = result["structuredContent"]
    assert result["isError"]
    assert [part["text"] for part in result["content"]] == [error["message"]]
    return error


def local(port: int, scheme: str = "http") -> Address:
    return read_address(f"{scheme}://127.0.0.1:{port}", "hsk_live_1")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (HTML.format(200), "There is no MCP server at"),
        (HTML.format(404), "There is no MCP server at"),
        (HTML.format(405), "There is no MCP server at"),
        (HTML.format(401), "refuses the token."),
        (HTML.format(403), "refuses the token."),
        (HTML.format(502), "cannot reach it (502)"),
        (HTML.format(500), "failed (500). Whether it was done is not known"),
        (
            "HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 2\n\n{}",
            "no MCP server",
        ),
        (
            "HTTP/1.1 307 X\nLocation: https://else.example/mcp\nContent-Length: 0\n\n",
            "else.example",
        ),
        ("HTTP/1.1 301 X\nLocation: /mcp/\nContent-Length: 0\n\n", "sends on to '/mcp/'"),
        ("HTTP/1.1 308 X\nLocation: /mcp\nContent-Length: 0\n\n", "sends on to '/mcp'"),
        ("nonsense\n\n", "went away before it had answered"),
        ("", "went away before it had answered"),
        ("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 99\n\n{", "went away"),
        ("HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\n: ping\n\n", "went away"),
        ("HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\ndata: {\n\n", "parse SSE"),
    ],
)
async def test_an_answer_that_is_none_is_explained(answer: str, sentence: str) -> None:
    async with answering(always(answer)) as port:
        if sentence == "parse SSE":
            assert sentence in (await asked(local(port), "tools/call")).error.message
            return
        assert sentence in (await told(local(port)))["message"]
        other = (await asked(local(port), "tools/list")).error
        assert sentence in other.message
        assert other.data["error"]["message"] == other.message


async def test_a_server_that_does_not_answer_is_waited_for_so_long_and_no_longer() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with answering(silent) as port:
        error = await told(local(port), answer_seconds=0.2)
    assert error["code"] == "unavailable"
    assert "did not answer in time. Whether it was done is not known" in error["message"]


async def test_a_server_that_is_not_there_is_named_and_nothing_was_done() -> None:
    async with answering(always("")) as port:
        pass
    error = await told(local(port))
    assert error["code"] == "unavailable"
    assert f"http://127.0.0.1:{port}/mcp cannot be reached. Nothing was done." in error["message"]
    nowhere = await told(read_address("https://hoursmith.invalid"))
    assert "There is no server https://hoursmith.invalid/mcp" in nowhere["message"]


async def test_a_certificate_that_nobody_vouches_for_gets_no_token(tmp_path: Path) -> None:
    seen: list[bytes] = []

    async def look(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read())

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    async with answering(look, ssl=context) as port:
        error = await told(local(port, "https"))
    assert "nothing was sent: its certificate cannot be trusted" in error["message"]

    async def in_the_clear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 X\r\n\r\n")
        if b"hsk_live" in await reader.read(10_000):
            seen.append(b"the token")

    async with answering(in_the_clear) as port:
        error = await told(local(port, "https"))
    assert "it does not speak TLS as it should" in error["message"]
    assert not any(seen)


async def test_who_only_notifies_an_absent_server_is_not_answered() -> None:
    async with answering(always("")) as port:
        pass
    notification = types.JSONRPCNotification(jsonrpc="2.0", method="notifications/roots")
    request = types.JSONRPCRequest(jsonrpc="2.0", id=2, method="ping")
    async with before_relay(local(port)) as (answers, messages):
        await messages.send(SessionMessage(notification))
        await messages.send(SessionMessage(request))
        assert (await answers.receive()).message.id == 2


@both_eras
async def test_a_server_that_was_away_is_found_again(
    mode: Mode, sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, _):
        first = await InBackground.open(served_here(runtime))
        async with client_of_relay(first.url, mode=mode) as client:
            assert not (await client.call_tool("overview")).is_error
            await first.close()
            away = await client.call_tool("overview")
            assert away.is_error
            assert (away.structured_content or {})["code"] == "unavailable"
            with pytest.raises(MCPError, match="cannot be reached"):
                await client.read_resource("hoursmith://overview")
            again = await InBackground.open(served_here(runtime, port_of(first.url)))
            calls = [client.call_tool("overview") for _ in range(5)]
            assert not any(answer.is_error for answer in await asyncio.gather(*calls))
            await again.close()


async def test_a_server_that_comes_late_is_found_without_a_restart(toy: Toy) -> None:
    first = await InBackground.open(toy.served())
    await first.close()
    initialize = types.JSONRPCRequest(
        jsonrpc="2.0",
        id=1,
        method="initialize",
        params={
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "late", "version": "1"},
        },
    )
    async with before_relay(read_address(first.url)) as (answers, messages):
        await messages.send(SessionMessage(initialize))
        assert "cannot be reached" in (await answers.receive()).message.error.message
        again = await InBackground.open(Toy().served(port_of(first.url)))
        await messages.send(SessionMessage(initialize))
        assert (await answers.receive()).message.result["serverInfo"]["name"] == "toy"
        await again.close()


async def test_a_server_that_dies_while_it_works_leaves_no_call_waiting(toy: Toy) -> None:
    first = await InBackground.open(toy.served())
    async with (
        client_of_relay(first.url, mode="legacy") as client,
        asyncio.timeout(PATIENCE_SECONDS),
    ):
        waiting = asyncio.create_task(client.call_tool("wait"))
        await toy.begun.wait()
        await first.close()
        assert (await waiting).is_error


async def test_a_server_that_knows_the_older_era_only_is_spoken_to_in_it(toy: Toy) -> None:
    refusal = {
        "code": types.INVALID_REQUEST,
        "message": "Bad Request: Unsupported protocol version",
    }

    versions: list[str] = []
    async with toy.served() as url:
        behind = served_by(url)

        async def older(scope: Scope, receive: Receive, send: Send) -> None:
            version = dict(scope["headers"]).get(b"mcp-protocol-version", b"")
            versions.append(version.decode())
            if version.startswith(b"2026"):
                await answer_json(send, 400, {"jsonrpc": "2.0", "id": None, "error": refusal})
            else:
                await behind(scope, receive, send)

        async with serving(older) as older_url, client_of_relay(older_url) as client:
            assert client.protocol_version == "2025-11-25"
            assert not (await client.call_tool("say", {"text": "old"})).is_error
    asked, *rest = versions
    assert (asked, rest[0], {*rest[1:]}) == ("2026-07-28", "", {"2025-11-25"})


def test_a_token_that_is_refused_is_named_and_a_good_one_opens(sqlite_url: str) -> None:
    async def work() -> None:
        async with open_house(sqlite_url) as (runtime, _):
            good = (await issue_token(runtime, name="laptop")).token
            await asyncio.to_thread(meet, good)
            await revoke_token(runtime, name_or_id="laptop")

    def meet(good: str) -> None:
        with served.served(sqlite_url) as url:
            asyncio.run(talk(url, good))

    async def talk(url: str, good: str) -> None:
        for wrong in ("", "hsk_live_" + "1" * 12 + "_" + "1" * 32):
            error = await told(read_address(url, wrong))
            assert error["code"] == "unauthenticated"
            assert f"The server {url} refuses the token: " in error["message"]
            assert "hoursmith-mcp token create" in error["message"]
        async with client_of_relay(url, token=good) as client:
            assert not (await client.call_tool("overview")).is_error

    asyncio.run(work())


@pytest.fixture
def toy() -> Toy:
    """Return a toy server."""
    return Toy()


def served_by(url: str) -> Any:
    """Return an application that hands every request on to an address."""
    import httpx2

    async def forward(scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message: Message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = [pair for pair in scope["headers"] if pair[0] != b"host"]
        async with (
            httpx2.AsyncClient(timeout=None) as client,
            client.stream(scope["method"], url, content=body, headers=headers) as response,
        ):
            start = {"type": "http.response.start", "status": response.status_code}
            await send({**start, "headers": response.headers.raw})
            async for part in response.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    return forward


async def answer_json(send: Send, status: int, document: Any) -> None:
    """Answer a request with JSON."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})
