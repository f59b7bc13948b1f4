"""Which scopes reports, files, pictures, schedules and plans take: each of them, and no other."""

from __future__ import annotations

import pytest
from comparing import UNLIMITED
from houses import Clock, open_house
from looking import looking
from matrix import CATALOGUE
from rows import everything
from surfaces import Surface, surfaces
from worlds import AMONG_THE_HIDDEN, DEAR, PROJECTS, build

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.access.roles import LIMITED_SCOPES, Scope
from hoursmith_mcp.runtime import Runtime

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

DOORS = ("in-process", "mcp-2026", "rest")
WITHOUT = "needs a token with the scope"
ANY = Scope.ACTIVITY_READ
"""What a token is given that shall be good for nothing here."""


async def told(runtime: Runtime, caller: Caller, clock: Clock, looks: list[Surface]) -> list[str]:
    """Return what a caller is told of each."""
    async with looking(runtime, caller, clock, DOORS) as house:
        return [await house.do(one.door, one.action) for one in looks]


async def caller_with(runtime: Runtime, scopes: set[Scope], *projects: str) -> Caller:
    """Return the owner as the caller of a new token."""
    wanted = [str(one) for one in sorted(scopes)]
    issued = await issue_token(runtime, name="some", scopes=wanted, projects=projects)
    return Caller(door="test", token=issued.token)


async def each_once(runtime: Runtime) -> list[Surface]:
    """Return the surfaces of a house, but for those that differ in groupings and filters alone."""
    schedule = (await everything(runtime))["schedule"][0]["id"]
    return [
        one
        for one in surfaces(CATALOGUE, schedule)
        if one.action.kind != "complete" and not (" by " in one.name or "?" in one.name)
    ]


async def test_what_lacks_one_of_its_scopes_is_refused_by_its_name(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock, **UNLIMITED) as (runtime, owner):
        await build(runtime, owner, clock, DEAR)
        looks = await each_once(runtime)
        tried = 0
        for needs in {one.needs for one in looks}:
            those = [one for one in looks if one.needs == needs]
            caller = await caller_with(runtime, {*needs, ANY})
            for one, text in zip(those, await told(runtime, caller, clock, those), strict=True):
                assert WITHOUT not in text, one.name
            for scope in needs:
                caller = await caller_with(runtime, {*Scope} - {scope})
                for one, text in zip(those, await told(runtime, caller, clock, those), strict=True):
                    assert f"{WITHOUT} {scope}" in text, one.name
                    tried += 1
        assert tried > 100


async def test_a_token_for_a_project_is_told_of_that_alone_and_of_no_money(
    sqlite_url: str, clock: Clock
) -> None:
    others = (AMONG_THE_HIDDEN, "Secret", *PROJECTS[1:], "Borg")
    async with open_house(sqlite_url, clock=clock, **UNLIMITED) as (runtime, owner):
        await build(runtime, owner, clock, DEAR)
        looks = await each_once(runtime)
        caller = await caller_with(runtime, {*LIMITED_SCOPES}, PROJECTS[0])
        for one, text in zip(looks, await told(runtime, caller, clock, looks), strict=True):
            if one.result is None:
                continue
            is_refused = WITHOUT in text or "is not limited" in text
            in_reach = one.needs <= LIMITED_SCOPES and not one.of_whole_days
            assert is_refused is not in_reach, (one.name, text)
            assert [name for name in others if name in text] == [], one.name
