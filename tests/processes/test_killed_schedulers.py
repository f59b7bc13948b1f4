"""Two servers, killed at any moment, by clocks that jump: one invoice for each day that was due."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from houses import Clock, InProcess, open_house
from rows import everything
from serving import PATIENCE
from workers import Crew, Worker, crew

from hoursmith_mcp.core.instants import SECOND_US, load_zone, wall_time_us
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork and no SIGKILL"),
]

ZONE = load_zone("Europe/Berlin")
AT = "02:30"
MINUTE = 150
"""In March clocks leap over that time of day, and in October it comes twice."""

FIRST, LAST = date(2027, 3, 19), date(2027, 11, 24)
"""Both changes of the clocks lie between them."""

KINDS = ("sqlite", "postgresql")
DAY_SECONDS = 24 * 3_600


@pytest.mark.parametrize(
    ("database_url", "rule", "schedules", "most_days"),
    [
        *(pytest.param(kind, "every sunday", 2, 50, marks=pytest.mark.ci) for kind in KINDS),
        *(pytest.param(kind, "every day", 4, 12, marks=pytest.mark.long) for kind in KINDS),
    ],
    indirect=["database_url"],
)
async def test_one_invoice_is_made_for_each_day_though_servers_are_killed(
    database_url: str, tmp_path: Path, rule: str, schedules: int, most_days: int
) -> None:
    chance = random.Random(schedules)
    clock = Clock(wall_time_us(FIRST, 12 * 60, ZONE))
    async with open_house(database_url, clock=clock) as (runtime, caller):
        due = await _planned(InProcess(runtime, caller), clock, rule, schedules)
        async with crew(database_url, tmp_path) as workers:
            workers.pass_time(_seconds_from_now(FIRST))
            pair = (workers.worker(), workers.worker())
            for worker in pair:
                await worker.start()
            kills = await _killed_while_days_pass(workers, pair, chance, most_days)
            await _settled(runtime, len(due))
            for worker in pair:
                await worker.end()
        rows = await everything(runtime)
    assert kills >= 8
    ran = Counter((row["schedule_id"], row["due_day"]) for row in rows["schedule_run"])
    assert ran == Counter(due)
    assert {row["outcome"] for row in rows["schedule_run"]} == {"drafted"}
    made = [row["invoice_id"] for row in rows["schedule_run"]]
    assert sorted(made) == sorted(row["id"] for row in rows["invoice"])
    billed = Counter(row["subject_id"] for row in rows["billing_claim"])
    assert set(billed.values()) == {1}
    assert len(billed) == sum(_last_billed(row) for row in rows["schedule_run"])
    for row in rows["schedule_run"]:
        assert row["at"] >= wall_time_us(date.fromisoformat(row["due_day"]), MINUTE, ZONE)
    told = Counter(row["type"] for row in rows["event"])
    assert told["schedule.ran"] == told["invoice.created"] == len(due)
    assert await diagnose(database_url) == []


async def _planned(
    door: InProcess, clock: Clock, rule: str, schedules: int
) -> list[tuple[str, str]]:
    """Schedule clients and log an hour of each day to come; returns what will be due."""
    await door.call("set_up", time_zone="Europe/Berlin", currency="EUR", hourly_rate="90")
    due: list[tuple[str, str]] = []
    for number in range(schedules):
        await door.call("create_client", name=f"Client {number}")
        await door.call("create_project", client=f"Client {number}", name=f"Work {number}")
        made = await door.call(
            "create_invoice_schedule",
            client=f"Client {number}",
            rule=f"{rule} since the last",
            at=AT,
            starting=(FIRST + timedelta(days=1)).isoformat(),
        )
        step = 7 if "sunday" in rule else 1
        day = date.fromisoformat(made["next_dates"][0].split()[1].strip(","))
        while day <= LAST:
            due.append((made["id"], day.isoformat()))
            day += timedelta(days=step)
    # An hour on the day before each, so that each has something to bill.
    clock.now_us = wall_time_us(LAST, 12 * 60, ZONE)
    for schedule_id, text in due:
        number = sorted({one for one, _ in due}).index(schedule_id)
        day = date.fromisoformat(text) - timedelta(days=1)
        given = {"project": f"Work {number}", "duration": "1h", "date": day.isoformat()}
        await door.call("log_time", **given)
    return due


def _last_billed(row: dict[str, Any]) -> int:
    """Return how many entries a run took: the one that was logged on the day before."""
    assert row["last_day"] == (date.fromisoformat(row["due_day"]) - timedelta(days=1)).isoformat()
    return 1


def _seconds_from_now(day: date) -> int:
    return (wall_time_us(day, 12 * 60, ZONE) - time.time_ns() // 1_000) // SECOND_US


async def _killed_while_days_pass(
    workers: Crew, pair: tuple[Worker, Worker], chance: random.Random, most_days: int
) -> int:
    """Let the clock jump to the last day, mostly forward, and kill a server after each jump."""
    left, kills = (LAST - FIRST).days * DAY_SECONDS, 0
    while left > 0:
        jump = chance.randrange(-2 * DAY_SECONDS, most_days * DAY_SECONDS)
        jump = min(jump, left)
        workers.pass_time(jump)
        left -= jump
        for worker in chance.sample(pair, chance.choice((1, 2))):
            await worker.kill()
            await worker.start()
            await asyncio.sleep(chance.random() / 10)
            kills += 1
    return kills


async def _settled(runtime: Runtime, due: int) -> None:
    """Wait until everything that was due was run, as long as more and more of it is."""
    count = -1
    while count < due:
        async with asyncio.timeout(PATIENCE):
            while (now := len((await everything(runtime))["schedule_run"])) == count:
                await asyncio.sleep(0.5)
        count = now
