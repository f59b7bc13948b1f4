"""Bytes on a socket that are no HTTP, or stop in the middle: refused or dropped, never a fault."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Generator

import httpx2
import pytest
from served import served

from hoursmith_mcp.adapters import http_server

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

SECRET = b"Zq7"
PATIENCE_SECONDS = 10
SOON_SECONDS = 0.3
POST = b"POST /api/v1/clients HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture
def address(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[str, int]]:
    """Serve an empty house to clients who must hurry; yields host and port."""
    for name in ("HEAD_SECONDS", "BODY_SECONDS"):
        monkeypatch.setattr(http_server, name, SOON_SECONDS)
    with served(sqlite_url, rate_limits="off", organization_rate_limits="off") as url:
        yield "127.0.0.1", httpx2.URL(url).port or 0


@pytest.fixture(autouse=True)
async def still_well(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> AsyncGenerator[None]:
    """See afterwards that the server works on, and that nothing of what was sent is in its log."""
    caplog.set_level(logging.INFO)
    yield
    answer = await said(address, b"GET /api/v1/overview HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert SECRET.decode() not in caplog.text
    assert "Traceback" not in caplog.text


async def said(address: tuple[str, int], *parts: bytes) -> bytes:
    """Send bytes and return the head of an answer; nothing, where the server hangs up."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection(*address)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            return await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        finally:
            writer.close()


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        pytest.param(b"Zq7\r\n\r\n", (400,), id="no request line"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03Zq7", (400,), id="TLS"),
        pytest.param(b"GET /Zq7\r\n\r\n", (400,), id="no version"),
        pytest.param(b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", (400, 404), id="no such version"),
        pytest.param(b"GET /\xff\x00 HTTP/1.1\r\nHost: x\r\n\r\n", (400,), id="no text"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", (400,), id="no host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", (400,), id="two hosts"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: Zq7 Zq7\x00\r\n\r\n", (400,), id="a host of NUL"),
        pytest.param(b"GET / HTTP/1.1\r\nZq7\r\n\r\n", (400,), id="no header"),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"Zq7" * 50_000 + b"\r\n\r\n",
            (400,),
            id="a huge header",
        ),
        pytest.param(POST + b"Content-Length: Zq7\r\n\r\n{}", (400,), id="no length"),
        pytest.param(POST + b"Content-Length: -1\r\n\r\n{}", (400,), id="less than nothing"),
        pytest.param(
            POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", (400,), id="two lengths"
        ),
        pytest.param(
            POST + b"Transfer-Encoding: Zq7\r\n\r\n{}", (400, 501), id="an unknown encoding"
        ),
        pytest.param(
            POST + b"Idempotency-Key: k\r\nTransfer-Encoding: chunked\r\n\r\nZq7\r\n{}\r\n",
            (400, 0),
            id="no chunk",
        ),
        pytest.param(
            POST + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", (400, 413), id="long"
        ),
        pytest.param(
            b"GET /api/v1/overview HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Key: Zq7\r\nSec-WebSocket-Version: 13\r\n\r\n",
            (200,),
            id="a WebSocket",
        ),
        pytest.param(
            b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n", (400, 404), id="a proxy"
        ),
    ],
)
async def test_what_is_no_http(
    address: tuple[str, int], sent: bytes, statuses: tuple[int, ...]
) -> None:
    answer = await said(address, sent)
    assert int((answer.split() or [b"", b"0"])[1]) in statuses
    assert SECRET not in answer


async def test_rubbish_behind_a_request_spoils_that_request_alone(
    address: tuple[str, int],
) -> None:
    asked = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    assert (await said(address, asked + b"Zq7\x00\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET /api/v1/ov", id="half a line"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nX-", id="half a header"),
        pytest.param(POST + b"Idempotency-Key: k\r\nContent-Length: 50\r\n\r\n{", id="half a body"),
        pytest.param(
            POST + b"Idempotency-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
            id="half of the chunks",
        ),
    ],
)
async def test_who_stops_in_the_middle_is_dropped(address: tuple[str, int], begun: bytes) -> None:
    assert await said(address, begun) == b""


async def test_who_sends_byte_by_byte_is_dropped_as_well(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    async with asyncio.timeout(PATIENCE_SECONDS):
        dropped = asyncio.ensure_future(reader.read(1))
        while not dropped.done():
            writer.write(b"G")
            await asyncio.wait([dropped], timeout=0.02)
    writer.close()
    assert isinstance(dropped.exception(), ConnectionError) or dropped.result() == b""


async def test_who_leaves_in_the_middle_leaves_nothing_behind(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        _, writer = await asyncio.open_connection(*address)
        writer.write(POST + b'Idempotency-Key: k\r\nContent-Length: 50\r\n\r\n{"name": "Zq7')
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    whole = b'{"name": "Acme"}'
    head = POST + b"Idempotency-Key: k\r\nContent-Length: %d\r\n\r\n" % len(whole)
    assert (await said(address, head, whole)).startswith(b"HTTP/1.1 201 ")
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
