"""Names complete what somebody is typing."""

from __future__ import annotations

import pytest
from houses import Clock, Door, OverMcp
from mcp.types import ResourceTemplateReference
from scenes import set_the_scene

pytestmark = pytest.mark.anyio

PROJECT = ResourceTemplateReference(uri="hoursmith://projects/{project}")


async def complete(door: Door, typed: str) -> tuple[list[str], int]:
    if not isinstance(door, OverMcp):
        answer = await door.call("complete_name", kind="project", typed=typed)
        return answer["names"], answer["total"]
    argument = {"name": "project", "value": typed}
    found = (await door.client.complete(PROJECT, argument)).completion
    assert found.total is not None
    assert found.has_more is (found.total > len(found.values))
    return found.values, found.total


async def test_what_is_live_is_offered_once_by_words_and_beginnings(
    door: Door, clock: Clock
) -> None:
    await set_the_scene(door)
    await door.call("create_client", name="Globex")
    await door.call("create_project", client="Globex", name="Website redesign")
    await door.call("create_project", client="Globex", name="Shop")
    await door.call("create_project", client="Globex", name="Webcam")
    await door.call("update_project", project="Webcam", status="ARCHIVED")
    assert await complete(door, "") == (["Shop", "Website redesign"], 2)
    assert await complete(door, "WEB") == (["Website redesign"], 1)
    assert await complete(door, "glob") == (["Shop", "Website redesign"], 2)
    assert await complete(door, "glob sh") == (["Shop"], 1)
    assert await complete(door, "nothing") == ([], 0)
    assert await complete(door, "\x00") == ([], 0)
    assert await complete(door, "x" * 300) == ([], 0)


async def test_no_more_than_a_hundred_are_offered_and_all_are_counted(door: Door) -> None:
    await set_the_scene(door)
    for number in range(101):
        await door.call("create_project", client="Acme", name=f"No {number:03}")
    names, total = await complete(door, "no")
    assert (len(names), names[0], names[-1], total) == (100, "No 000", "No 099", 101)
