"""Deleting a client for whom there is no work, and putting projects and tasks away."""

from __future__ import annotations

import pytest
from billing_scenes import confirmed
from houses import Clock, InProcess
from rows import events
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio


async def test_a_client_without_work_is_deleted_and_brought_back(
    house: House, clock: Clock
) -> None:
    runtime, _ = house
    door = InProcess(*house)
    client = await door.call("create_client", name="Acme")
    clock.advance(seconds=1)
    asked = await door.call("delete_client", client="Acme")
    assert asked["would"] == "It would delete the client Acme, for whom there is no work."
    gone = await door.call("delete_client", client="Acme", confirm=asked["confirm"])
    assert (gone["id"], gone["deleted"]) == (client["id"], True)
    assert (await events(runtime))[-1]["type"] == "client.deleted"
    assert (await refused(house, door, "get_client", client=client["id"])).code == "not_found"
    assert (await door.call("filter_clients"))["clients"] == []
    clock.advance(seconds=1)
    await door.call("undo")
    assert (await door.call("get_client", client="Acme"))["id"] == client["id"]
    await confirmed(door, "delete_client", client="Acme")
    await door.call("create_client", name="Acme")


async def test_a_client_with_work_stays(house: House) -> None:
    door = InProcess(*house)
    await set_the_scene(door)
    for put_away in (False, True):
        if put_away:
            await door.call("archive_project", project="redesign")
        caught = await refused(house, door, "delete_client", client="Acme")
        assert caught.code == "conflict"
        assert caught.message.startswith(
            "Acme has projects, invoices or expenses, so it is not deleted."
        )


async def test_putting_away_is_the_same_by_either_name(house: House) -> None:
    door = InProcess(*house)
    _, project = await set_the_scene(door)
    await door.call("create_task", project="redesign", name="Menu")
    assert (await door.call("archive_task", task="Menu"))["archived"] is True
    assert (await door.call("archive_project", project="redesign"))["status"] == "ARCHIVED"
    again = await door.call("archive_project", project=project["id"])
    assert again["status"] == "ARCHIVED"
