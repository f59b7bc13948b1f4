"""Houses with much in them: the newest entries are the same ones, however many older there are."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.toolkit import Toolkit

CLIENTS = 200
PROJECTS_OF_CLIENT = 2
NEWEST_DAY = date(2026, 10, 30)
ENTRIES_OF_DAY = 20
FIRST_US = 1_400_000_000_000_000


async def fill(database: Path, entries: int) -> None:
    """Make a house with clients, projects and that many entries, 20 on each day."""
    async with Toolkit.open(database) as kit:
        for number in range(CLIENTS):
            client = f"Client {number:03}"
            await kit.call("create_client", name=client, currency="EUR")
            for place in range(PROJECTS_OF_CLIENT):
                await kit.call("create_project", client=client, name=f"Project {number:03}-{place}")
    sqlite: Any = importlib.import_module("sqlite3")
    connection = sqlite.connect(database)
    organization, member = connection.execute("SELECT organization_id, id FROM member").fetchone()
    projects = [row[0] for row in connection.execute("SELECT id FROM project ORDER BY name_key")]
    connection.executemany(
        "INSERT INTO time_entry (id, organization_id, member_id, project_id, entry_date,"
        " duration_seconds, billable, note, tags, version, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 1, ?, '[]', 1, ?, ?)",
        _rows(organization, member, projects, entries),
    )
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()


def _rows(
    organization: str, member: str, projects: list[str], entries: int
) -> Iterator[tuple[Any, ...]]:
    for number in range(entries):
        day = NEWEST_DAY - timedelta(days=number // ENTRIES_OF_DAY)
        # Newer days have later ids, so that the same entries come out on top in every house.
        instant_us = FIRST_US - number * 1_000_000
        entry_id = new_id("te", instant_us, number.to_bytes(10, "big"))
        project = projects[number * 7 % len(projects)]
        seconds = 600 + number * 37 % 3_000
        note = f"Work of day {day}, number {number % ENTRIES_OF_DAY}"
        yield (
            entry_id,
            organization,
            member,
            project,
            day.isoformat(),
            seconds,
            note,
            instant_us,
            instant_us,
        )
