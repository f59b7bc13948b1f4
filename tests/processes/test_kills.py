"""Servers killed at any moment under load: what was acknowledged is there, and nothing by half."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from houses import InProcess, open_house
from serving import Gone, ServerProcess, served
from sqlalchemy import text

from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.diagnosis import diagnose
from hoursmith_mcp.store.session import Session

pytestmark = pytest.mark.anyio

KINDS = ("sqlite", "postgresql")
CALLERS = 8
MOST_ANSWERS = 60

# What must agree about every entry: it was made by one call, which wrote one event, one line of
# activity and one answer; what changed it since did, too.
DISAGREEMENTS = (
    "SELECT e.id FROM time_entry e WHERE e.version <> (SELECT COUNT(*) FROM event v "
    "WHERE v.subject_id = e.id AND v.type LIKE 'time_entry.%')",
    "SELECT v.id FROM event v WHERE (SELECT COUNT(*) FROM activity a WHERE a.subject_id = "
    "v.subject_id) <> (SELECT COUNT(*) FROM event w WHERE w.subject_id = v.subject_id)",
    "SELECT e.id FROM event e WHERE e.type LIKE 'time_entry.%' AND NOT EXISTS "
    "(SELECT 1 FROM time_entry t WHERE t.id = e.subject_id)",
    "SELECT e.id FROM time_entry e WHERE NOT EXISTS (SELECT 1 FROM activity a "
    "JOIN stored_answer s ON s.id = a.unit_id WHERE a.subject_id = e.id)",
)


@pytest.mark.parametrize(
    ("database_url", "kills"),
    [
        ("sqlite", 2),
        *(pytest.param(kind, 5, marks=pytest.mark.ci) for kind in KINDS),
        *(pytest.param(kind, 30, marks=pytest.mark.long) for kind in KINDS),
    ],
    indirect=["database_url"],
)
async def test_a_killed_server_has_kept_what_it_acknowledged(
    database_url: str, tmp_path: Path, kills: int
) -> None:
    chance = random.Random(kills)
    acknowledged: dict[str, str] = {}
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Website")
        for turn in range(kills):
            async with served(database_url, tmp_path, token=caller.token) as server:
                await _until_killed(server, acknowledged, turn, chance.randrange(MOST_ANSWERS))
            stored = await _stored(runtime)
            # A correction may have been stored without having been acknowledged.
            lost = [
                note
                for one, note in acknowledged.items()
                if stored.get(one) not in (note, f"{note}!")
            ]
            assert not lost, f"kill {turn}"
            assert await diagnose(database_url) == [], f"kill {turn}"
            await door.call("overview")
    assert len(acknowledged) > kills


async def _until_killed(
    server: ServerProcess, acknowledged: dict[str, str], turn: int, answers: int
) -> None:
    """Let callers log and correct time; with that many answers, and more under way, kill it."""
    left = answers

    async def works(caller: int) -> None:
        nonlocal left
        number = 0
        while True:
            note = f"{turn}.{caller}.{number}"
            entry = await server.call("log_time", project="Website", duration="1s", note=note)
            acknowledged[entry["id"]] = note
            await server.call("update_time_entry", time_entry=entry["id"], note=f"{note}!")
            acknowledged[entry["id"]] = f"{note}!"
            number += 1
            left -= 1
            if left <= 0:
                await server.kill()

    outcomes = await asyncio.gather(
        *(works(caller) for caller in range(CALLERS)), return_exceptions=True
    )
    unexpected = [one for one in outcomes if not isinstance(one, Gone)]
    assert not unexpected, server.errors.read_text()


async def _stored(runtime: Runtime) -> dict[str, str]:
    """Return the note of every entry, after a look at whether all that was written agrees."""

    async def look(session: Session) -> dict[str, str]:
        for disagreement in DISAGREEMENTS:
            assert list(await session.unscoped(text(disagreement))) == []
        rows = await session.unscoped(text("SELECT id, note FROM time_entry"))
        return {row.id: row.note for row in rows}

    return await (await runtime.database()).read(look)
