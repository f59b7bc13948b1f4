"""Tasks: things to do within a project."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Clock, Door, open_door
from rows import add_member, events, everything
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio


async def test_a_task_is_made_changed_finished_and_put_away(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    for name in ("Ben", "Cleo"):
        await add_member(runtime, name)
    given: dict[str, Any] = {
        "name": "Homepage",
        "description": "Above the fold",
        "status": "IN_PROGRESS",
        "priority": "HIGH",
        "billable": False,
        "estimate": "3h30m",
        "tags": ["design"],
        "start_date": "2026-11-02",
        "due_date": "today",
    }
    task = await door.call(
        "create_task", project="redesign", assignees=["cleo", "Ben", "ben"], **given
    )
    shown = {**given, "due_date": "2026-11-20", "project": "Website redesign", "client": "Acme"}
    shown["estimated_hours"] = "3.5"
    del shown["estimate"]
    assert {name: task[name] for name in shown} == shown
    assert task["assignees"] == ["Ben", "Cleo"]
    assert task["available_actions"] == ["log_time", "update_task"]

    clock.advance(seconds=1)
    before = await everything(runtime)
    same = await door.call("update_task", task="home", assignees=["Cleo", "Ben"], **given)
    assert same == task
    assert await everything(runtime) == before

    changed = await door.call(
        "update_task",
        task="home",
        name="Start page",
        description="",
        start_date="",
        due_date="in 2 weeks",
        assignees=[],
        tags=[],
    )
    assert (changed["name"], changed["due_date"]) == ("Start page", "2026-12-04")
    assert (changed["assignees"], changed["tags"]) == ([], [])
    assert not {"description", "start_date"} & changed.keys()
    done = await door.call("update_task", task="start", status="DONE", assignees=["Owner"])
    assert (done["status"], done["end_date"]) == ("DONE", "2026-11-20")
    assert done["assignees"] == ["Owner"]
    reopened = await door.call("update_task", task="start", status="TODO")
    assert "end_date" not in reopened
    away = await door.call("update_task", task="start", archived=True)
    assert (away["archived"], away["available_actions"]) == (True, ["update_task"])
    assert (await refused(house, door, "update_task", task="start", priority="LOW")).code == (
        "not_found"
    )
    back = await door.call("update_task", task=task["id"], archived=False)
    assert back["archived"] is False
    kinds = [one["type"] for one in await events(runtime) if one["subject_id"] == task["id"]]
    assert kinds == [
        "task.created",
        "task.updated",
        "task.completed",
        "task.updated",
        "task.updated",
        "task.updated",
    ]


async def test_tasks_are_listed_by_name_filter_by_filter_and_page_by_page(
    house: House, door: Door
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    await add_member(runtime, "Ben")
    await door.call("create_project", client="Acme", name="Shop")
    said: list[dict[str, Any]] = [
        {"name": "delta", "project": "shop"},
        {"name": "Alpha", "project": "redesign", "assignees": ["Ben"]},
        {"name": "beta", "project": "shop", "status": "DONE"},
        {"name": "Gamma", "project": "redesign", "status": "IN_PROGRESS"},
        {"name": "alpha", "project": "shop"},
    ]
    for given in said:
        await door.call("create_task", **given)
    await door.call("update_task", task="delta", archived=True)

    async def listed(**given: Any) -> list[str]:
        page = await door.call("list_tasks", **given)
        return [f"{one['name']} of {one['project']}" for one in page["tasks"]]

    alphas = ["Alpha of Website redesign", "alpha of Shop"]
    assert sorted(await listed()) == [*alphas[:1], "Gamma of Website redesign", *alphas[1:]]
    assert await listed(project="redesign") == [alphas[0], "Gamma of Website redesign"]
    assert await listed(assignee="ben") == alphas[:1]
    assert await listed(status=["DONE"]) == ["beta of Shop"]
    assert await listed(status=["IN_PROGRESS", "DONE"]) == [
        "beta of Shop",
        "Gamma of Website redesign",
    ]
    assert await listed(archived=True) == ["delta of Shop"]
    assert await listed(assignee="Owner") == []

    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = await door.call("list_tasks", limit=1, **cursor)
        seen += [f"{one['name']} of {one['project']}" for one in page["tasks"]]
        cursor = {"cursor": page.get("next_cursor", "")}
    assert seen == await listed()
    assert cursor == {"cursor": ""}


async def test_what_cannot_be_a_task_is_refused_with_the_way_out(
    house: House, door: Door, clock: Clock
) -> None:
    _, project = await set_the_scene(door)
    task = await door.call("create_task", project="redesign", name="Homepage")
    clock.advance(minutes=3)
    refusal = await refused(house, door, "create_task", project="redesign", name="HOMEPAGE")
    assert refusal.code == "conflict"
    assert refusal.message == (
        f"Website redesign has a task of that name already: Homepage ({task['id']}). Use that one, "
        "or give another name."
    )
    refusal = await refused(
        house,
        door,
        "create_task",
        project="redesign",
        name="Menu",
        assignees=["Owner", "Zacharias"],
    )
    assert refusal.message == 'There is no member "Zacharias". find() lists the members.'
    refusal = await refused(
        house, door, "update_task", task="home", start_date="2026-12-02", due_date="2026-12-01"
    )
    assert refusal.message == (
        "due_date: 2026-12-01 is before start_date, 2026-12-02; correct one of them."
    )
    await door.call("create_project", client="Acme", name="Shop")
    await door.call("create_task", project="shop", name="Homepage")
    refusal = await refused(house, door, "update_task", task="homepage", priority="LOW")
    assert refusal.message.startswith(
        '"homepage" fits several tasks: Homepage (Shop), Homepage (Website redesign).'
    )
    await door.call("update_project", project="redesign", status="ARCHIVED")
    refusal = await refused(house, door, "create_task", project=project["id"], name="Menu")
    assert refusal.code == "conflict"


async def test_a_member_edits_the_tasks_assigned_to_them_and_puts_none_away(
    house: House, door: Door
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    ben = await add_member(runtime, "Ben")
    bens_task = await door.call(
        "create_task", project="redesign", name="Homepage", assignees=["Ben"]
    )
    other = await door.call("create_task", project="redesign", name="Menu", assignees=["Owner"])
    async with open_door(door.name, runtime, ben) as bens:
        forbidden: tuple[dict[str, Any], ...] = ({"archived": True}, {"assignees": []})
        for given in forbidden:
            refusal = await refused(house, bens, "update_task", task="home", **given)
            assert refusal.code == "forbidden_scope"
            assert refusal.message.startswith("Ask a manager")
        for task in ("Menu", other["id"]):
            theirs = await refused(house, bens, "update_task", task=task, status="DONE")
            nobodys = await refused(
                house, bens, "update_task", task=_without_a_thing(task), status="DONE"
            )
            assert theirs.error == {
                **nobodys.error,
                "message": nobodys.message.replace("Nemu", "Menu"),
            }
        done = await bens.call("update_task", task="home", status="DONE", description="Built")
    assert (done["id"], done["status"]) == (bens_task["id"], "DONE")


def _without_a_thing(reference: str) -> str:
    return (
        "Nemu" if reference == "Menu" else reference[:-1] + ("0" if reference[-1] != "0" else "1")
    )
