"""Who comes and goes in a random house before it is reported on, and when they work."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from houses import InProcess
from random_houses import MEMBERS, House
from report_scenes import log
from rows import add_member, change_member

LATE, INVITED = "dee", "eve"
"""Who joined lately, and who never came."""

NOBODY = "Former member"
"""What is called so who was erased."""

ZONES = ("UTC", "America/Los_Angeles", "Asia/Tokyo", None)
PATTERNS = {
    "mon-thu 6h, fri 4h": (21_600,) * 4 + (14_400, 0, 0),
    "tue 7h20m, sun 1h": (0, 26_400, 0, 0, 0, 0, 3_600),
}
US_PER_HOUR = 3_600_000_000


async def come_and_go(
    chance: random.Random, house: House, door: InProcess, today: date
) -> dict[str, Sequence[int]]:
    """Let members join, leave, live elsewhere and work on other days; return the seconds of those.

    Whoever logged nothing before they joined is expected from that day on.
    """
    late = InProcess(door.runtime, await add_member(door.runtime, LATE, role="MANAGER"))
    await add_member(door.runtime, INVITED)
    listed = await door.call("list_members")
    members = {one["name"]: one["id"] for one in listed["members"]}
    now_us, joined_days_ago = door.runtime.clock(), chance.randint(20, 80)
    for name, member_id in members.items():
        zone_name = chance.choice(ZONES) if name != MEMBERS[0] else ZONES[0]
        joined_us = now_us - (joined_days_ago * 24 + chance.randrange(24)) * US_PER_HOUR
        joined: dict[str, dict[str, Any]] = {
            LATE: {"joined_at": joined_us},
            INVITED: {"joined_at": None},
        }
        joined_at = joined.get(name, {})
        await change_member(door.runtime, member_id, time_zone=zone_name, **joined_at)
    for days_ago in {joined_days_ago + chance.randint(-9, 2), 3, 4}:
        client = chance.choice(house.clients)
        day, seconds = today - timedelta(days=days_ago), chance.randint(60, 40_000)
        project = chance.choice(client.projects)
        made = await log(late, LATE, project, day.isoformat(), seconds=seconds)
        client.entries.append(made)
    patterns = await _change_patterns(chance, door, members)
    await _leave(chance, door, members[MEMBERS[2]])
    if chance.random() < 0.5:
        await _erase(house, door, MEMBERS[2], patterns)
    return patterns


async def _change_patterns(
    chance: random.Random, door: InProcess, members: dict[str, str]
) -> dict[str, Sequence[int]]:
    found: dict[str, Sequence[int]] = {}
    for name, member_id in members.items():
        if chance.random() < 0.6:
            words, found[name] = chance.choice(list(PATTERNS.items()))
            await door.call("update_member", member=member_id, working_hours=words)
    return found


async def _leave(chance: random.Random, door: InProcess, member_id: str) -> None:
    asked = await door.call("remove_member", member=member_id)
    await door.call("remove_member", member=member_id, confirm=asked["confirm"])
    left_us = door.runtime.clock() - chance.randrange(60 * 24) * US_PER_HOUR
    await change_member(door.runtime, member_id, deleted_at=left_us)


async def _erase(
    house: House, door: InProcess, name: str, patterns: dict[str, Sequence[int]]
) -> None:
    """Take somebody's name out of everything; what they worked is nobody's, and stays."""
    asked = await door.call("erase_member", member=name)
    await door.call("erase_member", member=name, confirm=asked["confirm"])
    for client in house.clients:
        for entry in client.entries:
            entry.member = NOBODY if entry.member == name else entry.member
        for project in client.projects:
            _rename(project.rates_of, name, NOBODY)
    _rename(patterns, name, NOBODY)
    for member, currency in list(house.rates_of):
        if member == name:
            _rename(house.rates_of, (member, currency), (NOBODY, currency))


def _rename(by_name: dict[Any, Any], name: Any, new_name: Any) -> None:
    if name in by_name:
        by_name[new_name] = by_name.pop(name)
