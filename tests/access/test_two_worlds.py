"""Whatever a member does, through whichever door: what is hidden makes no byte of difference."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from actions import Topic
from comparing import (
    EVERY_DOOR,
    EXAMPLES_OF_A_HOUSE,
    Leak,
    compare,
    found_at,
    on_databases,
    on_sqlite,
)
from hypothesis.errors import Flaky
from planted_leaks import PLANTS, Plant
from planted_rest_leaks import OF_ANSWERS, OF_CONDITIONS, OF_LISTS
from postgresql_servers import run_statements
from sqlalchemy import make_url

EVERY_DAY = ("in-process", "mcp-2026")
OVER_REST = ("rest",)
WITH_REST = (*EVERY_DAY, *OVER_REST)
WITHOUT_MCP = ("in-process", *OVER_REST)


def test_a_member_cannot_tell_a_dear_house_from_a_cheap_one(tmp_path: Path) -> None:
    compare(on_sqlite(tmp_path, WITH_REST), WITH_REST, examples=30)


@pytest.mark.ci
def test_a_member_cannot_tell_them_through_any_door(tmp_path: Path) -> None:
    compare(on_sqlite(tmp_path, EVERY_DOOR), EVERY_DOOR, examples=2_000)


@pytest.mark.ci
def test_a_member_cannot_tell_them_on_postgresql(
    postgresql_server: str, postgresql_url: str
) -> None:
    asyncio.run(found_at(postgresql_url))
    first, second = make_url(postgresql_url).database, f"test_{uuid4().hex}"
    run_statements(postgresql_server, f"CREATE DATABASE {second} TEMPLATE {first}")
    try:
        urls = (postgresql_url, postgresql_server.format(database=second))
        compare(on_databases(urls, WITH_REST), WITH_REST, examples=EXAMPLES_OF_A_HOUSE - 1)
    finally:
        run_statements(postgresql_server, f"DROP DATABASE {second} WITH (FORCE)")


@pytest.mark.long
@pytest.mark.parametrize("topic", list(Topic))
def test_a_member_cannot_tell_them_however_long_they_try(topic: Topic, tmp_path: Path) -> None:
    doors = {Topic.ANYTHING: EVERY_DOOR, Topic.LISTS: WITHOUT_MCP, Topic.CONDITIONS: OVER_REST}
    compare(on_sqlite(tmp_path, doors[topic]), doors[topic], examples=20_000, topic=topic)


@pytest.mark.ci
@pytest.mark.parametrize("door", ["in-process", "rest"])
def test_no_list_tells_a_member_of_what_is_hidden(door: str, tmp_path: Path) -> None:
    compare(on_sqlite(tmp_path, (door,)), (door,), examples=250, topic=Topic.LISTS)


def _some(plants: Sequence[Plant], doors: tuple[str, ...], topic: Topic) -> list[Any]:
    """Return what is planted: the first of each kind in ci, all of them before a release."""
    return [
        pytest.param(plant, doors, topic, marks=pytest.mark.long if at else pytest.mark.ci)
        for at, plant in enumerate(plants)
    ]


@pytest.mark.parametrize(
    ("plant", "doors", "topic"),
    [
        *_some(PLANTS, EVERY_DAY, Topic.ANYTHING),
        *_some(OF_ANSWERS, OVER_REST, Topic.ANYTHING),
        *_some(OF_CONDITIONS, OVER_REST, Topic.CONDITIONS),
        *_some(OF_LISTS, OVER_REST, Topic.LISTS),
        # The first of them is found by requests for page after page.
        *_some(OF_LISTS[1:], EVERY_DAY[:1], Topic.LISTS),
    ],
)
def test_a_leak_that_is_planted_is_found(
    plant: Plant,
    doors: tuple[str, ...],
    topic: Topic,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opener = on_sqlite(tmp_path, doors)
    plant(monkeypatch)
    # What a shrunken house cannot show again is a leak all the same.
    with pytest.raises((Leak, Flaky)):
        compare(opener, doors, examples=500, topic=topic)
