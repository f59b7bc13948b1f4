"""Pages of the documented lists together are what filtering and sorting by hand gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from houses import Clock, Door, InProcess
from scenes import House

pytestmark = pytest.mark.anyio

Rows = list[dict[str, Any]]
Value = Callable[[dict[str, Any]], Any]

# How a field of an answer is compared where its text would not be.
RANKS = {
    "status": ("ACTIVE", "COMPLETED", "ARCHIVED", "TODO", "IN_PROGRESS", "DONE"),
    "priority": ("LOW", "MEDIUM", "HIGH"),
}


def sorted_by_hand(rows: Rows, sort: str) -> list[str]:
    """Return the ids of rows in the documented order."""
    field = sort.removeprefix("-")

    def place(row: dict[str, Any]) -> tuple[Any, ...]:
        value = row.get(field)
        if value is None:
            return (False, "", row["id"])
        known = RANKS.get(field, ())
        if value in known:
            return (True, known.index(value), row["id"])
        return (True, value.casefold() if field == "name" else value, row["id"])

    return [row["id"] for row in sorted(rows, key=place, reverse=sort.startswith("-"))]


async def all_pages(door: Door, things: str, limit: int, **given: Any) -> Rows:
    """Turn all pages of a list, and return what is on them."""
    found: Rows = []
    cursor: dict[str, str] = {}
    while True:
        page = await door.call(f"filter_{things}", limit=limit, **given, **cursor)
        assert len(page[things]) <= limit
        found += page[things]
        if "next_cursor" not in page:
            return found
        cursor = {"cursor": page["next_cursor"]}


def to_camel(field: str) -> str:
    first, *rest = field.split("_")
    return first + "".join(word.title() for word in rest)


def holds(row: dict[str, Any], *, field: str, kind: str, wanted: Any) -> bool:
    """Say whether a row passes one filter."""
    got = row.get(field)
    if got is None or not kind:
        return bool(got == wanted)
    got = got[:10] if field == "created_at" else got
    return bool(got >= wanted if kind in ("_from", "_min") else got <= wanted)


def drawn(chance: random.Random, things: str, everything: Rows) -> tuple[dict[str, Any], Rows]:
    """Draw filters from the rows themselves, and return them with the rows that pass."""
    given: dict[str, Any] = {}
    tests: list[Callable[[dict[str, Any]], bool]] = []
    one = chance.choice(everything)
    for field in FILTERED[things]:
        if chance.random() < 0.6:
            continue
        value = one.get(field)
        if value is None:
            continue
        kind = chance.choice(("", "_from", "_to")) if field.endswith("_date") else ""
        if field == "duration_seconds":
            kind = chance.choice(("", "_min", "_max"))
        if field == "created_at":
            kind, value = chance.choice(("_from", "_to")), value[:10]
        given[field + kind] = value

        tests.append(partial(holds, field=field, kind=kind, wanted=value))
    if chance.random() < 0.3:
        text = chance.choice(("a", "E", "1%", "_", "nowhere"))
        given["search"] = text
        fields = SEARCHED[things]
        tests.append(
            lambda row: any(text.casefold() in (row.get(name) or "").casefold() for name in fields)
        )
    if things == "projects" and "status" not in given:
        tests.append(lambda row: row["status"] != "ARCHIVED")
    return given, [row for row in everything if all(test(row) for test in tests)]


FILTERED = {
    "projects": ("client_id", "status", "start_date", "due_date", "created_at"),
    "tasks": ("project_id", "status", "priority", "billable", "due_date", "created_at"),
    "time_entries": (
        "project_id",
        "user_id",
        "billable",
        "entry_date",
        "duration_seconds",
        "created_at",
    ),
}
SEARCHED = {
    "projects": ("name", "description"),
    "tasks": ("name", "description"),
    "time_entries": ("note",),
}
SORTED = {
    "projects": ("created_at", "due_date", "id", "name", "start_date", "status", "updated_at"),
    "tasks": (
        "created_at",
        "due_date",
        "end_date",
        "id",
        "name",
        "priority",
        "start_date",
        "status",
        "updated_at",
    ),
    "time_entries": ("created_at", "duration_seconds", "entry_date", "id", "updated_at"),
}


async def furnish(door: Door, clock: Clock, chance: random.Random) -> dict[str, Rows]:
    """Make some of everything by chance, and return what was answered."""
    await door.call("set_up", time_zone="UTC", currency="EUR")
    made: dict[str, Rows] = {"projects": [], "tasks": [], "time_entries": []}
    clients = [await door.call("create_client", name=name) for name in ("Acme", "borg")]

    def day() -> str:
        return f"2026-{chance.choice((9, 10, 11)):02}-{chance.randint(1, 9):02}"

    def sometimes(**given: Any) -> dict[str, Any]:
        return {name: value for name, value in given.items() if chance.random() < 0.6}

    for number in range(8):
        clock.advance(hours=chance.choice((0, 1, 30)))
        project = await door.call(
            "create_project",
            client=chance.choice(clients)["id"],
            name=f"{chance.choice('abCd')}{number}",
            **sometimes(start_date="2026-09-01", description=chance.choice(("1% _", "Ea"))),
            **sometimes(due_date=day()),
        )
        status = chance.choice(("ACTIVE", "COMPLETED", "ARCHIVED"))
        made["projects"].append(
            await door.call("update_project", project=project["id"], status=status)
        )
    live = [one["id"] for one in made["projects"] if one["status"] != "ARCHIVED"]
    for number in range(12):
        clock.advance(hours=chance.choice((0, 1, 30)))
        priority = chance.choice(("LOW", "MEDIUM", "HIGH"))
        project = chance.choice(live)
        if number % 2:
            status = chance.choice(("TODO", "IN_PROGRESS", "DONE"))
            made["tasks"].append(
                await door.call(
                    "create_task",
                    project=project,
                    name=f"{chance.choice('aBc')}{number}",
                    status=status,
                    priority=priority,
                    **sometimes(billable=chance.random() < 0.5, due_date=day()),
                )
            )
        made["time_entries"].append(
            await door.call(
                "log_time",
                project=project,
                duration=f"{chance.choice((5, 10))}m",
                date=day(),
                allow_duplicate=True,
                **sometimes(note=chance.choice(("a", "1%", "e_")), billable=False),
            )
        )
    return made


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.ci) for seed in range(2, 12))]
)
async def test_pages_together_are_what_sorting_by_hand_gives(
    seed: int, house: House, clock: Clock
) -> None:
    chance = random.Random(seed)
    door = InProcess(*house)
    made = await furnish(door, clock, chance)
    compared = 0
    for _ in range(40):
        things = chance.choice(tuple(made))
        given, expected = drawn(chance, things, made[things])
        sort = chance.choice(("", "-")) + chance.choice(SORTED[things])
        limit = chance.choice((1, 2, 3, 200))
        found = await all_pages(door, things, limit, sort=to_camel(sort), **given)
        by_hand = sorted_by_hand(expected, sort)
        assert [row["id"] for row in found] == by_hand, (things, sort, limit, given)
        compared += len(by_hand) > 1
    assert compared > 10
