"""Reports, exports, pictures, schedules and plans of two houses: a member sees no byte differ.

Whoever sees all is told something else by each of them in the other house, through the same door,
with the same token; so there was something to be hidden.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence

import pytest
from comparing import Opener, Pair, on_sqlite
from matrix import CATALOGUE, hidden_fields
from naming import spelt, told_of
from planted_surface_leaks import PLANTS, Plant
from rows import change_role, everything
from surfaces import Surface, surfaces
from worlds import MEMBER

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.core.reports.kinds import KINDS
from hoursmith_mcp.schemas.exports import EXPORTS, FORMATS, ExportLink
from hoursmith_mcp.schemas.reports import Report
from hoursmith_mcp.schemas.schedules import ScheduleOut, SchedulePage

pytestmark = pytest.mark.ci

DOORS = ("in-process", "mcp-2026", "rest")
REFUSED = "needs the role"

Look = Callable[[Pair, list[Surface]], Awaitable[list[str]]]


@pytest.fixture(scope="module")
def opener(tmp_path_factory: pytest.TempPathFactory) -> Opener:
    """Return what opens a dear and a cheap house, as they were built."""
    return on_sqlite(tmp_path_factory.mktemp("worlds"), DOORS)


def look(opener: Opener, how: Look) -> list[str]:
    """Look at both houses, and return what was found."""

    async def opened() -> list[str]:
        async with opener() as pair:
            rows = await everything(pair[0].runtime)
            return await how(pair, surfaces(CATALOGUE, rows["schedule"][0]["id"]))

    return asyncio.run(opened())


async def answers(pair: Pair, one: Surface) -> tuple[str, str]:
    """Return what the member is answered in each house."""
    return await pair[0].do(one.door, one.action), await pair[1].do(one.door, one.action)


async def differing(pair: Pair, looked_at: Sequence[Surface]) -> list[str]:
    """Return what is not the same in both houses."""
    found: list[str] = []
    for one in looked_at:
        first, second = await answers(pair, one)
        if first != second:
            found.append(f"{one.name} by {one.door}")
    return found


def test_a_member_is_told_the_same_and_of_nothing_that_is_hidden(opener: Opener) -> None:
    async def as_member(pair: Pair, looked_at: list[Surface]) -> list[str]:
        found: list[str] = []
        for one in looked_at:
            first, second = await answers(pair, one)
            found += [f"{one.name} by {one.door}: {wrong}" for wrong in _wrong(one, first, second)]
        return found

    assert look(opener, as_member) == []


def _wrong(one: Surface, first: str, second: str) -> Iterator[str]:
    """Yield what a member should not have been told of in two houses."""
    if first != second:
        yield f"{first}\n{second}"
    if (REFUSED in first) is not (one.least > Role.MEMBER):
        yield first
    if one.least is Role.MEMBER:
        if one.result is not None:
            # What was typed may be said again.
            hidden = spelt(hidden_fields(one.result))
            yield from told_of(first, {name for name in hidden if name not in one.action.name})
        if one.action.name == "report" and one.differs and not json.loads(first)["rows"]:
            yield "there is nothing to compare"


def test_who_sees_all_is_told_something_else_in_each_house(opener: Opener) -> None:
    async def as_owner(pair: Pair, looked_at: list[Surface]) -> list[str]:
        for house in pair:
            await change_role(house.runtime, MEMBER, "OWNER")
        found: list[str] = []
        for one in looked_at:
            first, second = await answers(pair, one) if one.differs else ("", "other")
            if first == second or REFUSED in first:
                found.append(f"{one.name} by {one.door}: {first}")
        return found

    assert look(opener, as_owner) == []


def test_the_list_has_every_kind_grouping_format_and_operation() -> None:
    looked_at = surfaces(CATALOGUE, "sch_1")
    names = {one.name for one in looked_at}
    for kind in KINDS.values():
        assert {f"report {kind.name} by {grouping}" for grouping in kind.groupings} <= names
    assert {f"{kind}.{form}" for kind in EXPORTS for form in FORMATS} <= names
    told = {one.name for one in CATALOGUE.operations.values() if _tells_of_it(one.result)}
    done = " ".join(f"{one.name} {one.action.name}" for one in looked_at)
    read = {one.resource for one in CATALOGUE.operations.values() if one.result is Report}
    assert [name for name in told if CATALOGUE.operations[name].resource not in read | {None}] == []
    assert [name for name in told if name not in done and name not in BY_ADDRESS] == []
    assert {one.least for one in looked_at} == {Role.MEMBER, Role.MANAGER}
    assert len(looked_at) > 400


BY_ADDRESS = {"get_report", "get_grouped_report"}
"""Had as resources alone."""


def _tells_of_it(result: type) -> bool:
    return issubclass(result, Report | ExportLink | ScheduleOut | SchedulePage)


@pytest.mark.parametrize("plant", PLANTS, ids=repr)
def test_a_leak_that_is_planted_is_seen(
    plant: Plant, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.put(monkeypatch)

    async def as_member(pair: Pair, looked_at: list[Surface]) -> list[str]:
        told = [one for one in looked_at if plant.at in one.name and one.least is Role.MEMBER]
        return await differing(pair, told)

    assert look(opener, as_member)
