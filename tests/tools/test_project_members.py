"""Who is on which project, and what that lets a Member see and do."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Clock, Door, InProcess, open_door
from rows import add_member, change_role, events, everything
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio
ONE_DOOR = pytest.mark.parametrize("door", ["in-process"], indirect=True)


async def test_a_member_sees_a_project_from_when_they_are_on_it_until_they_are_not(
    house: House, door: Door
) -> None:
    runtime, _ = house
    _, project = await set_the_scene(door)
    caller = await add_member(runtime, "Ben")
    async with open_door(door.name, runtime, caller) as bens:
        assert (await bens.call("find"))["results"] == [
            {"kind": "member", "id": (await bens.call("overview"))["user_id"], "name": "Ben"}
            | {"context": "ben@example.com"}
        ]
        unknown = await refused(house, bens, "log_time", project="redesign", duration="1h")
        assert unknown.message == (
            'There is no project "redesign". find() lists what is there for you.'
        )
        team = await door.call("add_project_member", project="redesign", member="Ben")
        assert [one["name"] for one in team["members"]] == ["Ben"]
        assert (team["member"], team["project"]) == ("Ben", "Website redesign")
        entry = await bens.call("log_time", project="redesign", duration="1h")
        assert {one["kind"] for one in (await bens.call("find"))["results"]} == {
            "client",
            "project",
            "member",
        }
        team = await door.call("remove_project_member", project="redesign", member="Ben")
        assert team["members"] == []
        assert (
            await refused(house, bens, "log_time", project="redesign", duration="1h")
        ).error == (unknown.error)
        by_id = await refused(house, bens, "log_time", project=project["id"], duration="1h")
        assert by_id.message == "There is no project with that id. find() lists what is there."
        [kept] = (await bens.call("list_time_entries"))["time_entries"]
        assert (kept["id"], kept["project"], kept["client"]) == (
            entry["id"],
            "Website redesign",
            "Acme",
        )
        for operation, given in (
            ("update_time_entry", {"note": "Late"}),
            ("delete_time_entry", {}),
        ):
            late = await refused(house, bens, operation, time_entry=entry["id"], **given)
            assert late.code == "forbidden_scope"
            assert late.message.startswith("You are not on the project Website redesign any more")


async def test_being_put_on_a_project_twice_is_told_once(house: House, door: Door) -> None:
    runtime, _ = house
    await set_the_scene(door)
    await add_member(runtime, "Ben")
    await add_member(runtime, "Mia", role="MANAGER")
    first = await door.call("add_project_member", project="redesign", member="Ben")
    assert await door.call("add_project_member", project="redesign", member="Ben") == first
    team = await door.call("add_project_member", project="redesign", member="Mia")
    assert team["warnings"] == ["Mia is MANAGER and sees every project anyway."]
    listed = await door.call("list_project_members", project="redesign")
    assert [(one["name"], one["role"]) for one in listed["members"]] == [
        ("Ben", "MEMBER"),
        ("Mia", "MANAGER"),
    ]
    told = [one for one in await events(runtime) if one["type"] == "project.member_added"]
    assert [one["data"]["member"] for one in told] == ["Ben", "Mia"]
    for operation in ("add_project_member", "remove_project_member"):
        stranger = await refused(house, door, operation, project="redesign", member="Zoe")
        assert stranger.code == "not_found"


async def test_assigning_a_task_puts_on_its_project_and_leaving_that_takes_off_its_tasks(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    caller = await add_member(runtime, "Ben")
    await add_member(runtime, "Mia")
    await door.call("create_task", project="redesign", name="Menu", assignees=["Ben", "Mia"])
    task = await door.call("create_task", project="redesign", name="Footer")
    await door.call("update_task", task="Footer", assignees=["Ben"])
    async with open_door(door.name, runtime, caller) as bens:
        shown = (await bens.call("list_tasks"))["tasks"]
        assert [(one["name"], one["assignees"]) for one in shown] == [
            ("Footer", ["Ben"]),
            ("Menu", ["Ben", "Mia"]),
        ]
        await bens.call("start_timer", project="redesign", task="Footer")
        team = await door.call("remove_project_member", project="redesign", member="Ben")
        assert team["warnings"] == [
            "No longer for Ben to do: Footer, Menu.",
            "Ben has a timer running on it; its time is kept, too.",
        ]
        assert (await bens.call("list_tasks"))["tasks"] == []
        late = await refused(house, bens, "update_task", task=task["id"], status="DONE")
        assert late.code == "not_found"
        clock.advance(hours=1)
        saved = (await bens.call("stop_timer"))["time_entries"]
        assert [(one["task"], one["duration"]) for one in saved] == [("Footer", "1h")]
    left = {one["name"]: one["assignees"] for one in (await door.call("list_tasks"))["tasks"]}
    assert left == {"Footer": [], "Menu": ["Mia"]}
    told = [one["type"] for one in await events(runtime)]
    assert told[-5:-2] == ["task.updated", "task.updated", "project.member_removed"]


async def test_a_changed_role_bites_on_the_next_call_of_an_open_connection(
    house: House, door: Door
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    caller = await add_member(runtime, "Mia", role="MANAGER")
    async with open_door(door.name, runtime, caller) as mias:
        assert (await mias.call("find", kind="project"))["results"]
        await change_role(runtime, "Mia", "MEMBER")
        assert (await mias.call("find", kind="project"))["results"] == []
        assert (await refused(house, mias, "update_project", project="redesign")).code == (
            "forbidden_scope"
        )
        await change_role(runtime, "Mia", "MANAGER")
        assert (await mias.call("find", kind="project"))["results"]


@ONE_DOOR
async def test_a_stored_answer_is_not_told_again_of_a_project_that_was_lost(
    house: House, door: Door
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    bens = InProcess(runtime, await add_member(runtime, "Ben"))
    await door.call("add_project_member", project="redesign", member="Ben")
    calls: dict[str, dict[str, Any]] = {
        "log_time": {"project": "redesign", "duration": "1h"},
        "log_times": {"entries": [{"project": "redesign", "duration": "2h"}]},
        "start_timer": {"project": "redesign"},
    }
    first = {name: await bens.call(name, key="k", **given) for name, given in calls.items()}
    again = {name: await bens.call(name, key="k", **given) for name, given in calls.items()}
    assert again == first
    await door.call("remove_project_member", project="redesign", member="Ben")
    for name, given in calls.items():
        assert (await refused(house, bens, name, key="k", **given)).code == "not_found"
        assert (await refused(house, bens, name, **given)).code == "not_found"
    before = await everything(runtime)
    await door.call("add_project_member", project="redesign", member="Ben")
    again = {name: await bens.call(name, key="k", **given) for name, given in calls.items()}
    assert again == first
    assert (await everything(runtime))["time_entry"] == before["time_entry"]


@ONE_DOOR
async def test_a_members_overview_holds_what_they_are_to_do_and_what_is_new(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    bens = InProcess(runtime, await add_member(runtime, "Ben"))
    task: dict[str, Any] = {"project": "redesign", "assignees": ["Ben"]}
    await door.call("create_task", **task, name="Old", due_date="2026-12-24")
    await door.call("create_task", **task, name="Done", status="DONE")
    clock.advance(hours=8 * 24)
    await door.call("create_task", **task, name="New", due_date="2026-12-01")
    clock.advance(seconds=1)
    await door.call("create_task", **task, name="Newer", due_date="2026-12-02")
    await door.call("create_task", project="redesign", name="Nobody's")
    shown = await bens.call("overview")
    assert [(one["name"], one["project"], one["due_date"]) for one in shown["tasks"]] == [
        ("New", "Website redesign", "2026-12-01"),
        ("Newer", "Website redesign", "2026-12-02"),
        ("Old", "Website redesign", "2026-12-24"),
    ]
    assert [one["name"] for one in shown["newly_assigned"]] == ["Newer", "New"]
    assert "missing" not in shown
    assert shown["available_actions"][-1] == "list_tasks"
    # Who is assigned anew beside them was not newly assigned.
    await add_member(runtime, "Mia")
    await door.call("update_task", task="Old", assignees=["Ben", "Mia"])
    assert (await bens.call("overview"))["newly_assigned"] == shown["newly_assigned"]
    owners = await door.call("overview")
    assert not {"tasks", "newly_assigned"} & owners.keys()
