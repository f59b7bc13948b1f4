"""A project, read by address over MCP and by name in-process."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from houses import Door, OverMcp, Refused
from mcp.shared.exceptions import MCPError
from rows import everything
from scenes import House, set_the_scene

pytestmark = pytest.mark.anyio


async def read(door: Door, project: str) -> Any:
    if not isinstance(door, OverMcp):
        return await door.call("get_project", project=project)
    try:
        address = f"hoursmith://projects/{quote(project, safe='')}.json"
        result = await door.client.read_resource(address)
    except MCPError as error:
        data: Any = error.error.data
        raise Refused(data["error"]) from None
    return json.loads(result.contents[0].text)  # type: ignore[union-attr]  # ours are all text


async def test_a_project_shows_its_rate_and_the_hours_on_it(house: House, door: Door) -> None:
    runtime, _ = house
    _, project = await set_the_scene(door)
    await door.call("log_time", project="redesign", duration="1h30m")
    gone = await door.call("log_time", project="redesign", duration="5h")
    await door.call("delete_time_entry", time_entry=gone["id"])
    before = await everything(runtime)
    for name in ("acme redesign", project["id"], "WEBSITE  REDESIGN", "redesign/acme?"):
        shown = await read(door, name)
        assert (shown["id"], shown["client"]) == (project["id"], "Acme")
        assert (shown["hourly_rate"], shown["rate_from"]) == ("90.00", "project")
        assert shown["logged_hours"] == "1.5"
    assert await everything(runtime) == before
    await door.call("update_project", project="redesign", status="ARCHIVED")
    assert (await read(door, "redesign"))["status"] == "ARCHIVED"


async def test_a_project_that_is_not_there_is_named_with_what_is_near(door: Door) -> None:
    await set_the_scene(door)
    with pytest.raises(Refused) as refused:
        await read(door, "Website redesing")
    assert refused.value.code == "not_found"
    assert refused.value.message == (
        'There is no project "Website redesing". Near it: Website redesign (Acme). Make one with '
        "create_project."
    )
    with pytest.raises(Refused) as refused:
        await read(door, "nul\x00")
    assert refused.value.code == "validation_error"
