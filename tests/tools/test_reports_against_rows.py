"""Whatever work, bills and payments there are, reports say what adding up the rows by hand says."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from house_building import build
from houses import FRIDAY_MORNING_US, Clock, InProcess, open_house
from planted_report_faults import FAULTS
from random_houses import MEMBERS, random_house
from report_billing_scenes import bill_some
from report_people_scenes import come_and_go
from report_questions import GROUPED_BY, Questions
from report_scenes import ANYWHERE, live_on, prepare, put_away, start_a_timer
from report_truth import Told
from rows import everything

pytestmark = pytest.mark.anyio

EVERY_DAY_SEED, EVERY_DAY_CLIENTS = 26, 2
LARGE_SEEDS, LARGE_CLIENTS = (8, 3), 12


@asynccontextmanager
async def lived_in(
    seed: int, database_url: str, *, clients: int
) -> AsyncGenerator[tuple[InProcess, Told]]:
    """Let a random house live, and yield its door and all that is told of it."""
    chance = random.Random(seed)
    where, house = ANYWHERE[seed % 2], random_house(seed, clients=clients)
    prepare(chance, house, where.today)
    clock = Clock(FRIDAY_MORNING_US)
    async with open_house(database_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("set_up", your_name=MEMBERS[0], payment_terms=14)
        await build(house, door)
        await live_on(chance, house, door, clock, where)
        patterns = await come_and_go(chance, house, door, where.today)
        await bill_some(chance, house, door, where.today)
        await put_away(chance, house, door)
        await start_a_timer(chance, house, door, clock)
        told = Told(house, await everything(runtime), clock.now_us, patterns)
        assert told.today == where.today
        yield door, told


async def agree_on_everything(door: InProcess, told: Told, seed: int, *, times: int) -> None:
    """Ask for each kind of report that often."""
    questions = Questions(door, told, random.Random(seed))
    for kind in GROUPED_BY:
        for _ in range(times):
            await questions.ask(kind)


async def test_a_house_is_reported_as_its_rows_add_up(sqlite_url: str) -> None:
    async with lived_in(EVERY_DAY_SEED, sqlite_url, clients=EVERY_DAY_CLIENTS) as (door, told):
        await agree_on_everything(door, told, EVERY_DAY_SEED, times=2)


@pytest.mark.ci
@pytest.mark.parametrize("seed", range(10, 22))
async def test_whatever_house_there_is_is_reported_as_its_rows_add_up(
    seed: int, sqlite_url: str
) -> None:
    async with lived_in(seed, sqlite_url, clients=4) as (door, told):
        await agree_on_everything(door, told, seed, times=8)


@pytest.mark.ci
@pytest.mark.parametrize("seed", range(30, 33))
async def test_so_it_is_on_postgresql(seed: int, founded_postgresql_url: str) -> None:
    async with lived_in(seed, founded_postgresql_url, clients=4) as (door, told):
        await agree_on_everything(door, told, seed, times=8)


@pytest.mark.ci
async def test_every_fault_that_is_planted_is_found(tmp_path: Path) -> None:
    missed: list[Callable[[pytest.MonkeyPatch], None]] = list(FAULTS)
    for seed in LARGE_SEEDS:
        url = f"sqlite+aiosqlite:///{(tmp_path / f'{seed}.db').as_posix()}"
        async with lived_in(seed, url, clients=LARGE_CLIENTS) as (door, told):
            await agree_on_everything(door, told, seed, times=12)
            missed = [plant for plant in missed if await _agrees_with(plant, door, told, seed)]
    assert not missed


async def _agrees_with(
    plant: Callable[[pytest.MonkeyPatch], None], door: InProcess, told: Told, seed: int
) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        try:
            await agree_on_everything(door, told, seed, times=12)
        except AssertionError:
            return False
    return True
