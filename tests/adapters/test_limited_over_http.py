"""A token for some projects, made and used over a real server, reaches those projects alone."""

from __future__ import annotations

from typing import Any

import pytest
from served import served

from hoursmith_mcp.errors import Forbidden, NotFound
from hoursmith_mcp.toolkit import Toolkit

pytestmark = pytest.mark.anyio

FOREIGN = "Zanzibar"


async def test_a_token_for_some_projects_reaches_no_others(sqlite_url: str) -> None:
    with served(sqlite_url, toolsets="all") as url:
        async with Toolkit.open(url) as owner:
            foreign = await set_up(owner)
            token = await limited_token(owner)
        async with Toolkit.open(url, token=token) as kit:
            names = {one["name"] for one in kit.schemas("mcp")}
            assert "log_time" in names
            assert not {"list_invoices", "create_token", "set_up", "accept_invitation"} & names
            said: list[Any] = [
                await kit.call("overview"),
                await kit.call("find", archived=True),
                await kit.call("list_time_entries", period="today"),
                await kit.call("list_tasks"),
                await kit.call("log_time", project="Website", duration="1h"),
                await kit.call("undo"),
            ]
            assert FOREIGN not in str(said)
            for text in (FOREIGN, foreign["project_id"]):
                with pytest.raises(NotFound):
                    await kit.call("log_time", project=text, duration="1h")
            with pytest.raises(NotFound):
                await kit.call("update_time_entry", time_entry=foreign["id"], note="x")
            with pytest.raises(NotFound):
                await kit.call("undo")
            with pytest.raises(Forbidden, match="needs a token with the scope invoices:read"):
                await kit.call("list_invoices")


async def set_up(owner: Toolkit) -> Any:
    """Make a project that the token is for, and work on another that it is not for."""
    await owner.call("set_up", time_zone="UTC", currency="EUR")
    for client, project in (("Acme", "Website"), (f"{FOREIGN} Ltd", FOREIGN)):
        await owner.call("create_client", name=client)
        await owner.call("create_project", client=client, name=project)
    await owner.call("create_task", project=FOREIGN, name=f"{FOREIGN} dig")
    return await owner.call("log_time", project=FOREIGN, duration="2h", note=FOREIGN)


async def limited_token(owner: Toolkit) -> str:
    """Make a token for the project Website alone."""
    wish: dict[str, Any] = {"name": "agent", "projects": ["Website"]}
    asked = await owner.call("create_token", **wish)
    made = await owner.call("create_token", confirm=asked["confirm"], **wish)
    token: str = made["token"]
    return token
