"""Unmistakable amounts, in all their forms: in no byte that a member, or the log, can obtain."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from actions_over_rest import ADDRESSES, CONDITIONS
from api import LEAVES, Request, request_of
from canaries import CANARIES, NAMES, forms, spilt
from comparing import EVERY_DOOR, UNLIMITED
from houses import FRIDAY_MORNING_US, Clock, InProcess, Refused, open_house
from looking import LISTS, Action, House, looking
from rows import change_role, everything
from worlds import MEMBER, PROJECTS, REPLAYED, RUN, build

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.ids import ENTROPY_BYTES, new_id
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio

READ = ("overview", "projects/Website", "projects/Logo", "activity")
Message = tuple[str, dict[str, Any]]
INITIALIZE: dict[str, Any] = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "tests", "version": "1"},
}


async def look_at_everything(house: House, door: str, projects: Sequence[str] = PROJECTS) -> str:
    """Return all that a member is told who asks for everything there is of some projects."""
    catalogue = house.runtime.catalogue
    rows = await everything(house.runtime)
    told = [await house.do(door, Action("list", name)) for name in LISTS]
    for project in projects:
        given: dict[str, Any] = {
            "project": project,
            "client": "Acme",
            "task": "Design",
            "thing": next(row["id"] for row in rows["project"] if row["name"] == project),
            "invoice": rows["invoice"][0]["id"],
            "time_entry": rows["time_entry"][0]["id"],
            "duration": "1m",
            "entries": [{"duration": "1m", "project": project}],
            "kind": "project",
            "week": "this week",
            "period": "this month",
            "guide": "invoicing",
        }
        for name, one in catalogue.operations.items():
            required = one.arguments.schema.get("required", [])
            call = Action("call", name, {key: given.get(key, "x") for key in required})
            told.append(await house.do(door, call))
        for address, one in catalogue.resources.items():
            for name in one.arguments.names:
                address = address.replace("{" + name + "}", quote(given.get(name, "x"), safe=""))
            for ending in ("", ".json"):
                told.append(await house.do(door, Action("read", address + ending)))
    return "\n".join(told)


async def look_in_every_way(house: House) -> str:
    """Return all that is told over REST of what there is, asked for rightly and wrongly."""
    sent = [Request("GET", path) for path in ADDRESSES]
    for one in house.runtime.catalogue.operations.values():
        if one.rest is None or one.name == LEAVES:
            continue
        given = {name: given for name, given in LOOKED_AT.items() if name in one.arguments.names}
        plain = request_of(one, given)
        sent += [replace(plain, method=method) for method in ("HEAD", "OPTIONS", "PUT")]
        sent.append(replace(plain, query=(("hourlyRate", "1"),), body="{"))
        if one.least is Role.MEMBER:
            sent += [replace(plain, headers=(*plain.headers, *some)) for some in CONDITIONS]
        orders = one.arguments.schema["properties"].get("sort", {}).get("enum", [])
        sent += [replace(plain, query=(("sort", order), ("limit", "1"))) for order in orders]
    return "\n".join([await house.do("rest", Action("send", given=one)) for one in sent])


LOOKED_AT = {"project": PROJECTS[0], "client": "Acme", "task": "Design", "member": MEMBER}
PRICED = Action(
    "call", "update_project", {"project": "Support", "hourly_rate": "9199.37"}, "priced"
)


async def look_back(house: House, door: str) -> str:
    """Return all that a member is told of what was done before, also where they take it back."""
    rows = (await everything(house.runtime))["activity"]
    looks = [*(Action("call", *call) for call in REPLAYED)]
    looks += [Action("call", "list_activity", {"limit": 100})]
    for subject in sorted({row["subject_id"] for row in rows}):
        looks.append(Action("call", "list_activity", {"about": subject}))
        looks.append(Action("read", f"hoursmith://activity/{subject}"))
    looks += [Action("call", "undo", {"activity": row["id"]}) for row in rows]
    looks.append(Action("call", "undo", {"run": RUN}))
    return "\n".join([await house.do(door, look) for look in looks])


async def test_a_member_is_told_no_amount_in_any_form(
    sqlite_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        member = await build(runtime, owner, clock, CANARIES)
        canaries = await forms(runtime)
        assert {"7919.37", "79193700", "7,919.37", "83477.19", "17.3719"} <= canaries
        async with looking(runtime, member, clock, ("in-process", "mcp-2026")) as house:
            told = await look_back(house, "in-process") + await house.do("in-process", PRICED)
            assert "already billed" in told
            assert f"Took back log_time of {PROJECTS[0]}" in told
            told += await look_at_everything(house, "in-process", PROJECTS[:1])
            assert spilt(told, canaries) == []
        await change_role(runtime, MEMBER, "MANAGER")
        async with looking(runtime, member, clock, ("in-process", "mcp-2026")) as house:
            # What they were answered as a manager they may know again.
            told = await house.do("in-process", PRICED)
            assert "9199.37" in spilt(told, canaries)
        async with looking(runtime, owner, clock, ("in-process", "mcp-2026")) as house:
            # They are there to be seen, by those who may.
            told = await look_at_everything(house, "in-process", PROJECTS[:1])
            assert len(spilt(told, canaries)) > 10
            told = await look_back(house, "in-process")
            assert len(spilt(told, canaries)) > 10
        assert spilt(caplog.text, canaries) == []


@pytest.mark.ci
@pytest.mark.parametrize("door", EVERY_DOOR)
async def test_no_door_tells_a_member_an_amount(
    door: str, sqlite_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_house(sqlite_url, clock=clock, **UNLIMITED) as (runtime, owner):
        member = await build(runtime, owner, clock, CANARIES)
        canaries = await forms(runtime)
        doors = tuple({door, "mcp-2026"})
        async with looking(runtime, member, clock, doors) as house:
            told = await look_back(house, door) + await look_at_everything(house, door)
            if door == "rest":
                told += await look_in_every_way(house)
            assert PROJECTS[0] in told
            assert spilt(told, canaries | NAMES) == []
        assert spilt(caplog.text, canaries) == []


async def test_a_fault_is_logged_without_what_was_given(
    house: tuple[Runtime, Caller], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await door.call("create_client", name="Acme", currency="EUR")

    def same_id(_: Call, prefix: str) -> str:
        return new_id(prefix, FRIDAY_MORNING_US, bytes(ENTROPY_BYTES))

    monkeypatch.setattr(Call, "new_id", same_id)
    await door.call("create_client", name="Borg", currency="EUR", default_tax_rate="17.3719")
    with pytest.raises(Refused) as caught:
        await door.call("create_client", name="Cord", currency="EUR", default_tax_rate="17.3719")
    assert caught.value.code == "internal"
    assert "INSERT INTO client" in caplog.text
    assert spilt(caplog.text, {"173719", "17.3719"}) == []


@pytest.mark.ci
def test_a_served_member_and_the_servers_log_see_no_amount(tmp_path: Path) -> None:
    """One process for all of it, as a client starts it: what it writes to either of its pipes."""

    async def prepare() -> tuple[str, set[str]]:
        clock = Clock(FRIDAY_MORNING_US)
        async with open_house(url, clock=clock) as (runtime, owner):
            return (await build(runtime, owner, clock, CANARIES)).token, await forms(runtime)

    url = f"sqlite+aiosqlite:///{tmp_path / 'hoursmith.db'}"
    token, canaries = asyncio.run(prepare())
    seen = ("overview", "find", "list_time_entries", "list_tasks", "list_invoices")
    names = (*seen, "list_activity", "undo", "undo", "list_tokens", "list_members")
    calls: list[Message] = [("tools/call", {"name": name, "arguments": {}}) for name in names]
    reads = [f"hoursmith://{place}" for place in READ]
    requests: list[Message] = [
        ("initialize", INITIALIZE),
        ("tools/list", {}),
        *calls,
        *(("resources/read", {"uri": uri}) for uri in reads),
    ]
    lines: list[dict[str, Any]] = [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        for number, (method, params) in enumerate(requests)
    ]
    lines.insert(1, {"jsonrpc": "2.0", "method": "notifications/initialized"})
    house = {"HOURSMITH_DATABASE_URL": url, "HOURSMITH_TOKEN": token}
    server = subprocess.run(
        [sys.executable, "-m", "hoursmith_mcp"],
        input="".join(json.dumps(line) + "\n" for line in lines),
        env={**os.environ, **house, "HOURSMITH_TOOLSETS": "all"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert server.stdout.count("\n") == len(requests)
    assert "Website" in server.stdout
    assert spilt(server.stdout + server.stderr, canaries) == []
