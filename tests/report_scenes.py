"""What happens in a random house before it is reported on: all that figures must not forget."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from houses import FRIDAY_MORNING_US, Clock, InProcess
from random_houses import FIRST_DAY, MEMBERS, SECONDS_PER_DAY, Entry, House, Project

TIMER_MINUTES = 90
EDGES = (1, 30, 31, 60, 61, 90, 91)
"""Ages at which one bucket ends and the next one begins."""

TAGS = ((), (), ("web",), ("web", "Ümlaut"), ("ümlaut, too",), ("of web",), ("web", "Ad"))
MONTHS = ("january", "april", "july", "november", "december")


@dataclass(frozen=True)
class Whereabouts:
    """The organisation's zone, and how long to wait there for the day of the reports."""

    zone_name: str
    hours: int

    @property
    def today(self) -> date:
        """The day of the reports, in the organisation's zone."""
        instant = datetime.fromtimestamp(FRIDAY_MORNING_US // 1_000_000, ZoneInfo("UTC"))
        return (instant + timedelta(hours=self.hours)).astimezone(ZoneInfo(self.zone_name)).date()


ANYWHERE = (Whereabouts("Pacific/Kiritimati", 105), Whereabouts("Pacific/Honolulu", 116))
"""East and west of those who work in UTC: for them it is the day before, or the day after."""


def prepare(chance: random.Random, house: House, today: date) -> None:
    """Tag work, and move some of it to the days on which ages and months end."""
    worked: defaultdict[tuple[str, str], int] = defaultdict(int)
    for client in house.clients:
        for entry in client.entries:
            worked[entry.member, entry.day] += entry.seconds
    for client in house.clients:
        if chance.random() < 0.8:
            # What has no price is on no invoice, and of those there shall be many.
            client.rates = client.rates or [(FIRST_DAY.isoformat(), 900_000)]
        for entry in client.entries:
            entry.tags = chance.choice(TAGS)
            on_an_edge = today - timedelta(days=chance.choice(EDGES[1:]))
            day = chance.choice([on_an_edge, _beside_a_month(chance)]).isoformat()
            fits = worked[entry.member, day] + entry.seconds <= SECONDS_PER_DAY
            if chance.random() < 0.3 and fits:
                worked[entry.member, day] += entry.seconds
                entry.day = day


def _beside_a_month(chance: random.Random) -> date:
    return date(2026, chance.randint(1, 11), 1) - timedelta(days=chance.choice([0, 1]))


async def live_on(
    chance: random.Random, house: House, door: InProcess, clock: Clock, where: Whereabouts
) -> None:
    """Set the house up, lose time, and let days pass until the day of the reports."""
    settings = {"week_start": chance.choice(["monday", "sunday", "wednesday"])}
    begins = chance.choice(MONTHS)
    await door.call("set_up", time_zone=where.zone_name, fiscal_year_start=begins, **settings)
    for client in house.clients:
        if client.currency == "EUR" and chance.random() < 0.5:
            await door.call("update_client", client=client.id, currency="")
        for project in client.projects:
            if chance.random() < 0.4:
                budget = chance.choice([{"budget_hours": "20h"}, {"budget_amount": "500"}])
                await door.call("update_project", project=project.id, **budget)
        for entry in list(client.entries):
            if chance.random() < 0.1 and len(client.entries) > 1:
                await door.call("delete_time_entry", time_entry=entry.id)
                client.entries.remove(entry)
    clock.advance(hours=where.hours)
    for client in house.clients:
        project = chance.choice(client.projects)
        client.entries.append(await log(door, MEMBERS[0], project, "today", seconds=3_600))


async def log(door: InProcess, member: str, project: Project, day: str, *, seconds: int) -> Entry:
    """Log time, and return it as houses have it."""
    given: dict[str, Any] = {"duration": f"{seconds}s", "date": day, "allow_duplicate": True}
    made = await door.call("log_time", project=project.id, **given)
    return Entry(project, None, member, made["entry_date"], seconds, "", None, id=made["id"])


async def put_away(chance: random.Random, house: House, door: InProcess) -> None:
    """End some projects, with whatever is open in them; the first one goes on."""
    for project in _projects(house)[1:]:
        if chance.random() < 0.3:
            status = chance.choice(["ARCHIVED", "COMPLETED"])
            await door.call("update_project", project=project.id, status=status)
            project.is_over = True


async def start_a_timer(chance: random.Random, house: House, door: InProcess, clock: Clock) -> None:
    """Let a timer run on something that is not over."""
    project = chance.choice([one for one in _projects(house) if not one.is_over])
    await door.call("start_timer", project=project.id)
    clock.advance(minutes=TIMER_MINUTES)


def _projects(house: House) -> list[Project]:
    return [project for client in house.clients for project in client.projects]
