"""Which tools a client is shown: by header, by token, and by what its member may do."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from houses import open_house
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from rows import add_member
from served import served

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.catalogue import load
from hoursmith_mcp.errors import InvalidInput

pytestmark = pytest.mark.anyio

DEFAULT = set(load().tools("default"))


@asynccontextmanager
async def connected(url: str, **headers: str) -> AsyncGenerator[Client]:
    async with httpx2.AsyncClient(headers=headers) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            yield client


async def names(client: Client) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


async def test_headers_name_what_is_shown_and_called(sqlite_url: str) -> None:
    with served(sqlite_url) as url:
        async with connected(url) as client:
            assert await names(client) == DEFAULT
        async with connected(url, **{"X-MCP-Toolsets": "tasks, time"}) as client:
            shown = await names(client)
            assert {"create_task", "log_times"} <= shown
            assert "create_client" not in shown
            refused = await client.call_tool("create_client", {"name": "Acme"})
            assert refused.is_error
        async with connected(url, **{"X-MCP-Toolsets": "nonsense"}) as client:
            with pytest.raises(MCPError, match="There is no toolset nonsense"):
                await client.list_tools()


@pytest.mark.parametrize("switch", ["true", "1", "yes", "anything"])
async def test_a_header_makes_a_connection_read_only(sqlite_url: str, switch: str) -> None:
    with served(sqlite_url) as url:
        async with connected(url, **{"X-MCP-Readonly": switch}) as client:
            listed = (await client.list_tools()).tools
            assert all(one.annotations and one.annotations.read_only_hint for one in listed)
            refused = await client.call_tool("create_client", {"name": "Acme"})
            assert refused.is_error
            found = await client.call_tool("find", {"query": "acme"})
            assert (found.structured_content or {})["results"] == []


async def test_answers_offer_what_the_connection_has(sqlite_url: str) -> None:
    headers: list[dict[str, str]] = [{}, {"X-MCP-Toolsets": "clients"}, {"X-MCP-Readonly": "1"}]
    offered: list[list[str]] = []
    with served(sqlite_url) as url:
        async with connected(url) as client:
            await client.call_tool("create_client", {"name": "Acme"})
        for each in headers:
            async with connected(url, **each) as client:
                page = await client.read_resource("hoursmith://clients/acme.json")
                shown = json.loads(getattr(page.contents[0], "text", ""))
                offered.append(shown["available_actions"])
    assert offered == [["create_project", "update_client"], ["update_client"], []]


async def test_no_header_lifts_what_a_setting_forbids(sqlite_url: str) -> None:
    with served(sqlite_url, read_only=True) as url:
        headers = {"X-MCP-Readonly": "false", "X-MCP-Toolsets": "all"}
        async with connected(url, **headers) as client:
            assert "create_client" not in await names(client)
            assert (await client.call_tool("create_client", {"name": "Acme"})).is_error


async def test_a_token_names_toolsets_that_a_header_goes_before(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        issued = await issue_token(runtime, name="phone", toolsets="tasks")
        with pytest.raises(InvalidInput, match="There is no toolset nonsense"):
            await issue_token(runtime, name="other", toolsets="nonsense")
    bearer = {"Authorization": f"Bearer {issued.token}"}
    with served(sqlite_url) as url:
        async with connected(url, **bearer) as client:
            assert await names(client) == {"create_task", "update_task", "list_tasks"}
        async with connected(url, **bearer, **{"X-MCP-Toolsets": "default"}) as client:
            assert await names(client) == DEFAULT


async def test_a_member_is_shown_what_a_member_may_do(sqlite_url: str) -> None:
    async with open_house(sqlite_url, toolsets="default") as (runtime, owner):
        shown: dict[str, set[str]] = {}
        callers = {"owner": owner, "member": await add_member(runtime, "Max")}
        for name, caller in callers.items():

            def caller_of(_: Any, caller: Caller = caller) -> Caller:
                return caller

            async with Client(build_server(runtime, caller_of)) as client:
                listed = await client.list_tools()
                assert listed.cache_scope == "private"
                shown[name] = {tool.name for tool in listed.tools}
                refused = await client.call_tool("set_up", {"name": "Mine"})
                assert refused.is_error == (name == "member")
    assert {"log_time", "overview", "list_tasks", "update_task"} <= shown["member"]
    assert not {"create_invoice", "list_unbilled", "set_up", "create_task"} & shown["member"]
    assert shown["owner"] == DEFAULT


async def test_nobody_is_shown_nothing(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        stranger = Caller(door="test", token="hsk_live_nobody")
        async with Client(build_server(runtime, lambda _: stranger)) as client:
            with pytest.raises(MCPError, match="no token of this house"):
                await client.list_tools()
