"""Many time entries changed at once: each by itself, and what cannot be is told."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import drafted, logged, work_at_acme
from houses import Clock, InProcess
from rows import add_member
from scenes import House, refused

pytestmark = pytest.mark.anyio


async def outcomes(door: InProcess, ids: list[str], **given: Any) -> list[str]:
    answer = await door.call("update_time_entries", ids=ids, **given)
    assert [one["id"] for one in answer["results"]] == ids
    return [one["outcome"] for one in answer["results"]]


async def test_each_entry_that_can_be_is_changed(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await work_at_acme(door, "2h")
    await drafted(door, period="this month")
    [billed] = (await door.call("filter_time_entries"))["time_entries"]
    first, second = [one["id"] for one in await logged(door, "1h", "30m")]
    ben = InProcess(runtime, await add_member(runtime, "Ben"))
    await door.call("add_project_member", project="redesign", member="Ben")
    own = (await ben.call("log_time", project="redesign", duration="5m"))["id"]

    every = [billed["id"], first, "te_nothing", second]
    expected = ["locked", "updated", "not_found", "updated"]
    clock.advance(seconds=1)
    assert await outcomes(door, every, billable=False) == expected
    assert await outcomes(door, [first, second], billable=False) == ["unchanged", "unchanged"]
    assert (await door.call("get_time_entry", time_entry=first))["billable"] is False
    clock.advance(seconds=1)
    assert await outcomes(ben, [first, own], billable=False) == ["not_found", "updated"]
    await door.call("remove_project_member", project="redesign", member="Ben")
    assert await outcomes(ben, [own], delete=True) == ["not_permitted"]

    clock.advance(seconds=1)
    assert await outcomes(door, every, delete=True) == ["locked", "deleted", "not_found", "deleted"]
    clock.advance(seconds=1)
    await door.call("undo")
    assert (await door.call("get_time_entry", time_entry=second))["billable"] is False


async def test_what_to_do_is_said_once_and_for_not_too_many(house: House) -> None:
    door = InProcess(*house)
    too_little: dict[str, Any] = {}
    too_much: dict[str, Any] = {"billable": True, "delete": True}
    for given in (too_little, too_much):
        caught = await refused(house, door, "update_time_entries", ids=["te_1"], **given)
        assert caught.message == "Give either billable, true or false, or delete=true."
    for ids in ([], ["te_1"] * 201):
        caught = await refused(house, door, "update_time_entries", ids=ids, delete=True)
        assert caught.code == "validation_error"
