"""The relay: what the client hears is what the server says, in both eras."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from houses import Clock, open_house
from mcp import Client, types
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage
from relays import (
    InBackground,
    Mode,
    before_relay,
    client_of_relay,
    port_of,
    relayed,
    served_here,
)
from rows import activities, everything
from toy_server import ADDRESS, Toy

from hoursmith_mcp.adapters.mcp.address import read_address, server_of
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.settings import Settings

pytestmark = pytest.mark.anyio
PATIENCE_SECONDS = 20
both_eras = pytest.mark.parametrize("mode", ["auto", "legacy"])


@pytest.fixture
def toy() -> Toy:
    """Return a toy server."""
    return Toy()


async def what_is_said(client: Client) -> list[Any]:
    """Return all that a server says of itself, and how it refuses."""
    said: list[Any] = [
        client.protocol_version,
        client.server_info,
        client.instructions,
        client.server_capabilities,
        await client.list_tools(),
        await client.list_resources(),
        await client.list_resource_templates(),
        await client.call_tool("log_time", {"project": "Nothing", "duration": "1h"}),
        await client.call_tool("log_tme", {}),
        await client.read_resource("hoursmith://overview"),
    ]
    with pytest.raises(MCPError) as refused:
        await client.read_resource("hoursmith://nowhere")
    return [*said, refused.value.error]


@both_eras
async def test_the_client_hears_what_the_server_says(
    mode: Mode, sqlite_url: str, clock: Clock
) -> None:
    async with (
        open_house(sqlite_url, clock=clock) as (runtime, _),
        served_here(runtime) as url,
        client_of_relay(url, mode=mode) as relayed_client,
        Client(url, mode=mode) as client,
    ):
        directly = await what_is_said(client)
        assert await what_is_said(relayed_client) == directly
        assert directly[0] == ("2026-07-28" if mode == "auto" else "2025-11-25")


@both_eras
async def test_keys_and_runs_come_along(mode: Mode, sqlite_url: str, clock: Clock) -> None:
    meta: Any = {"hoursmith/key": "acme", "hoursmith/run": "october"}
    async with (
        open_house(sqlite_url, clock=clock) as (runtime, caller),
        relayed(runtime, caller, mode) as client,
    ):
        first = await client.call_tool("create_client", {"name": "Acmé"}, meta=meta)
        again = await client.call_tool("create_client", {"name": "Acmé"}, meta=meta)
        other = await client.call_tool("create_client", {"name": "Globex"}, meta=meta)
        lines = await activities(runtime)
    assert first.structured_content == again.structured_content
    assert other.is_error
    assert (other.structured_content or {})["code"] == "conflict"
    assert [line["run"] for line in lines] == ["october"]


@both_eras
async def test_what_is_set_before_the_relay_holds_at_the_server(
    mode: Mode, sqlite_url: str, clock: Clock
) -> None:
    async with (
        open_house(sqlite_url, clock=clock, toolsets="default") as (runtime, _),
        served_here(runtime) as url,
    ):
        tasks = before_relay(server_of(Settings(url=url, toolsets="tasks")))
        async with Client(tasks, mode=mode) as client:
            assert await shown(client) == {"create_task", "update_task", "list_tasks"}
            assert (await client.call_tool("create_client", {"name": "Acme"})).is_error
        reading = before_relay(server_of(Settings(url=url, read_only=True)))
        async with Client(reading, mode=mode) as client:
            assert "overview" in await shown(client)
            assert "create_client" not in await shown(client)
            assert (await client.call_tool("create_client", {"name": "Acme"})).is_error
        async with Client(before_relay(server_of(Settings(url=url))), mode=mode) as client:
            assert await shown(client) == set(runtime.catalogue.tools("default"))
        assert (await everything(runtime))["client"] == []


async def shown(client: Client) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


def test_toolsets_that_no_header_can_carry_are_refused() -> None:
    with pytest.raises(InvalidInput, match="HOURSMITH_TOOLSETS"):
        server_of(Settings(url="https://hours.example", toolsets="tasks\r\nX-Other: 1"))


@both_eras
async def test_progress_is_heard_as_it_is_made(mode: Mode, toy: Toy) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async with toy.served() as url, client_of_relay(url, mode=mode) as client:
        await client.call_tool("count", progress_callback=hear)
    assert heard == [(1, 3, "number 1"), (2, 3, "number 2"), (3, 3, "number 3")]


@both_eras
async def test_who_gives_up_a_call_gives_it_up_at_the_server(mode: Mode, toy: Toy) -> None:
    async with toy.served() as url, client_of_relay(url, mode=mode) as client:
        waiting = asyncio.create_task(client.call_tool("wait"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await toy.begun.wait()
            waiting.cancel()
            await toy.given_up.wait()
        assert (await client.call_tool("say", {"text": "still here"})).content


@both_eras
async def test_a_server_asks_the_client_back(mode: Mode, toy: Toy) -> None:
    async def agree(_: Any, params: Any) -> types.ElicitResult:
        assert params.message == "Really?"
        return types.ElicitResult(action="accept", content={"yes": True})

    async with (
        toy.served() as url,
        client_of_relay(url, mode=mode, elicitation_callback=agree) as client,
    ):
        answer = await client.call_tool("ask")
    assert [getattr(part, "text", "") for part in answer.content] == ["asked: {'yes': True}"]


async def test_a_subscriber_of_2026_hears_of_changes(toy: Toy) -> None:
    async with (
        toy.served() as url,
        client_of_relay(url) as client,
        client.listen(resource_subscriptions=[ADDRESS]) as changes,
    ):
        await toy.tell_of_a_change()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert getattr(await anext(aiter(changes)), "uri", "") == ADDRESS


@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
async def test_a_subscriber_of_2025_hears_of_changes_and_of_those_after_a_restart(
    toy: Toy,
) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()

    async def hear(message: Any) -> None:
        await heard.put(message)

    async def changed() -> str:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return str(getattr((await heard.get()).params, "uri", ""))

    first = await InBackground.open(toy.served())
    async with client_of_relay(first.url, mode="legacy", message_handler=hear) as client:
        await client.session.subscribe_resource(ADDRESS)  # pyright: ignore[reportDeprecated]
        await toy.tell_of_a_change()
        assert await changed() == ADDRESS
        await first.close()
        restarted = Toy()
        second = await InBackground.open(restarted.served(port_of(first.url)))
        answer = await client.call_tool("say", {"text": "again"})
        assert [getattr(part, "text", "") for part in answer.content] == ["again"]
        assert restarted.subscribed == [ADDRESS]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while heard.empty():
                await restarted.tell_of_a_change()
                await asyncio.sleep(0.1)  # Until the stream of what is said unasked stands again.
        assert await changed() == ADDRESS
        await second.close()


async def test_what_json_cannot_say_is_refused_and_the_rest_goes_on(toy: Toy) -> None:
    def request(number: int, value: float) -> SessionMessage:
        return SessionMessage(
            types.JSONRPCRequest(jsonrpc="2.0", id=number, method="ping", params={"value": value})
        )

    async with (
        toy.served() as url,
        before_relay(read_address(url)) as (answers, messages),
    ):
        await messages.send(request(1, float("nan")))
        refused = (await answers.receive()).message
        assert (refused.id, refused.error.code) == (1, types.INVALID_PARAMS)
        await messages.send(request(2, 1.0))
        assert (await answers.receive()).message.id == 2


async def test_long_answers_arrive_whole(toy: Toy) -> None:
    text = "ü" * 700_000
    async with toy.served() as url, client_of_relay(url, mode="legacy") as client:
        answer = await client.call_tool("say", {"text": text})
    assert json.dumps([getattr(part, "text", "") for part in answer.content]) == json.dumps([text])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://hours.example", "https://hours.example/mcp"),
        (" https://hours.example/ ", "https://hours.example/mcp"),
        ("https://hours.example/mcp", "https://hours.example/mcp"),
        ("https://hours.example/mcp/", "https://hours.example/mcp"),
        ("https://example.com:8443/hours", "https://example.com:8443/hours/mcp"),
        ("http://127.0.0.1:8484", "http://127.0.0.1:8484/mcp"),
        ("http://localhost:8484/mcp", "http://localhost:8484/mcp"),
        ("http://[::1]:8484", "http://[::1]:8484/mcp"),
    ],
)
def test_a_server_is_named_with_or_without_its_path(written: str, read: str) -> None:
    assert read_address(written).url == read


@pytest.mark.parametrize(
    ("written", "token", "sentence"),
    [
        ("hours.example", "", "write it whole"),
        ("ftp://hours.example", "", "write it whole"),
        ("https://", "", "write it whole"),
        ("https://hours.example:99999", "", "write it whole"),
        ("https://hours.exämple", "", "write it whole"),
        ("http://hours.example", "", "write https://hours.example"),
        ("http://127.0.0.1.hours.example", "", "this machine only"),
        ("https://me:secret@hours.example", "", "belongs into HOURSMITH_TOKEN"),
        ("https://hours.example/?token=1", "", "belongs into HOURSMITH_TOKEN"),
        ("https://hours.example", "hsk_live_ä", "no token"),
        ("https://hours.example", "hsk_live_1\r\nX-Other: 1", "no token"),
    ],
)
def test_an_address_that_would_not_do_is_refused(written: str, token: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read_address(written, token)


def test_an_address_does_not_show_its_token() -> None:
    assert "secret" not in repr(read_address("https://hours.example", "secret"))
