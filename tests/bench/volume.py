"""Houses with much in them: the newest entries are the same ones, however many older there are."""

from __future__ import annotations

import atexit
import importlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.toolkit import Toolkit

FEW, MANY = 10_000, 1_000_000
CLIENTS = 200
PROJECTS_OF_CLIENT = 2
PROJECTS = CLIENTS * PROJECTS_OF_CLIENT
NEWEST_DAY = date(2026, 10, 30)
ENTRIES_OF_DAY = 20
FIRST_US = 1_400_000_000_000_000


class Work:
    """What the entries of a house are for: all of it is open, and every project has some."""

    def day(self, number: int) -> date:
        """Return the day of an entry."""
        return day_of(number)

    def project(self, number: int) -> int:
        """Return the place of an entry's project; the newest entry has the number 0."""
        return number * 7 % PROJECTS

    def billable(self, number: int) -> bool:
        """Say whether an entry is billable."""
        return True

    def line_id(self, number: int) -> str | None:
        """Return the line on which an entry is billed, if it is."""
        return None


@dataclass(frozen=True)
class House:
    """The ids of what a house has before it has entries."""

    organization: str
    member: str
    clients: Sequence[str]
    projects: Sequence[str]
    rates: Sequence[str]


async def fill(database: Path, entries: int, work: Work | None = None) -> House:
    """Make a house with clients, projects and that many entries, 20 on each day."""
    async with Toolkit.open(database) as kit:
        await kit.call("set_up", default_tax_rate="19")
        for number in range(CLIENTS):
            client = f"Client {number:03}"
            await kit.call("create_client", name=client, currency="EUR")
            for place in range(PROJECTS_OF_CLIENT):
                name = f"Project {number:03}-{place}"
                await kit.call("create_project", client=client, name=name, hourly_rate="90")
    connection = connect_to_fill(database)
    house = _house(connection)
    insert(connection, "time_entry", _entries(house, entries, work or Work()))
    connection.commit()
    connection.close()
    return house


def connect(database: Path) -> Any:
    """Open a database beside the program."""
    sqlite: Any = importlib.import_module("sqlite3")
    return sqlite.connect(database)


def connect_to_fill(database: Path) -> Any:
    """Open a database to fill it: its indexes have room in memory, and no plug is pulled."""
    connection = connect(database)
    connection.execute("PRAGMA cache_size = -400000")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def insert(connection: Any, table: str, rows: Iterator[dict[str, Any]]) -> None:
    """Insert rows of one shape."""
    first = next(rows)
    names = ", ".join(first)
    statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(first))})"
    connection.execute(statement, tuple(first.values()))
    connection.executemany(statement, (tuple(row.values()) for row in rows))


def day_of(number: int) -> date:
    """Return the day of an entry."""
    return NEWEST_DAY - timedelta(days=number // ENTRIES_OF_DAY)


def instant_us(number: int) -> int:
    """Return the instant of an entry: newer days have later ids, the same ones in every house."""
    return FIRST_US - number * 1_000_000


def entry_id(number: int) -> str:
    """Return the id of an entry."""
    return new_id("te", instant_us(number), number.to_bytes(10, "big"))


def seconds_of(number: int) -> int:
    """Return the duration of an entry."""
    return 600 + number * 37 % 3_000


@cache
def folder() -> Path:
    """Return a folder for houses, which goes away with the program."""
    made = Path(tempfile.mkdtemp(prefix="hoursmith-bench-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def _house(connection: Any) -> House:
    def ids(query: str) -> list[str]:
        return [row[0] for row in connection.execute(query)]

    return House(
        organization=ids("SELECT id FROM organization")[0],
        member=ids("SELECT id FROM member")[0],
        clients=ids("SELECT id FROM client ORDER BY name_key"),
        projects=ids("SELECT id FROM project ORDER BY name_key"),
        rates=ids(
            "SELECT r.id FROM rate r JOIN project p ON p.id = r.project_id ORDER BY name_key"
        ),
    )


def _entries(house: House, entries: int, work: Work) -> Iterator[dict[str, Any]]:
    for number in range(entries):
        day, at_us = work.day(number).isoformat(), instant_us(number)
        yield {
            "id": entry_id(number),
            "organization_id": house.organization,
            "member_id": house.member,
            "project_id": house.projects[work.project(number)],
            "entry_date": day,
            "duration_seconds": seconds_of(number),
            "billable": work.billable(number),
            "note": f"Work of day {day}, number {number % ENTRIES_OF_DAY}",
            "tags": "[]",
            "line_id": work.line_id(number),
            "version": 1,
            "created_at": at_us,
            "updated_at": at_us,
        }
