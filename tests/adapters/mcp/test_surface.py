"""What an MCP client meets, in both eras, in memory, over HTTP and stdio, and through a relay."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any, cast

import pytest
from connecting import PROCESSES, RELAYS, WAYS, connected
from houses import Clock
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    PromptReference,
    Resource,
    ResourceTemplate,
    ResourceTemplateReference,
    Role,
)
from sqlalchemy import select

from hoursmith_mcp import __version__
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.catalogue import load
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.tables import Activity

EXPORTS = "hoursmith://exports/{file}"
PROJECT = ResourceTemplateReference(uri="hoursmith://projects/{project}")

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[*WAYS, *PROCESSES, *RELAYS])
async def client(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncGenerator[Client]:
    """Yield a client over each way and era in turn."""
    async with connected(request.param, sqlite_url) as opened:
        yield opened


async def call(client: Client, tool: str, /, **given: Any) -> dict[str, Any]:
    """Call a tool that must succeed; both forms of its answer say the same."""
    result = await client.call_tool(tool, given)
    assert not result.is_error, result.content
    (part,) = result.content
    assert json.loads(getattr(part, "text", "")) == result.structured_content
    return cast("dict[str, Any]", result.structured_content)


async def refused(client: Client, tool: str, /, **given: Any) -> dict[str, Any]:
    """Call a tool that must be refused, by a result that the model is shown."""
    result = await client.call_tool(tool, given)
    assert result.is_error
    error = cast("dict[str, Any]", result.structured_content)
    (part,) = result.content
    assert getattr(part, "text", "") == error["message"]
    return error


async def completed(client: Client, typed: str, ref: Any = PROJECT, name: str = "project") -> Any:
    result = await client.complete(ref, {"name": name, "value": typed})
    return result.completion


async def with_projects(client: Client, *names: str) -> None:
    await call(client, "create_client", name="Acme Corporation", currency="EUR")
    for name in names:
        await call(client, "create_project", client="acme", name=name)


async def activities(database_url: str, operation: str) -> Sequence[Any]:
    """Return the activity of an operation, as another program sees it in the database."""

    async def look(session: Session) -> Sequence[Any]:
        columns = core_table(Activity).c
        wanted = select(columns.client, columns.run, columns.door)
        return await session.unscoped(wanted.where(columns.operation == operation))

    watching = Runtime(Settings(database_url=database_url))
    try:
        return await (await watching.database()).read(look)
    finally:
        await watching.close()


# Introductions.


async def test_the_server_introduces_itself(client: Client) -> None:
    assert client.server_info is not None
    assert (client.server_info.name, client.server_info.version) == ("hoursmith", __version__)
    assert client.server_info.title == "Hoursmith"
    assert client.instructions is not None
    assert client.instructions.startswith("Hoursmith is")
    capabilities = client.server_capabilities
    assert capabilities.tools is not None
    assert capabilities.resources is not None
    assert capabilities.prompts is not None
    assert capabilities.completions is not None
    assert capabilities.resources.subscribe
    for lists in (capabilities.tools, capabilities.resources, capabilities.prompts):
        assert not lists.list_changed


async def test_tools_are_listed_with_all_that_a_client_may_want(client: Client) -> None:
    tools = (await client.list_tools()).tools
    assert tools[0].name == "overview"
    for tool in tools:
        assert tool.title
        assert tool.description
        assert tool.output_schema
        assert tool.annotations is not None
        hints = tool.annotations
        assert None not in (hints.read_only_hint, hints.destructive_hint)
        assert None not in (hints.idempotent_hint, hints.open_world_hint)
    assert tools == (await client.list_tools(cache_mode="refresh")).tools


def audience(listed: Resource | ResourceTemplate) -> list[Role] | None:
    """Return whom something that is listed is for."""
    return listed.annotations.audience if listed.annotations is not None else None


async def test_resources_and_templates_are_listed(client: Client) -> None:
    listed = (await client.list_resources()).resources
    assert {"hoursmith://overview", "hoursmith://guides/invoicing"} <= {one.uri for one in listed}
    templates = (await client.list_resource_templates()).resource_templates
    assert PROJECT.uri in {one.uri_template for one in templates}
    everything: list[Resource | ResourceTemplate] = [*listed, *templates]
    for one in everything:
        assert one.title
        assert one.description
    types = {one.uri_template: one.mime_type for one in templates}
    assert types.pop(EXPORTS) is None  # Each file says its own.
    for address, media_type in types.items():
        assert media_type == ("image/svg+xml" if address.endswith(".svg") else "text/markdown")
    assert {one.mime_type for one in listed} == {"text/markdown"}
    for_people = [one for one in templates if one.uri_template == EXPORTS]
    assert [audience(one) for one in for_people] == [["user"]]
    read_by_both = [one for one in everything if one not in for_people]
    assert all(audience(one) == ["user", "assistant"] for one in read_by_both)


async def test_answers_may_be_kept_by_their_reader_alone(client: Client) -> None:
    lists: list[Any] = [
        await client.list_tools(),
        await client.list_prompts(),
        await client.list_resources(),
        await client.list_resource_templates(),
    ]
    read = await client.read_resource("hoursmith://overview")
    if client.protocol_version != "2026-07-28":
        assert "ttl_ms" not in set[str]().union(*(one.model_fields_set for one in [*lists, read]))
        return
    introduced = client.session.discover_result
    assert introduced is not None
    for one in [introduced, *lists]:
        assert one.cache_scope == "private"
        assert one.ttl_ms > 0
    assert (read.cache_scope, read.ttl_ms) == ("private", 0)


async def test_no_list_has_a_second_page(client: Client) -> None:
    for ask in (
        client.list_tools,
        client.list_prompts,
        client.list_resources,
        client.list_resource_templates,
    ):
        with pytest.raises(MCPError) as failed:
            await ask(cursor="2")
        assert failed.value.error.code == INVALID_PARAMS


# Calls.


async def test_a_call_answers_the_same_as_text_and_as_data(client: Client) -> None:
    await with_projects(client, "Website redesign")
    entry = await call(client, "log_time", project="acme redesign", duration="2h", note="Entwürfe")
    assert (entry["project"], entry["duration_seconds"]) == ("Website redesign", 7200)
    listed = await call(client, "list_time_entries")
    assert [one["id"] for one in listed["time_entries"]] == [entry["id"]]


async def test_a_tool_that_is_not_there_is_refused_with_a_suggestion(client: Client) -> None:
    error = await refused(client, "log_tim", project="x")
    assert error["code"] == "validation_error"
    assert "Did you mean log_time" in error["message"]
    error = await refused(client, "drop_all_tables")
    assert "There is no tool of that name" in error["message"]
    # What is a resource only is no tool.
    error = await refused(client, "get_project", project="x")
    assert "There is no tool of that name" in error["message"]


async def test_a_refusal_names_the_fields(client: Client) -> None:
    error = await refused(client, "log_time", project="acme", duration="2", projekt="x")
    assert error["code"] == "validation_error"
    assert set(error["fields"]) == {"duration", "projekt"}
    assert error["message"] == " ".join(error["fields"].values())
    error = await refused(client, "log_time")
    assert set(error["fields"]) == {"project", "duration"}


async def test_a_refusal_names_the_candidates(client: Client) -> None:
    await with_projects(client, "Website redesign", "Website care")
    error = await refused(client, "log_time", project="website", duration="1h")
    assert {one["name"].partition(" (")[0] for one in error["candidates"]} >= {
        "Website redesign",
        "Website care",
    }
    assert all(one["id"].startswith("pr_") for one in error["candidates"])
    error = await refused(client, "log_time", project="nobody's", duration="1h")
    assert error["code"] == "not_found"


async def test_a_key_and_a_run_reach_the_ledger(sqlite_url: str, client: Client) -> None:
    await with_projects(client, "Website redesign")
    given = {"project": "redesign", "duration": "1h", "allow_duplicate": True}
    meta: Any = {"hoursmith/key": "key-1", "hoursmith/run": "run-1"}
    first = await client.call_tool("log_time", given, meta=meta)
    again = await client.call_tool("log_time", given, meta=meta)
    assert first.structured_content == again.structured_content
    assert len((await call(client, "list_time_entries"))["time_entries"]) == 1

    (row,) = await activities(sqlite_url, "log_time")
    assert row.run == "run-1"
    assert row.client.startswith("mcp ")
    assert row.door in ("mcp-http", "mcp-stdio", "test")

    other: Any = {"hoursmith/key": "key-1"}
    result = await client.call_tool("log_time", {**given, "duration": "2h"}, meta=other)
    assert cast("dict[str, Any]", result.structured_content)["code"] == "conflict"


@pytest.mark.parametrize("run", ["a\x00\u202eb", "a\nb", " ab "])
@pytest.mark.parametrize("way", ["memory-2026", "http-2025"])
async def test_a_run_is_kept_as_what_can_be_read_of_it(sqlite_url: str, way: str, run: str) -> None:
    async with connected(way, sqlite_url) as client:
        meta: Any = {"hoursmith/run": run}
        given = {"name": "Acme Corporation", "currency": "EUR"}
        result = await client.call_tool("create_client", given, meta=meta)
        assert not result.is_error
        (row,) = await activities(sqlite_url, "create_client")
        assert row.run == "ab"


async def test_a_key_that_is_no_text_is_refused(client: Client) -> None:
    meta: Any = {"hoursmith/key": 7}
    result = await client.call_tool("overview", {}, meta=meta)
    assert result.is_error
    assert "hoursmith/key" in cast("dict[str, Any]", result.structured_content)["message"]


async def test_text_that_is_no_json_argument_is_refused_by_name(client: Client) -> None:
    error = await refused(client, "find", query={"a": 1}, limit="many", archived="maybe")
    assert set(error["fields"]) == {"query", "limit", "archived"}


# Resources, prompts, completions.


async def test_a_resource_reads_as_its_tool_answers(client: Client) -> None:
    await with_projects(client, "Website redesign")
    for name in ("website%20redesign", "acme redesign"):
        uri = f"hoursmith://projects/{name}.json"
        (content,) = (await client.read_resource(uri)).contents
        assert (content.uri, content.mime_type) == (uri, "application/json")
        project = json.loads(getattr(content, "text", ""))
        assert (project["name"], project["client"]) == ("Website redesign", "Acme Corporation")
    (content,) = (await client.read_resource("hoursmith://overview.json")).contents
    assert json.loads(getattr(content, "text", "")) == await call(client, "overview")


@pytest.mark.parametrize(
    "uri",
    [
        "hoursmith://nothing",
        "hoursmith://overview/",
        "hoursmith://overview.json.json",
        "hoursmith://projects/.json",
        "hoursmith://guides/nothing",
        "hoursmith://projects/",
        "hoursmith://projects/nobody",
        "hoursmith://projects/a/b",
        "hoursmith://projects/%2e%2e",
        "hoursmith://projects/%ff%00",
        "file:///etc/passwd",
        "projects",
    ],
)
@pytest.mark.parametrize("way", ["memory-2025", "memory-2026"])
async def test_a_resource_that_is_not_there_is_an_error_of_its_address(
    way: str, sqlite_url: str, uri: str
) -> None:
    async with connected(way, sqlite_url) as client:
        with pytest.raises(MCPError) as failed:
            await client.read_resource(uri)
    assert failed.value.error.code == INVALID_PARAMS
    assert failed.value.error.message.endswith(".")
    assert failed.value.error.data["uri"] == uri


async def test_a_prompt_that_is_not_there_is_an_error(client: Client) -> None:
    with pytest.raises(MCPError) as failed:
        await client.get_prompt("nothing", {})
    assert failed.value.error.code == INVALID_PARAMS


async def test_names_are_completed_as_they_are_typed(client: Client) -> None:
    await with_projects(client, "Website redesign", "Hosting")
    assert (await completed(client, "web")).values == ["Website redesign"]
    assert (await completed(client, "redes")).values == ["Website redesign"]
    everything = await completed(client, "")
    assert sorted(everything.values) == ["Hosting", "Website redesign"]
    assert (everything.total, everything.has_more) == (2, False)


async def test_nothing_completes_what_is_not_there(client: Client) -> None:
    await with_projects(client, "Hosting")
    unknown = ResourceTemplateReference(uri="hoursmith://nothing/{client}")
    for completion in (
        await completed(client, "zzz"),
        await completed(client, "x" * 5_000),
        await completed(client, "host", name="nothing"),
        await completed(client, "host", ref=unknown, name="client"),
        await completed(client, "host", ref=PromptReference(name="nothing")),
    ):
        assert (completion.values, completion.total) == ([], 0)
        assert not completion.has_more


async def test_a_hundred_names_at_most_are_completed(sqlite_url: str, clock: Clock) -> None:
    async with connected("memory-2026", sqlite_url, clock=clock) as client:
        await with_projects(client, *(f"Project {number}" for number in range(105)))
        completion = await completed(client, "project")
        assert len(completion.values) == 100
        assert (completion.total, completion.has_more) == (105, True)


# Settings.


async def test_read_only_hides_what_changes_and_refuses_it(sqlite_url: str) -> None:
    async with connected("memory-2026", sqlite_url, read_only=True) as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} >= {"overview", "find", "list_time_entries"}
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        error = await refused(client, "log_time", project="x", duration="1h")
        assert "log_time" not in {tool.name for tool in tools}
        assert error["code"] in ("validation_error", "forbidden_scope")
        assert (await call(client, "overview"))["role"] == "OWNER"


@pytest.mark.parametrize(
    ("toolsets", "shown", "hidden"),
    [
        ("default", "log_time", "log_times"),
        ("default,tasks", "create_task", "log_times"),
        ("tasks", "create_task", "log_time"),
        ("all", "log_times", "get_project"),
    ],
)
async def test_toolsets_say_what_is_shown(
    sqlite_url: str, toolsets: str, shown: str, hidden: str
) -> None:
    async with connected("memory-2026", sqlite_url, toolsets=toolsets) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert shown in names
        assert hidden not in names
        message = (await refused(client, hidden))["message"]
    # What no setting would show is no tool at all.
    is_tool = load().operations[hidden].mcp
    assert message.startswith(f"{hidden} is not shown here" if is_tool else "There is no tool")


async def test_a_toolset_that_is_not_there_stops_the_start_with_the_list(sqlite_url: str) -> None:
    runtime = Runtime(Settings(database_url=sqlite_url, toolsets="default,nonsense"))
    with pytest.raises(InvalidInput, match=r"nonsense.*default.*tasks"):
        build_server(runtime, lambda _: runtime.local_caller("test"))
