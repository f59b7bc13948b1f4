"""Every role × operation × argument × field is in one table, and holds over the doors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from houses import DOORS, Clock, Door, InProcess, Refused, daily, open_door, open_house
from matrix import CATALOGUE, INVITED, LEAST, TABLE, models, unseen
from rows import add_member
from worlds import DEAR, build

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.schemas.base import OfMoney
from hoursmith_mcp.schemas.seen import seen_fields

pytestmark = pytest.mark.anyio

UNKNOWN: dict[str, Any] = {"no_such_argument": 1}
"""Nobody's call with it does anything; but it is refused for its role before it is read."""

SOME_DOORS = daily("in-process", among=[one for one in DOORS if one != "rest"])
"""Over REST it is another test: it has operations of its own, and an address for each."""


def test_every_operation_has_the_least_role_that_the_table_gives_it() -> None:
    operations = CATALOGUE.operations.items()
    assert {name: one.least for name, one in operations if not one.for_invited} == LEAST
    assert {name for name, one in operations if one.for_invited} == INVITED


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
            for name in INVITED:
                with pytest.raises(Refused, match="only an invitation can be accepted"):
                    await opened.call(name, **UNKNOWN)


async def test_who_is_invited_may_accept_and_nothing_else(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        whom = {"email": "ida@example.com", "name": "Ida", "role": "OWNER"}
        invited = await _confirmed(InProcess(runtime, owner), "invite_member", whom)
        ida = InProcess(runtime, Caller(door="test", token=invited["code"]))
        for name in LEAST:
            with pytest.raises(Refused) as caught:
                await ida.call(name, **UNKNOWN)
            assert caught.value.message.startswith("This is an invitation"), name
        accepted = await ida.call("accept_invitation")
        joined = InProcess(runtime, Caller(door="test", token=accepted["token"]))
        assert (await joined.call("overview"))["role"] == "OWNER"


async def _confirmed(door: Door, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Call an operation, and confirm it where it asks."""
    answer: dict[str, Any] = await door.call(name, **given)
    if answer.keys() == {"would", "confirm"}:
        answer = await door.call(name, **given, confirm=answer["confirm"])
    return answer


LAST = "the entry that was logged last"
LOOKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("overview", {}),
    ("report", {"kind": "time", "group_by": "client, project, task, member, week"}),
    ("report", {"kind": "utilisation"}),
    ("report", {"kind": "gaps"}),
    ("find", {}),
    ("list_time_entries", {"period": "this month"}),
    ("export_data", {"kind": "time", "period": "this month", "client": "Acme"}),
    ("list_tasks", {"status": ["TODO", "IN_PROGRESS", "DONE"]}),
    ("get_project", {"project": "Website"}),
    ("get_task", {"task": "Design"}),
    ("update_task", {"task": "Design", "priority": "HIGH"}),
    ("get_timesheet", {"week": "this week"}),
    ("get_report", {"kind": "time", "period": "this month"}),
    ("get_grouped_report", {"kind": "gaps", "period": "this month", "group_by": "week"}),
    ("log_time", {"project": "Website", "duration": "1m", "date": "2026-10-01"}),
    ("log_time", {"project": "Website", "duration": "1m", "date": "2026-10-01"}),
    ("log_times", {"entries": [{"duration": "2m", "project": "Website"}]}),
    ("start_timer", {"project": "Website"}),
    ("get_running_timer", {}),
    ("stop_timer", {}),
    ("update_time_entry", {"time_entry": LAST, "note": "better"}),
    ("get_time_entry", {"time_entry": LAST}),
    ("update_time_entries", {"ids": [LAST], "billable": False}),
    ("delete_time_entry", {"time_entry": LAST}),
    ("filter_members", {}),
    ("filter_projects", {}),
    ("filter_tasks", {}),
    ("filter_time_entries", {}),
    ("get_member", {"member": "Mia Member"}),
    ("get_me", {}),
    ("get_organization", {}),
    ("undo", {}),
    ("list_activity", {"limit": 100}),
    ("get_activity", {"thing": "Design"}),
    ("list_members", {}),
    ("update_member", {"member": "Mia Member", "name": "Mia M"}),
    ("list_tokens", {}),
    ("create_token", {"name": "phone"}),
    ("revoke_token", {"token": "phone"}),
    ("complete_name", {"kind": "project"}),
    ("list_guides", {}),
    ("get_guide", {"guide": "teams"}),
    ("leave_organization", {}),
)
"""Everything that a member may call."""


def test_the_looks_are_at_all_that_a_member_may_call() -> None:
    assert {name for name, _ in LOOKS} == {name for name in LEAST if LEAST[name] == 1}


@pytest.mark.parametrize("name", daily("in-process", among=("in-process", "rest")))
async def test_a_member_is_told_no_more_than_the_table_shows(
    name: str, sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        caller = await build(runtime, owner, clock, DEAR)
        entries = (await InProcess(runtime, caller).call("list_time_entries"))["time_entries"]
        assert any(one.get("locked") for one in entries)
        async with open_door(name, runtime, caller) as door:
            await _look_through(door, clock)
        # The same house shows its owner what the table hides.
        shown = await InProcess(runtime, owner).call("get_project", project="Website")
        assert unseen(shown, CATALOGUE.operations["get_project"].result)


async def _look_through(door: Door, clock: Clock) -> None:
    """Do all that a member may do there, and see that the table shows what comes back."""
    last = ""
    for name, given in LOOKS:
        one = CATALOGUE.operations[name]
        # What asks first is done at once there; the token to revoke is made by such a call.
        if door.name == "rest" and (one.rest is None or one.asks or name == "revoke_token"):
            continue
        given = json.loads(json.dumps(given).replace(LAST, last))
        clock.advance(seconds=1)
        answer = await _confirmed(door, name, given)
        assert unseen(answer, one.result) == []
        last = answer["id"] if name == "log_time" else last
