"""A lower role and a revoked token bite on the next answer of an open connection."""

from __future__ import annotations

import anyio
import pytest
from houses import Clock, InProcess, daily, open_house
from looking import LISTS, Action, House, looking
from rows import add_member
from scenes import set_the_scene

from hoursmith_mcp.access.issuing import revoke_token
from hoursmith_mcp.adapters.mcp.subscriptions import Watch

pytestmark = pytest.mark.anyio

OPEN = ("mcp-2025", "mcp-2026", "stdio-2025", "stdio-2026")
"""Doors that stay open between two calls."""

PROJECT = "hoursmith://projects/redesign"
LOOKS = (
    *(Action("list", name) for name in LISTS),
    Action("call", "overview", {}),
    Action("call", "find", {"query": "redesign"}),
    Action("call", "list_activity", {}),
    Action("call", "list_unbilled", {}),
    Action("call", "get_client", {"client": "Acme"}),
    Action("read", PROJECT),
    Action("read", f"{PROJECT}.json"),
    Action("read", "hoursmith://clients/acme"),
    Action("read", "hoursmith://activity"),
)
OF_MONEY = ("90.00", "hourly_rate", "create_invoice", "clients/{client}", "EUR")
PATIENCE_SECONDS = 10


async def look(house: House, door: str) -> list[str]:
    """Return all that the member is shown."""
    return [await house.do(door, action) for action in LOOKS]


def told_of_money(shown: list[str]) -> list[str]:
    """Return which words of money stand in what is shown."""
    return [word for word in OF_MONEY if word in "\n".join(shown)]


@pytest.mark.parametrize("name", daily("mcp-2025", "mcp-2026", among=OPEN))
async def test_a_manager_who_becomes_a_member_sees_no_money_from_the_next_answer_on(
    name: str, sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        owner = InProcess(runtime, caller)
        await set_the_scene(owner)
        mia = await add_member(runtime, "Mia", role="MANAGER")
        await InProcess(runtime, mia).call("update_project", project="redesign", hourly_rate="91")
        await InProcess(runtime, mia).call("update_project", project="redesign", hourly_rate="90")
        async with looking(runtime, mia, clock, (name,)) as house:
            assert told_of_money(await look(house, name)) == list(OF_MONEY)
            lowered = {"member": "Mia", "role": "MEMBER"}
            await owner.call("update_member", **lowered)
            shown = await look(house, name)
            assert told_of_money(shown) == []
            assert "Website redesign" not in "\n".join(shown)
            await owner.call("add_project_member", project="redesign", member="Mia")
            shown = await look(house, name)
            assert told_of_money(shown) == []
            assert "Website redesign" in "\n".join(shown)
            raised = {"member": "Mia", "role": "MANAGER"}
            asked = await owner.call("update_member", **raised)
            await owner.call("update_member", **raised, confirm=asked["confirm"])
            assert told_of_money(await look(house, name)) == list(OF_MONEY)


@pytest.mark.parametrize("name", daily("mcp-2025", "mcp-2026", among=OPEN))
async def test_a_token_that_is_revoked_is_good_for_nothing_more(
    name: str, sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        await set_the_scene(InProcess(runtime, caller))
        mia = await add_member(runtime, "Mia", role="MANAGER")
        async with looking(runtime, mia, clock, (name,)) as house:
            assert "90.00" in told_of_money(await look(house, name))
            await revoke_token(runtime, "Mia")
            assert all("That token was revoked" in one for one in await look(house, name))


async def test_who_watches_is_told_of_no_price_from_then_on(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        owner = InProcess(runtime, caller)
        await set_the_scene(owner)
        await owner.call("create_project", client="Acme", name="Logo")
        website, logo = PROJECT, "hoursmith://projects/Logo"
        watch = Watch(runtime, await add_member(runtime, "Mia", role="MANAGER"))
        stop = runtime.announcements.listen(watch.note, watch.end)
        for address in (website, logo):
            await watch.add(address)
        told = watch.updates()
        with anyio.fail_after(PATIENCE_SECONDS):
            await owner.call("update_project", project="redesign", hourly_rate="91")
            assert await anext(told) == website
            await owner.call("update_member", member="Mia", role="MEMBER")
            for project in ("redesign", "Logo"):
                await owner.call("add_project_member", project=project, member="Mia")
            assert {await anext(told), await anext(told)} == {website, logo}
            await owner.call("update_project", project="redesign", hourly_rate="92")
            await owner.call("update_project", project="Logo", description="Round.")
            assert await anext(told) == logo
        stop()
        await told.aclose()
