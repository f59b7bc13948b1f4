"""Every role × operation × argument × field is in one table, and holds over the doors."""

from __future__ import annotations

from typing import Any

import pytest
from houses import DOORS, Clock, InProcess, Refused, open_door, open_house
from matrix import CATALOGUE, LEAST, TABLE, models, unseen
from rows import add_member
from worlds import DEAR, build

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.schemas.base import OfMoney
from hoursmith_mcp.schemas.seen import seen_fields

pytestmark = pytest.mark.anyio

UNKNOWN: dict[str, Any] = {"no_such_argument": 1}
"""Nobody's call with it does anything; but it is refused for its role before it is read."""

SOME_DOORS = [n if n == "in-process" else pytest.param(n, marks=pytest.mark.ci) for n in DOORS]


def test_every_operation_has_the_least_role_that_the_table_gives_it() -> None:
    assert {name: one.least for name, one in CATALOGUE.operations.items()} == LEAST


def test_members_give_no_argument_that_the_table_does_not_name() -> None:
    taken = {
        name: list(one.seen(blind=True).arguments.names)
        for name, one in CATALOGUE.operations.items()
        if one.least is Role.MEMBER
    }
    assert taken == TABLE["members_give"]


def test_what_members_may_call_needs_no_argument_that_they_cannot_give() -> None:
    for name in TABLE["members_give"]:
        one = CATALOGUE.operations[name]
        required = one.arguments.schema.get("required", [])
        assert required == one.seen(blind=True).arguments.schema.get("required", []), name


def test_every_field_is_seen_or_hidden_as_the_table_says() -> None:
    found = models()
    of_money = {name for name, model in found.items() if issubclass(model, OfMoney)}
    assert of_money == set(TABLE["of_money"]["models"])
    assert found.keys() - of_money == TABLE["fields"].keys()
    for name, row in TABLE["fields"].items():
        assert [*seen_fields(found[name])] == row["seen"], name
        hidden = found[name].model_fields.keys() - set(row["seen"])
        assert hidden == set(row["hidden"]), name


@pytest.mark.parametrize("door", SOME_DOORS)
@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_call_what_the_table_lets_it(
    role: Role, door: str, sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, _):
        caller = await add_member(runtime, "Ron", role=role.name)
        async with open_door(door, runtime, caller) as opened:
            for name, least in LEAST.items():
                if not (CATALOGUE.operations[name].mcp or door == "in-process"):
                    continue
                with pytest.raises(Refused) as caught:
                    await opened.call(name, **UNKNOWN)
                expected = "validation_error" if role >= least else "forbidden_scope"
                assert caught.value.code == expected, (name, caught.value.message)


LOOKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("overview", {}),
    ("find", {}),
    ("list_time_entries", {"period": "this month"}),
    ("list_tasks", {"status": ["TODO", "IN_PROGRESS", "DONE"]}),
    ("get_project", {"project": "Website"}),
    ("get_task", {"task": "Design"}),
    ("update_task", {"task": "Design", "priority": "HIGH"}),
    ("get_timesheet", {"week": "this week"}),
    ("log_time", {"project": "Website", "duration": "1m", "date": "2026-10-01"}),
    ("log_time", {"project": "Website", "duration": "1m", "date": "2026-10-01"}),
    ("log_times", {"entries": [{"duration": "2m", "project": "Website"}]}),
    ("start_timer", {"project": "Website"}),
    ("stop_timer", {}),
    ("complete_name", {"kind": "project"}),
    ("list_guides", {}),
    ("get_guide", {"guide": "teams"}),
)


async def test_a_member_is_told_no_more_than_the_table_shows(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        member = InProcess(runtime, await build(runtime, owner, clock, DEAR))
        for name, given in LOOKS:
            answer = await member.call(name, **given)
            assert unseen(answer, CATALOGUE.operations[name].result) == []
        entries = (await member.call("list_time_entries"))["time_entries"]
        assert any(one.get("locked") for one in entries)
        # The same house shows its owner what the table hides.
        shown = await InProcess(runtime, owner).call("get_project", project="Website")
        assert unseen(shown, CATALOGUE.operations["get_project"].result)
