"""One attempt ends soon and is a value, whatever the receiver does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from receivers import THIS_MACHINE, Answering, Receiver, receiving, saying

from hoursmith_mcp.core.webhook_urls import WebhookUrl
from hoursmith_mcp.webhooks.sender import (
    MOST_KEPT_BYTES,
    MOST_READ_BYTES,
    Fault,
    Outcome,
    Patience,
    Sender,
)

pytestmark = pytest.mark.anyio

BRIEF = Patience(connect=0.2, tls=0.2, head=0.2, body=0.2)
BODY = '{"note":"Größe – 0.1"}'.encode()


@asynccontextmanager
async def sending(patience: Patience = BRIEF) -> AsyncGenerator[Sender]:
    sender = Sender(THIS_MACHINE, patience=patience)
    try:
        yield sender
    finally:
        await sender.close()


async def outcome_of(answer: bytes | Answering) -> tuple[Outcome, Receiver]:
    async with receiving(answer) as receiver, sending() as sender:
        return await sender.send(receiver.url(), {"webhook-id": "ev_1"}, BODY), receiver


async def shaken_hands(answer: Answering) -> Outcome:
    """Send by TLS to what answers a greeting with something else."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        writer.close()
        done.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with sending() as sender:
        outcome = await sender.send(WebhookUrl("https", "127.0.0.1", port, "/"), {}, BODY)
    await done.wait()
    server.close()
    return outcome


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def test_a_message_arrives_as_it_was_given() -> None:
    outcome, receiver = await outcome_of(saying("200 OK", body=b"thanks"))
    [request] = receiver.requests
    assert request.head.startswith("POST /in HTTP/1.1\r\n")
    assert request.body == BODY
    assert request.headers["webhook-id"] == "ev_1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (outcome.status, outcome.fault, outcome.beginning) == (200, None, "thanks")


async def test_several_messages_go_over_one_connection() -> None:
    async with receiving(saying("204 No Content")) as receiver, sending() as sender:
        for _ in range(3):
            assert (await sender.send(receiver.url(), {}, BODY)).status == 204
    assert receiver.connections == 1


async def test_a_connection_that_the_receiver_let_go_of_is_no_failure() -> None:
    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(saying("204 No Content"))

    async with receiving(answer_once) as receiver, sending() as sender:
        for _ in range(3):
            assert (await sender.send(receiver.url(), {}, BODY)).status == 204
    assert receiver.connections == 3


async def test_a_receiver_that_hangs_before_its_answer_is_left_in_time() -> None:
    outcome, _ = await outcome_of(never)
    assert (outcome.status, outcome.fault) == (None, Fault.TIMEOUT_HEAD)
    assert outcome.timed_out
    assert 200 <= outcome.milliseconds < 2_000


@pytest.mark.ci
async def test_a_head_that_drips_is_as_late_as_none() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    outcome, _ = await outcome_of(drip)
    assert (outcome.status, outcome.fault) == (None, Fault.TIMEOUT_HEAD)


async def test_a_body_that_drips_is_cut_and_its_status_counts() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    outcome, _ = await outcome_of(drip)
    assert (outcome.status, outcome.fault) == (200, Fault.TIMEOUT_BODY)
    assert not outcome.timed_out
    assert set(outcome.beginning) == {"."}


@pytest.mark.ci
async def test_a_hundred_megabytes_are_not_read() -> None:
    written = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 104857600\r\n\r\n")
        for _ in range(1_600):
            writer.write(b"x" * MOST_READ_BYTES)
            await writer.drain()
            written += MOST_READ_BYTES

    outcome, receiver = await outcome_of(pour)
    await receiver.finished.wait()
    assert (outcome.status, outcome.fault) == (500, None)
    assert len(outcome.beginning) == MOST_KEPT_BYTES
    assert written < 50 * 1024 * 1024


@pytest.mark.ci
async def test_a_head_without_end_is_no_http() -> None:
    async def headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(10_000):
            writer.write(b"X-Header: " + b"y" * 1_000 + b"\r\n")
            await writer.drain()

    outcome, _ = await outcome_of(headers)
    assert (outcome.status, outcome.fault) == (None, Fault.NO_HTTP)


@pytest.mark.parametrize(
    "garbage", [b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"\x00\xff" * 400, b"200 OK\r\n\r\n"]
)
async def test_garbage_is_no_http(garbage: bytes) -> None:
    outcome, _ = await outcome_of(garbage)
    assert (outcome.status, outcome.fault) == (None, Fault.NO_HTTP)


async def test_a_receiver_that_says_nothing_broke_off() -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    for answer in (leave, reset):
        outcome, _ = await outcome_of(answer)
        assert (outcome.status, outcome.fault) == (None, Fault.BROKEN_OFF)


async def test_half_a_body_is_a_whole_status() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        writer.close()

    outcome, _ = await outcome_of(half)
    assert (outcome.status, outcome.fault, outcome.beginning) == (200, Fault.BROKEN_OFF, "half")


async def test_where_nobody_listens_there_is_no_connection() -> None:
    async with receiving(b"") as receiver:
        url = receiver.url()
    async with sending() as sender:
        outcome = await sender.send(url, {}, BODY)
    assert (outcome.status, outcome.fault) == (None, Fault.NO_CONNECTION)


@pytest.mark.ci
async def test_a_name_server_that_hangs_costs_the_time_of_connecting() -> None:
    async def hang(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    sender = Sender(THIS_MACHINE, patience=BRIEF, resolve=hang)
    outcome = await sender.send(WebhookUrl("http", "tarpit.example", 80, "/"), {}, BODY)
    await sender.close()
    assert outcome.fault is Fault.TIMEOUT_CONNECT


@pytest.mark.ci
async def test_a_handshake_that_hangs_is_told_by_its_name() -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    outcome = await shaken_hands(swallow)
    assert outcome.fault is Fault.TIMEOUT_TLS


async def test_who_speaks_no_tls_is_told_so() -> None:
    async def talk_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(saying("400 Bad Request"))

    outcome = await shaken_hands(talk_plainly)
    assert (outcome.fault, outcome.beginning) == (Fault.NO_TLS, "")


async def test_what_a_receiver_wishes_is_read_from_its_head() -> None:
    outcome, _ = await outcome_of(
        saying("429 Slow", "Retry-After: 120", "Webhook-Delivery: abort-message", "X: " + "y" * 500)
    )
    assert (outcome.retry_after, outcome.wish) == ("120", "abort-message")


async def test_what_a_receiver_writes_cannot_hide_anything() -> None:
    outcome, _ = await outcome_of(saying("500 Oops", body="a\u202eb\x00c\xff".encode()))
    assert outcome.beginning == "abcÿ"


@pytest.mark.ci
async def test_many_that_hang_keep_nobody_waiting() -> None:
    async with receiving(never) as hanging, receiving(saying("204 No Content")) as good:
        async with sending(Patience(head=30)) as sender:
            stuck = [
                asyncio.ensure_future(sender.send(hanging.url(), {}, BODY)) for _ in range(100)
            ]
            outcome = await sender.send(good.url(), {}, BODY)
            for one in stuck:
                one.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)
    assert outcome.status == 204
    assert outcome.milliseconds < 2_000
