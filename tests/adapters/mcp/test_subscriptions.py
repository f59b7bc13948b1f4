"""Whoever watches a resource is told when it reads differently, in both eras, and nobody else."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import anyio
import httpx2
import pytest
from connecting import PROCESSES, RELAYS, WAYS, connected
from houses import Clock, open_house
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, ResourceUpdatedNotification
from relays import served_here
from rows import add_member
from scenes import House
from served import served

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token, revoke_token
from hoursmith_mcp.adapters.mcp import subscriptions
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.adapters.mcp.subscriptions import MOST_ADDRESSES, Watch
from hoursmith_mcp.changes import Changed

pytestmark = [
    pytest.mark.anyio,
    # The SDK deprecates what only clients of 2025 may ask.
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]


@pytest.fixture
async def house(sqlite_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house on SQLite and its owner: watching knows no database."""
    async with open_house(sqlite_url, clock=clock) as opened:
        yield opened


OVERVIEW = "hoursmith://overview"
PROJECT = "hoursmith://projects/acme redesign"
PATIENCE_SECONDS = 10
MOST_LATENCY_SECONDS = 0.1


async def subscribe(client: Any, uri: str) -> None:
    """Watch a resource as clients of 2025 do; the SDK deprecates it for all."""
    await client.subscribe_resource(uri)


async def unsubscribe(client: Any, uri: str) -> None:
    """Watch a resource no more."""
    await client.unsubscribe_resource(uri)


class Watcher:
    """A client that watches, in whichever way its era knows."""

    def __init__(self) -> None:
        """Begin with nothing told."""
        self.told: asyncio.Queue[str] = asyncio.Queue()

    async def hear(self, message: Any) -> None:
        """Take a message of the older era."""
        if isinstance(message, ResourceUpdatedNotification) and message.params.meta is None:
            self.told.put_nowait(str(message.params.uri))

    @asynccontextmanager
    async def watching(self, client: Client, *uris: str) -> AsyncGenerator[list[str]]:
        """Watch resources; yields those that the server agreed to."""
        if client.protocol_version != "2026-07-28":
            for uri in uris:
                await subscribe(client, uri)
            yield list(uris)
            return
        async with client.listen(resource_subscriptions=list(uris)) as events:
            async with anyio.create_task_group() as group:

                async def collect() -> None:
                    async for event in events:
                        self.told.put_nowait(getattr(event, "uri", "a list"))

                group.start_soon(collect)
                yield list(events.honored.resource_subscriptions or ())
                group.cancel_scope.cancel()

    async def next(self) -> str:
        """Return the next address that is told of."""
        with anyio.fail_after(PATIENCE_SECONDS):
            return await self.told.get()

    async def until(self, uri: str) -> None:
        """Wait until an address is told of."""
        while await self.next() != uri:
            pass


async def set_the_scene(client: Client) -> None:
    await call(client, "set_up", time_zone="UTC")
    await call(client, "create_client", name="Acme", currency="EUR")
    await call(client, "create_client", name="Globex", currency="EUR")
    await call(client, "create_project", client="Acme", name="Website redesign", hourly_rate="90")


async def call(client: Client, tool: str, /, **given: Any) -> Any:
    result = await client.call_tool(tool, given)
    assert not result.is_error, result.content
    return result.structured_content


async def log(client: Client, duration: str) -> None:
    await call(client, "log_time", project="redesign", duration=duration, allow_duplicate=True)


@pytest.mark.parametrize("way", [*WAYS, *PROCESSES, *RELAYS])
async def test_who_watches_is_told_of_what_reads_differently_and_of_nothing_else(
    way: str, sqlite_url: str
) -> None:
    watcher = Watcher()
    async with connected(way, sqlite_url, message_handler=watcher.hear) as client:
        await set_the_scene(client)
        watched = (PROJECT, "hoursmith://clients/globex.json", "hoursmith://guides/api")
        async with watcher.watching(client, *watched) as agreed:
            assert agreed == list(watched)
            await log(client, "1h")
            assert await watcher.next() == PROJECT
            # This touches projects and clients, and neither reads differently for it.
            await call(client, "update_client", client="Acme", notes="Pays late.")
            await call(client, "update_client", client="Globex", notes="Pays early.")
            assert await watcher.next() == "hoursmith://clients/globex.json"
            assert watcher.told.empty()


@pytest.mark.parametrize("way", ["memory-2025", "http-2025"])
async def test_who_watches_no_more_is_told_no_more(way: str, sqlite_url: str) -> None:
    watcher = Watcher()
    async with connected(way, sqlite_url, message_handler=watcher.hear) as client:
        await set_the_scene(client)
        async with watcher.watching(client, OVERVIEW, PROJECT):
            await unsubscribe(client, PROJECT)
            await unsubscribe(client, "hoursmith://projects/never-watched")
            await log(client, "1h")
            assert await watcher.next() == OVERVIEW
            await unsubscribe(client, OVERVIEW)
            await log(client, "1h")
            await subscribe(client, "hoursmith://clients/globex")
            await call(client, "update_client", client="Globex", notes="Pays early.")
            assert await watcher.next() == "hoursmith://clients/globex"


@pytest.mark.parametrize("way", ["memory-2025", "memory-2026"])
@pytest.mark.parametrize("uri", ["hoursmith://nothing", "hoursmith://projects/nobody"])
async def test_what_is_not_there_cannot_be_watched(way: str, uri: str, sqlite_url: str) -> None:
    watcher = Watcher()
    async with connected(way, sqlite_url, message_handler=watcher.hear) as client:
        if way.endswith("2025"):
            with pytest.raises(MCPError) as failed:
                await subscribe(client, uri)
            assert (failed.value.error.code, failed.value.error.data["uri"]) == (
                INVALID_PARAMS,
                uri,
            )
        else:
            async with watcher.watching(client, uri, OVERVIEW) as agreed:
                assert agreed == [OVERVIEW]


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_member_cannot_watch_what_they_may_not_read(mode: Any, house: House) -> None:
    runtime, _ = house
    member = await add_member(runtime, "Ben")
    watcher = Watcher()
    server = build_server(runtime, lambda _: member)
    async with Client(server, mode=mode, message_handler=watcher.hear) as client:
        if mode == "legacy":
            with pytest.raises(MCPError, match="MANAGER"):
                await subscribe(client, "hoursmith://unbilled")
        else:
            async with watcher.watching(client, "hoursmith://unbilled", OVERVIEW) as agreed:
                assert agreed == [OVERVIEW]


@pytest.mark.parametrize("kind", ["time_entry", "token"])
async def test_a_watch_ends_with_the_token_of_who_watches(house: House, kind: str) -> None:
    runtime, owner = house
    member = await add_member(runtime, "Ben", role="MANAGER")
    watch = Watch(runtime, member)
    await watch.add(OVERVIEW)
    organization = (await runtime.identify(owner)).organization_id
    await revoke_token(runtime, "Ben")
    watch.note(Changed(organization, frozenset({kind})))
    with anyio.fail_after(PATIENCE_SECONDS):
        assert [uri async for uri in watch.updates()] == []


async def test_a_quiet_watch_ends_when_its_token_does(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hoursmith_mcp.adapters.mcp.subscriptions.KNOWN_SECONDS", 0.01)
    runtime, _ = house
    issued = await issue_token(runtime, name="visitor", expires="today")
    watch = Watch(runtime, Caller(door="test", token=issued.token))
    await watch.add("hoursmith://guides")
    clock.advance(hours=15)
    with anyio.fail_after(PATIENCE_SECONDS):
        assert [uri async for uri in watch.updates()] == []


async def test_changes_of_another_organization_are_not_even_looked_at(house: House) -> None:
    runtime, owner = house
    watch = Watch(runtime, owner)
    runtime.announcements.listen(watch.note)
    await watch.add(OVERVIEW)
    await runtime.invoke(runtime.catalogue.operations["set_up"], owner, {"time_zone": "UTC"})
    updates = watch.updates()
    assert await anext(updates) == OVERVIEW
    watch.note(Changed("org_of_others", frozenset({"organization"})))
    with anyio.move_on_after(0.2) as waited:
        await anext(updates)
    assert waited.cancelled_caught


async def test_no_more_than_so_many_resources_are_watched_by_one(house: House) -> None:
    runtime, owner = house
    watch = Watch(runtime, owner)
    await runtime.invoke(runtime.catalogue.operations["set_up"], owner, {"time_zone": "UTC"})
    for number in range(MOST_ADDRESSES):
        await watch.add(f"hoursmith://timesheets/{1900 + number}-W01.json")
    with pytest.raises(MCPError, match="No more than 100"):
        await watch.add(OVERVIEW)
    watch.remove("hoursmith://timesheets/1900-W01.json")
    await watch.add(OVERVIEW)


async def test_a_change_is_told_though_its_caller_gave_up(house: House) -> None:
    runtime, owner = house
    told: asyncio.Future[Changed] = asyncio.get_running_loop().create_future()
    runtime.announcements.listen(told.set_result)
    await runtime.identify(owner)
    operation = runtime.catalogue.operations["create_client"]
    calling = asyncio.ensure_future(
        runtime.invoke(operation, owner, {"name": "Acme", "currency": "EUR"})
    )
    await asyncio.sleep(0)
    calling.cancel()
    with anyio.fail_after(PATIENCE_SECONDS):
        assert (await told).kinds == {"client"}


async def test_a_listener_that_fails_keeps_nobody_from_hearing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    runtime, owner = house
    heard: list[Changed] = []

    def fail(_: Changed) -> None:
        raise RuntimeError("out of order")

    runtime.announcements.listen(fail)
    stop = runtime.announcements.listen(heard.append)
    create = runtime.catalogue.operations["create_client"]
    await runtime.invoke(create, owner, {"name": "Acme", "currency": "EUR"})
    assert [one.kinds for one in heard] == [{"client"}]
    assert "failed to take note" in caplog.text
    stop()
    await runtime.invoke(create, owner, {"name": "Globex", "currency": "EUR"})
    assert len(heard) == 1


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
    leaving: str, house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(subscriptions, "ALIVE_SECONDS", 0)
    monkeypatch.setattr(subscriptions, "SEND_SECONDS", 0.2)
    runtime, owner = house
    set_up = runtime.catalogue.operations["set_up"]
    await runtime.identify(owner)
    async with served_here(runtime) as url, httpx2.AsyncClient() as wire:
        for _ in range(5):
            session = await begin_session(wire, url)
            await post(wire, url, session, "resources/subscribe", id=2, uri=OVERVIEW)
            await post(wire, url, session, "resources/subscribe", id=3, uri="hoursmith://unbilled")
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


@pytest.mark.ci
@pytest.mark.parametrize("way", [*WAYS, *PROCESSES, *RELAYS])
async def test_a_change_is_told_at_once(
    way: str, sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    watcher = Watcher()
    async with connected(way, sqlite_url, message_handler=watcher.hear) as client:
        await set_the_scene(client)
        waited: list[float] = []
        async with watcher.watching(client, PROJECT):
            for _ in range(40):
                await log(client, "1m")
                answered = time.perf_counter()
                await watcher.until(PROJECT)
                waited.append(time.perf_counter() - answered)
    with capsys.disabled():
        median, longest = statistics.median(waited), max(waited)
        print(f"\n{way}: told {median * 1e3:.1f} ms after the answer, at most {longest * 1e3:.1f}")
    assert median < MOST_LATENCY_SECONDS
