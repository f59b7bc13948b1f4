"""The doctor sees whatever contradicts itself in what is told; what was tried stays noted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from contradictions import assert_each_is_found
from dispatching import SETTINGS, add_endpoint, attempts, dispatching, round
from houses import Clock, InProcess, open_house
from raw_sql import run_raw
from receivers import Receiver, receiving, saying
from sqlalchemy.exc import DBAPIError

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

THE_DELIVERED = "(SELECT MAX(id) FROM delivery WHERE state = 'delivered')"
THE_PENDING = "(SELECT MAX(id) FROM delivery WHERE state = 'pending')"
PLANTED = {
    "a delivery for a webhook that is not there": (
        f"UPDATE delivery SET endpoint_id = 'wh_gone' WHERE id = {THE_PENDING}",
        {"delivery.endpoint"},
    ),
    "a delivery of an event that is not there": (
        f"UPDATE delivery SET event_id = 'ev_gone' WHERE id = {THE_PENDING}",
        {"delivery.event"},
    ),
    "a delivery of an event of another type": (
        f"UPDATE delivery SET type = 'invoice.paid' WHERE id = {THE_PENDING}",
        {"delivery.event"},
    ),
    "a state that there is none of": (
        f"UPDATE delivery SET state = 'lost' WHERE id = {THE_DELIVERED}",
        {"delivery.state"},
    ),
    "finished and still waiting": (
        f"UPDATE delivery SET finished_at = 1 WHERE id = {THE_PENDING}",
        {"delivery.state"},
    ),
    "delivered, and refused": (
        f"UPDATE delivery_attempt SET status = 500 WHERE delivery_id = {THE_DELIVERED}",
        {"delivery.delivered"},
    ),
    "delivered, and never tried": (
        f"DELETE FROM delivery_attempt WHERE delivery_id = {THE_DELIVERED}",
        {"delivery.delivered"},
    ),
    "tried more often than counted": (
        f"UPDATE delivery SET attempts = 0, tries = 0 WHERE id = {THE_PENDING}",
        {"delivery.attempts"},
    ),
    "given up before the last attempt": (
        "UPDATE delivery SET state = 'exhausted', finished_at = 1, attempts = 10 "
        f"WHERE id = {THE_PENDING}",
        {"delivery.attempts"},
    ),
    "an attempt of nothing": (
        f"UPDATE delivery_attempt SET delivery_id = 'dl_gone' WHERE delivery_id = {THE_PENDING}",
        {"attempt.delivery"},
    ),
    "a wait of a month": (
        f"UPDATE delivery SET due_at = due_at + 2592000000000 WHERE id = {THE_PENDING}",
        {"delivery.schedule"},
    ),
    "two messages with one number": (
        "UPDATE delivery SET sequence = 1",
        {"delivery.sequence"},
    ),
    "a number beyond the count": (
        f"UPDATE delivery SET sequence = 99 WHERE id = {THE_PENDING}",
        {"webhook.sequence"},
    ),
    "a cursor beyond the last event": (
        "UPDATE webhook_endpoint SET event_sequence = event_sequence + 1",
        {"webhook.cursor"},
    ),
}


@pytest.fixture
async def told(database_url: str, clock: Clock) -> AsyncGenerator[tuple[Runtime, Caller, Receiver]]:
    """Yield a house with a webhook that took one message, and was too busy for another."""
    answers = [saying("204 No Content"), saying("503 Busy")]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers.pop(0) if answers else saying("204 No Content"))

    async with (
        open_house(database_url, clock=clock, **SETTINGS) as (runtime, caller),
        receiving(answer) as receiver,
        dispatching(runtime) as dispatcher,
    ):
        await add_endpoint(runtime, caller, receiver.url(), "client.created")
        for name in ("Acme", "Borg"):
            await InProcess(runtime, caller).call("create_client", name=name)
            await round(dispatcher)
        yield runtime, caller, receiver


async def codes(runtime: Runtime, now_us: int) -> list[str]:
    """Return what the doctor finds by a clock."""
    opens = runtime.outbound.can_open
    return [one.code for one in await diagnose(runtime.database_url, now_us=now_us, opens=opens)]


async def test_what_contradicts_itself_is_found(
    told: tuple[Runtime, Caller, Receiver], database_url: str, clock: Clock
) -> None:
    assert await codes(told[0], clock.now_us) == []
    await assert_each_is_found(database_url, PLANTED)


async def test_what_nobody_sends_is_found_after_an_hour(
    told: tuple[Runtime, Caller, Receiver], clock: Clock
) -> None:
    runtime, caller, receiver = told
    await InProcess(runtime, caller).call("create_client", name="Cyber")
    assert await codes(runtime, clock.now_us) == []
    clock.advance(hours=2)
    assert await codes(runtime, clock.now_us) == ["delivery.overdue", "webhook.behind"]
    async with dispatching(runtime) as dispatcher:
        await round(dispatcher)
    assert len(receiver.requests) == 4
    assert await codes(runtime, clock.now_us) == []


async def test_a_secret_that_no_key_opens_is_found_and_no_key_is_made(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock, **SETTINGS) as (runtime, caller):
        await add_endpoint(runtime, caller, "https://hooks.example.com/")
        assert await codes(runtime, clock.now_us) == []
    for other in ("A" * 43 + "=", "", "no key"):
        async with open_house(sqlite_url, clock=clock, secret_key=other) as (runtime, _):
            assert await codes(runtime, clock.now_us) == ["webhook.secret"]
    assert not Path(f"{sqlite_url.partition('///')[2]}.key").exists()


async def test_what_was_tried_is_neither_changed_nor_taken_away(
    told: tuple[Runtime, Caller, Receiver], database_url: str
) -> None:
    runtime, _, _ = told
    before = await attempts(runtime)
    assert len(before) == 2
    for statement in (
        "UPDATE delivery_attempt SET status = 204",
        "UPDATE delivery_attempt SET beginning = ''",
        "DELETE FROM delivery_attempt",
    ):
        with pytest.raises(DBAPIError, match="delivery_attempt is refused"):
            await run_raw(database_url, statement)
    assert await attempts(runtime) == before
