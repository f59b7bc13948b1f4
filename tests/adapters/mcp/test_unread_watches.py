"""A watcher that stops reading, or is gone, holds up nobody and is let go of in the end."""

from __future__ import annotations

from itertools import count
from typing import Any

import anyio
import httpx2
import pytest
from houses import open_house
from mcp import Client
from mcp.types import ResourceUpdatedNotification
from relays import served_here
from served import served
from watching import OVERVIEW, PATIENCE_SECONDS, PROJECT, Watcher, log, set_the_scene, subscribe

from hoursmith_mcp.adapters.mcp import subscriptions
from hoursmith_mcp.adapters.mcp.server import build_server

pytestmark = [
    pytest.mark.anyio,
    # The SDK deprecates what only clients of 2025 may ask.
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_client_that_stops_reading_holds_up_nobody(mode: Any, sqlite_url: str) -> None:
    stuck = anyio.Event()

    async def never_return(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            stuck.set()
            await anyio.sleep_forever()

    async with open_house(sqlite_url) as (runtime, owner):

        def server() -> Any:
            return build_server(runtime, lambda _: owner)

        sleeper = Client(server(), mode=mode, message_handler=never_return)
        watcher = Watcher()
        async with Client(server()) as worker, sleeper as sleeping, Client(server()) as other:
            await set_the_scene(worker)
            async with watcher.watching(other, PROJECT):
                if mode == "legacy":
                    await subscribe(sleeping, PROJECT)
                    await log(worker, "1m")
                    with anyio.fail_after(PATIENCE_SECONDS):
                        await stuck.wait()
                    await watcher.until(PROJECT)
                    await call_often(worker, watcher)
                else:
                    async with sleeping.listen(resource_subscriptions=[PROJECT]):
                        await call_often(worker, watcher)


async def call_often(worker: Client, watcher: Watcher) -> None:
    for _ in range(60):
        with anyio.fail_after(PATIENCE_SECONDS):
            await log(worker, "1m")
    await watcher.until(PROJECT)


async def test_a_stream_that_nobody_reads_holds_up_nobody(sqlite_url: str) -> None:
    with served(sqlite_url, toolsets="all") as url:
        async with Client(url) as client, httpx2.AsyncClient() as wire:
            await set_the_scene(client)
            async with wire.stream("POST", url, headers=HEADERS, json=LISTEN) as unread:
                assert unread.status_code == 200
                for _ in range(30):
                    with anyio.fail_after(PATIENCE_SECONDS):
                        await log(client, "1m")
            await log(client, "1m")


@pytest.mark.ci
@pytest.mark.parametrize("leaving", ["without a word", "by ending its session"])
async def test_a_client_of_2025_that_is_gone_is_let_go_of(
    leaving: str, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(subscriptions, "ALIVE_SECONDS", 0)
    monkeypatch.setattr(subscriptions, "SEND_SECONDS", 0.2)
    async with open_house(sqlite_url) as (runtime, owner):
        set_up = runtime.catalogue.operations["set_up"]
        await runtime.identify(owner)
        async with served_here(runtime) as url, httpx2.AsyncClient() as wire:
            for _ in range(5):
                session = await begin_session(wire, url)
                await post(wire, url, session, "resources/subscribe", id=2, uri=OVERVIEW)
                await post(
                    wire, url, session, "resources/subscribe", id=3, uri="hoursmith://unbilled"
                )
                if leaving == "by ending its session":
                    assert (await wire.delete(url, headers=session)).status_code == 200
            assert runtime.announcements
            for number in count():
                await runtime.invoke(set_up, owner, {"name": f"Studio {number}"})
                with anyio.move_on_after(2):
                    while runtime.announcements:
                        await anyio.sleep(0.02)
                if not runtime.announcements:
                    break
                assert number < 3, "somebody who is gone is still told"
        assert not [one for one in caplog.records if one.levelname == "ERROR"]


async def begin_session(wire: httpx2.AsyncClient, url: str) -> dict[str, str]:
    """Begin a session of the older era, and return the header that names it."""
    info = {"name": "fleeting", "version": "1"}
    given = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
    begun = await post(wire, url, {}, "initialize", id=1, **given)
    session = {"Mcp-Session-Id": begun.headers["mcp-session-id"]}
    await post(wire, url, session, "notifications/initialized")
    return session


async def post(
    wire: httpx2.AsyncClient, url: str, session: dict[str, str], method: str, /, **given: Any
) -> httpx2.Response:
    number = {"id": given.pop("id")} if "id" in given else {}
    message = {"jsonrpc": "2.0", **number, "method": method, "params": given}
    headers = {"Accept": HEADERS["Accept"], **session}
    answer = await wire.post(url, headers=headers, json=message)
    assert answer.is_success, answer.text
    assert '"error"' not in answer.text
    return answer


META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
LISTEN: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": "stream",
    "method": "subscriptions/listen",
    "params": {"_meta": META, "notifications": {"resourceSubscriptions": [OVERVIEW]}},
}
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "subscriptions/listen",
}
