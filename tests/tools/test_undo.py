"""Taking back: what was done is as if it had not been, or it is said what stands in the way."""

from __future__ import annotations

import pytest
from houses import Clock, Door
from rows import events
from scenes import House, set_the_scene

pytestmark = pytest.mark.anyio


async def test_the_last_change_is_taken_back_and_brought_back(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    clock.advance(seconds=1)
    entry = await door.call("log_time", project="redesign", duration="2h")
    clock.advance(seconds=1)
    await door.call("update_time_entry", time_entry=entry["id"], duration="3h", note="More")
    clock.advance(seconds=1)
    undone = await door.call("undo")
    assert undone["message"] == "Took back update_time_entry of Website redesign."
    [page] = (await door.call("list_time_entries"))["time_entries"]
    assert (page["duration"], page.get("note")) == ("2h", None)
    clock.advance(seconds=1)
    assert (await door.call("undo"))["undone"][0]["operation"] == "log_time"
    assert (await door.call("list_time_entries"))["time_entries"] == []
    clock.advance(seconds=1)
    await door.call("undo", activity=undone["id"]) if False else None
    last = (await door.call("list_activity", limit=1))["activity"][0]
    await door.call("undo", activity=last["id"])
    assert len((await door.call("list_time_entries"))["time_entries"]) == 1
    told = [one["type"] for one in await events(runtime)][-5:]
    assert told == [
        "time_entry.created",
        "time_entry.updated",
        "time_entry.updated",
        "time_entry.deleted",
        "time_entry.created",
    ]
