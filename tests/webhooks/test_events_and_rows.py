"""What happened and the event of it are stored together or not at all, whatever fails between."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from dispatching import SETTINGS, add_endpoint, deliveries, dispatching, round
from houses import InProcess, Refused, open_house
from receivers import receiving, saying
from rows import events, everything
from sqlalchemy import Engine, event

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

CALLS, AT_ONCE = 500, 5


class Planted(Exception):
    """What fails here, of itself."""


@contextmanager
def failing_now_and_then(chance: random.Random) -> Generator[Counter[str]]:
    """Let a statement in ten that writes fail; yields how many did."""
    failed: Counter[str] = Counter()

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT INTO ", "UPDATE ")) and chance.random() < 0.1:
            failed[statement.removeprefix("INSERT INTO ").split()[0]] += 1
            raise Planted

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        yield failed
    finally:
        event.remove(Engine, "before_cursor_execute", fail)


async def test_nothing_is_told_that_is_not_there_and_nothing_is_there_untold(
    database_url: str,
) -> None:
    chance = random.Random(500)
    logged: set[str] = set()
    async with (
        open_house(database_url, **SETTINGS) as (runtime, caller),
        receiving(saying("204 No Content")) as receiver,
        dispatching(runtime) as dispatcher,
    ):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Website")
        await add_endpoint(runtime, caller, receiver.url(), "time_entry.created")

        async def log(number: int) -> None:
            duration = chance.choice(("1s", "1s", "1s", "25h"))
            given = {"project": "Website", "duration": duration, "note": f"n {number}"}
            try:
                logged.add((await door.call("log_time", **given))["id"])
            except (Planted, Refused):
                pass

        with failing_now_and_then(chance) as failed:
            for begin in range(0, CALLS, AT_ONCE):
                await asyncio.gather(*(log(begin + place) for place in range(AT_ONCE)))
        told = {row["subject_id"] for row in await events(runtime) if row["subject_id"][:2] == "te"}
        stored = {row["id"] for row in (await everything(runtime))["time_entry"]}
        while len(receiver.requests) < len(logged):
            await round(dispatcher)
        queued = await deliveries(runtime)
    assert {"time_entry", "event"} <= set(failed), failed
    assert 100 < len(logged) < CALLS - 100
    assert told == stored == logged
    assert [int(row["sequence"]) for row in queued] == list(range(1, len(logged) + 1))
    assert len({one.headers["webhook-id"] for one in receiver.requests}) == len(logged)
