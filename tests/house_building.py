"""Building a random house through its door, as an owner with two colleagues would."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from houses import InProcess
from random_houses import MEMBERS, Client, Entry, House, Project, Rates, Rounding
from rows import add_member

MOST_AT_ONCE = 100


def decimal_text(scaled: int, decimals: int) -> str:
    """Write a number of that many decimals that is kept as an integer."""
    if not decimals:
        return str(scaled)
    whole, part = divmod(scaled, 10**decimals)
    return f"{whole}.{part:0{decimals}}"


async def build(house: House, door: InProcess) -> None:
    """Make everything that a random house has; its parts learn their ids."""
    doors = {MEMBERS[0]: door}
    for name in MEMBERS[1:]:
        caller = await add_member(door.runtime, name, role="MANAGER")
        doors[name] = InProcess(door.runtime, caller)
    members = {name: (await one.call("overview"))["user_id"] for name, one in doors.items()}
    tax = {"default_tax_rate": decimal_text(house.tax, 4)} if house.tax is not None else {}
    minutes, mode, per = house.rounding
    rounding: dict[str, Any] = {"rounding_minutes": minutes, "rounding_mode": mode}
    await door.call("set_up", time_zone="UTC", currency="EUR", rounding_per=per, **rounding, **tax)
    for currency, rates in house.rates.items():
        await _set_rates(door, rates, currency=currency)
    for (member, currency), rates in house.rates_of.items():
        await _set_rates(door, rates, member=members[member], currency=currency)
    await asyncio.gather(*(_build_client(one, door, members) for one in house.clients))
    await asyncio.gather(*(_log(house, name, one) for name, one in doors.items()))


async def _build_client(client: Client, door: InProcess, members: Mapping[str, str]) -> None:
    tax = {"default_tax_rate": decimal_text(client.tax, 4)} if client.tax is not None else {}
    if client.currency_before:
        known = {"currency": client.currency_before, "default_rate": "7"}
        made = await door.call("create_client", name=client.name, **known, **tax)
        await door.call("update_client", client=made["id"], currency=client.currency)
    else:
        made = await door.call("create_client", name=client.name, currency=client.currency, **tax)
    client.id = made["id"]
    for day, rate in client.rates:
        text = decimal_text(rate, 4)
        await door.call("update_client", client=client.id, default_rate=text, rate_from=day)
    await _set_rounding(door, client.rounding, client=client.id)
    for project in client.projects:
        await _build_project(client, project, door, members)


async def _build_project(
    client: Client, project: Project, door: InProcess, members: Mapping[str, str]
) -> None:
    given: dict[str, Any] = {"client": client.id, "name": project.name}
    if project.fee:
        given["fixed_fee_amount"] = decimal_text(project.fee, client.decimals)
    if project.rates:
        given["hourly_rate"] = decimal_text(project.rates[0][1], 4)
    made = await door.call("create_project", rate_type=project.rate_type, **given)
    project.id = made["id"]
    await _set_rates(door, project.rates[1:], project=project.id)
    for member, rates in project.rates_of.items():
        await _set_rates(door, rates, project=project.id, member=members[member])
    await _set_rounding(door, project.rounding, project=project.id)
    for task in project.tasks:
        word: dict[str, Any] = {"billable": task.billable} if task.billable is not None else {}
        made = await door.call("create_task", project=project.id, name=task.name, **word)
        task.id = made["id"]
        await _set_rates(door, task.rates, task=task.id)


async def _set_rates(door: InProcess, rates: Rates, **place: str) -> None:
    for day, rate in rates:
        await door.call("set_rate", rate=decimal_text(rate, 4), rate_from=day, **place)


async def _set_rounding(door: InProcess, rounding: Rounding | None, **place: str) -> None:
    if rounding is not None:
        minutes, mode, per = rounding
        await door.call("set_rounding", minutes=str(minutes), mode=mode, per=per, **place)


async def _log(house: House, member: str, door: InProcess) -> None:
    """Log all that a member worked, a hundred entries at once."""
    entries = [
        entry for client in house.clients for entry in client.entries if entry.member == member
    ]
    for start in range(0, len(entries), MOST_AT_ONCE):
        some = entries[start : start + MOST_AT_ONCE]
        wanted = [_worked_time(entry) for entry in some]
        logged = await door.call("log_times", entries=wanted, allow_duplicate=True)
        for entry, made in zip(some, logged["time_entries"], strict=True):
            entry.id = made["id"]


def _worked_time(entry: Entry) -> dict[str, Any]:
    billable = {"billable": entry.billable} if entry.billable is not None else {}
    tags = {"tags": list(entry.tags)} if entry.tags else {}
    return {
        "project": entry.project.id,
        "task": entry.task.id if entry.task is not None else "",
        "date": entry.day,
        "duration": f"{entry.seconds}s",
        "note": entry.note,
        **billable,
        **tags,
    }
