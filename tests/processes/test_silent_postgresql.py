"""A PostgreSQL that falls silent, or is locked: units end in time, and hold up nobody."""

from __future__ import annotations

import asyncio

import pytest
from databases_away import Wire, wire_to
from houses import InProcess, Refused, open_house
from sqlalchemy import text

from hoursmith_mcp.errors import Unavailable
from hoursmith_mcp.store.database import Work
from hoursmith_mcp.store.session import Session

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

AWAY = "The database does not answer; try again when it is back."
BUSY = "The database is busy: another program holds it. Try again."
LOCKS = text("SELECT id FROM organization FOR UPDATE")
COUNTER = text("SELECT organization_id FROM event_counter FOR UPDATE")


async def test_a_unit_that_is_cut_short_by_silence_lets_go_of_its_locks(
    postgresql_url: str,
) -> None:
    async with wire_to(postgresql_url) as wire, open_house(postgresql_url) as (runtime, caller):
        await wire.mend()
        near = InProcess(runtime, caller)
        async with open_house(f"{wire.url}?timeout=1") as (far_runtime, _):
            database = await far_runtime.database()
            with pytest.raises(Unavailable, match=AWAY):
                await database.write(_silenced(wire))
            async with asyncio.timeout(15):  # Nothing tells the server that its client has left.
                await near.call("create_client", name="Acme", currency="EUR")
            await wire.mend()
            await database.write(_locking)


def _silenced(wire: Wire) -> Work[None]:
    async def unit(session: Session) -> None:
        await session.unscoped(COUNTER)
        wire.silence()
        await session.unscoped(LOCKS)

    return unit


async def _locking(session: Session) -> None:
    await session.unscoped(COUNTER)


async def test_who_waits_too_long_for_a_lock_hears_that_the_database_is_busy(
    postgresql_url: str,
) -> None:
    async with (
        open_house(postgresql_url) as (runtime, caller),
        open_house(f"{postgresql_url}&timeout=1") as (waiting, _),
    ):
        await (await waiting.database()).write(_locking)

        async def holding(session: Session) -> None:
            await session.unscoped(COUNTER)
            with pytest.raises(Refused, match=BUSY):
                await InProcess(waiting, caller).call("create_client", name="A", currency="EUR")

        await (await runtime.database()).write(holding)
        await InProcess(waiting, caller).call("create_client", name="A", currency="EUR")


async def test_a_connection_that_was_lost_while_it_rested_is_replaced_unseen(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("RESTED_SECONDS", 0), ("PING_SECONDS", 0.2)):
        monkeypatch.setattr(f"hoursmith_mcp.store.postgresql_engines.{name}", seconds)
    async with open_house(postgresql_url) as (_, caller), wire_to(postgresql_url) as wire:
        await wire.mend()
        async with open_house(wire.url) as (runtime, _):
            door = InProcess(runtime, caller)
            await door.call("overview")
            wire.lose_connections()
            async with asyncio.timeout(15):
                await door.call("overview")
