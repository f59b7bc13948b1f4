"""Finding things by the words that people use for them."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Door
from rows import add_member, everything
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio


async def test_words_find_what_they_begin_the_words_of(house: House, door: Door) -> None:
    runtime, _ = house
    await set_the_scene(door)
    await add_member(runtime, "Acton Ben")
    await door.call("create_task", project="redesign", name="Action page")
    await door.call("create_client", name="Old Acme")
    await door.call("update_client", client="Old Acme", archived=True)
    before = await everything(runtime)

    async def found(query: str = "", **given: Any) -> list[tuple[str, str]]:
        answer = await door.call("find", query=query, **given)
        assert answer["query"] == query
        assert answer["more"] is False
        return [(one["kind"], one["name"]) for one in answer["results"]]

    acme, redesign = ("client", "Acme"), ("project", "Website redesign")
    page, acton, owner = ("task", "Action page"), ("member", "Acton Ben"), ("member", "Owner")
    old = ("client", "Old Acme")
    assert await found("acme") == [acme, redesign]
    assert await found("ACT") == [page, acton]
    assert await found("redesign acme") == [redesign]
    assert await found("website", kind="client") == []
    assert await found("ac", kind="member") == [acton]
    assert await found() == [acme, redesign, page, acton, owner]
    assert await found("acme", archived=True) == [acme, redesign, old]
    assert await found("nothing of that name") == []
    # An e-mail address says who is meant, too.
    assert await found("acton@example.com") == [acton]

    answer = await door.call("find", query="acme", archived=True)
    assert [one.get("context") for one in answer["results"]] == [None, "Acme", None]
    assert [one.get("archived") for one in answer["results"]] == [None, None, True]
    answer = await door.call("find", limit=2)
    assert (len(answer["results"]), answer["more"]) == (2, True)
    assert await everything(runtime) == before

    refusal = await refused(house, door, "find", kind="invoice")
    assert refusal.message == "kind must be one of 'client', 'project', 'task' or 'member'."
    assert (await refused(house, door, "find", limit=101)).message == "limit must be at most 100."


async def test_a_clients_whole_name_never_means_what_is_another_clients(
    house: House, door: Door
) -> None:
    for client in ("Acme", "Acme Ltd"):
        await door.call("create_client", name=client)
    await door.call("create_project", client="Acme Ltd", name="Website")
    refusal = await refused(house, door, "log_time", project="acme", duration="1h")
    assert refusal.code == "not_found"
    assert refusal.message == (
        "The client Acme has no project. Make one with create_project. Near it: Website (Acme Ltd)."
    )
    assert (await door.call("log_time", project="ltd", duration="1h"))["client"] == "Acme Ltd"
    await door.call("create_project", client="Acme", name="Shop")
    refusal = await refused(house, door, "log_time", project="acme", duration="1h")
    assert {one["name"] for one in refusal.error["candidates"]} == {"Shop", "Website"}


async def test_all_that_is_near_is_named(house: House, door: Door) -> None:
    for client in ("Acme", "Borg"):
        await door.call("create_client", name=client)
        await door.call("create_project", client=client, name="Hosting")
    refusal = await refused(house, door, "log_time", project="hostign", duration="1h")
    assert "Near it: Hosting (Acme), Hosting (Borg)." in refusal.message
