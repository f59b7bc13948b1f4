"""Whoever watches a resource is told when it reads differently, in both eras, and nobody else."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncGenerator
from typing import Any

import anyio
import pytest
from connecting import PROCESSES, RELAYS, WAYS, connected
from houses import Clock, open_house
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS
from rows import add_member
from scenes import House
from watching import (
    OVERVIEW,
    PATIENCE_SECONDS,
    PROJECT,
    Watcher,
    call,
    log,
    set_the_scene,
    subscribe,
    unsubscribe,
)

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token, revoke_token
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


MOST_LATENCY_SECONDS = 0.1


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


async def test_who_begins_to_listen_is_told_of_a_change_that_is_under_way(house: House) -> None:
    runtime, owner = house
    heard: list[Changed] = []
    await runtime.identify(owner)
    operation = runtime.catalogue.operations["create_client"]
    calling = asyncio.ensure_future(
        runtime.invoke(operation, owner, {"name": "Acme", "currency": "EUR"})
    )
    await asyncio.sleep(0)
    runtime.announcements.listen(heard.append)
    assert not calling.done()
    await calling
    assert [one.kinds for one in heard] == [{"client"}]


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
