"""Unmistakable amounts, in all their forms: in no byte that a member, or the log, can obtain."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from comparing import EVERY_DOOR
from houses import Clock, open_house
from looking import LISTS, Action, House, looking
from rows import everything
from worlds import DEAR, PROJECTS, build

from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio

CANARIES = replace(
    DEAR,
    rates=("7919.37", "6271.83", "8377.61", "5639.29"),
    client_rates=("7433.91", "6967.47"),
    own_rate="9397.53",
    task_rates=("8161.79", "7297.31", "6793.87"),
    fee="83477.19",
    budgets=({"budget_amount": "97373.11"}, {}, {"budget_amount": "71993.57"}, {}),
    tax="17.3719",
    discount="13.7391%",
    hosting="6373.93",
    paid="5171.77",
    new_rate="9199.37",
    bank_details="IBAN 97531864",
)
AMOUNTS: dict[str, dict[str, int]] = {
    "rate": {"rate": 4},
    "project": {"fixed_fee": 2, "budget_amount": 2},
    "client": {"default_tax_rate": 4},
    "invoice": {name: 2 for name in ("lines_total", "discount", "net", "tax", "total", "paid")},
    "invoice_line": {"unit_price": 4, "amount": 2},
    "billing_claim": {"amount": 2},
    "payment": {"amount": 2},
}
"""The columns of amounts, and how many decimals they have."""
EVIDENT = 10_000
"""What is smaller may stand anywhere: in a time, in a count."""


async def forms(runtime: Runtime) -> set[str]:
    """Return every amount of a house as somebody may write it."""
    rows = await everything(runtime)
    found = {CANARIES.bank_details, CANARIES.tax, CANARIES.discount.rstrip("%")}
    for table, columns in AMOUNTS.items():
        for row in rows[table]:
            for column, decimals in columns.items():
                if (row.get(column) or 0) >= EVIDENT:
                    found |= set(_written(row[column], decimals))
    return found


def _written(scaled: int, decimals: int) -> Iterator[str]:
    whole, part = divmod(scaled, 10**decimals)
    yield str(scaled)
    for places in {2, decimals}:
        for thousands, point in (("", "."), (",", "."), (".", ","), (" ", ","), ("'", ".")):
            grouped = f"{whole:,}".replace(",", thousands)
            yield f"{grouped}{point}{f'{part:0{decimals}}'[:places]}"


def spilt(text: str, canaries: set[str]) -> list[str]:
    """Return which of the amounts stand in a text."""
    return sorted(one for one in canaries if one in text)


async def look_at_everything(house: House, door: str) -> str:
    """Return all that a member is told who asks for everything there is."""
    catalogue = house.runtime.catalogue
    told: list[str] = []
    rows = await everything(house.runtime)
    things = {kind: [row["id"] for row in rows[kind]] for kind in ("project", "task", "invoice")}
    for name, one in catalogue.operations.items():
        required = one.arguments.schema.get("required", [])
        for project in PROJECTS:
            given: dict[str, Any] = {"project": project, "duration": "1m", "kind": "project"}
            given |= {"task": things["task"][0], "week": "this week", "guide": "invoicing"}
            given |= {"time_entry": rows["time_entry"][0]["id"], "invoice": things["invoice"][0]}
            given |= {"client": "Acme", "entries": [{"duration": "1m", "project": project}]}
            action = Action("call", name, {key: given.get(key, "x") for key in required})
            told.append(await house.do(door, action))
    for address, one in catalogue.resources.items():
        for ending in ("", ".json"):
            for thing in (*things["project"], "Acme", "this week", "teams", *things["invoice"]):
                filled = address
                for name in one.arguments.names:
                    filled = filled.replace("{" + name + "}", thing.replace(" ", "%20"))
                told.append(await house.do(door, Action("read", filled + ending)))
    told += [await house.do(door, Action("list", name)) for name in LISTS]
    return "\n".join(told)


async def test_a_member_is_told_no_amount_in_any_form(
    sqlite_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        member = await build(runtime, owner, clock, CANARIES)
        canaries = await forms(runtime)
        assert {"7919.37", "79193700", "7,919.37", "83477.19", "17.3719"} <= canaries
        async with looking(runtime, member, clock, ("in-process", "mcp-2026")) as house:
            assert spilt(await look_at_everything(house, "in-process"), canaries) == []
        async with looking(runtime, owner, clock, ("in-process", "mcp-2026")) as house:
            # They are there to be seen, by those who may.
            assert len(spilt(await look_at_everything(house, "in-process"), canaries)) > 20
        assert spilt(caplog.text, canaries) == []


@pytest.mark.ci
@pytest.mark.parametrize("door", EVERY_DOOR)
async def test_no_door_tells_a_member_an_amount(
    door: str, sqlite_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        member = await build(runtime, owner, clock, CANARIES)
        canaries = await forms(runtime)
        doors = tuple({door, "mcp-2026"})
        async with looking(runtime, member, clock, doors) as house:
            assert spilt(await look_at_everything(house, door), canaries) == []
        assert spilt(caplog.text, canaries) == []
