"""Whoever looks after webhooks makes, watches, pauses and rotates them, and sends things again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dispatching import SETTINGS, dispatching, endpoint, round
from houses import POSTGRESQL_IN_CI, Clock, Door, InProcess, Refused, daily, open_door, open_house
from receivers import receiving, saying
from rows import add_member, everything
from standardwebhooks import Webhook, WebhookVerificationError
from test_signatures import documented_is_good
from webhook_calls import URL, confirmed, made

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio

OK = saying("204 No Content")
House = tuple[Runtime, Caller]


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house that may send to this machine."""
    async with open_house(database_url, clock=clock, **SETTINGS) as opened:
        yield opened


@pytest.fixture(params=daily("in-process", "rest", among=("in-process", "mcp-2026", "rest")))
async def door(request: pytest.FixtureRequest, house: House) -> AsyncGenerator[Door]:
    """Yield doors into that house."""
    async with open_door(request.param, *house) as opened:
        yield opened


@POSTGRESQL_IN_CI
async def test_the_secret_is_shown_once_and_lies_encrypted(door: Door, house: House) -> None:
    webhook = await made(door, URL, "invoice.*", "invoice.paid")
    assert webhook["secret"].startswith("whsec_")
    assert webhook["events"] == ["invoice.*"]
    shown = json.dumps(await door.call("list_webhooks"))
    [listed] = (await door.call("list_webhooks"))["webhooks"]
    assert await door.call("get_webhook", webhook=webhook["id"]) == listed
    stored = json.dumps(await everything(house[0]))
    assert webhook["id"] in shown
    assert webhook["secret"] not in shown + stored
    assert "secret" not in (await door.call("list_webhooks"))["webhooks"][0]


@POSTGRESQL_IN_CI
async def test_where_a_webhook_may_not_go_it_is_not_made(door: Door) -> None:
    refusals: set[str] = set()
    for url in (
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "http://8.8.8.8",
    ):
        with pytest.raises(Refused) as refused:
            await door.call("create_webhook", url=url, events=["*"])
        assert refused.value.code == "validation_error"
        refusals.add(json.dumps(refused.value.error["fields"]))
    assert len(refusals) == 1
    for url in ("https://user:pw@example.com/", "https://0x7f.1/", "ftp://example.com/"):
        with pytest.raises(Refused, match=r"no URL|no host"):
            await door.call("create_webhook", url=url, events=["*"])
    with pytest.raises(Refused, match=r"invoice\.paid\?"):
        await door.call("create_webhook", url=URL, events=["invoice.payd"])
    assert (await door.call("list_webhooks"))["webhooks"] == []


@POSTGRESQL_IN_CI
async def test_both_secrets_sign_for_a_day(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        old = await made(door, receiver.url())
        new = await confirmed(door, "rotate_webhook_secret", webhook=old["id"])
        for hours in (23, 2):
            clock.advance(hours=hours)
            await door.call("send_test_event", webhook=old["id"])
            await round(dispatcher)
    [within, after] = [one for one in receiver.requests if b'"test":true' in one.body]
    for secret in (old["secret"], new["secret"]):
        assert documented_is_good(secret, within.headers_as_sent, within.body)
    assert documented_is_good(new["secret"], after.headers_as_sent, after.body)
    assert not documented_is_good(old["secret"], after.headers_as_sent, after.body)


@POSTGRESQL_IN_CI
async def test_a_test_is_a_sample_that_says_so(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        webhook = await made(door, receiver.url(), "client.created")
        queued = await door.call("send_test_event", webhook=webhook["id"], event="task.completed")
        await round(dispatcher)
    body = json.loads(receiver.requests[0].body)
    assert (body["type"], body["livemode"], body["data"]["test"]) == ("task.completed", False, True)
    assert body["id"] == queued["id"]
    [logged] = (await door.call("list_deliveries", webhook=webhook["id"]))["deliveries"]
    assert logged["status"] == "delivered"
    assert [one["status"] for one in logged["attempts"]] == [204]


@POSTGRESQL_IN_CI
async def test_a_paused_webhook_misses_nothing(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        webhook = await made(door, receiver.url(), "client.created")
        await door.call("update_webhook", webhook=webhook["id"], paused=True)
        await door.call("create_client", name="Acme")
        await round(dispatcher)
        assert receiver.requests == []
        await door.call("update_webhook", webhook=webhook["id"], paused=False)
        await round(dispatcher)
    assert [json.loads(one.body)["type"] for one in receiver.requests] == ["client.created"]


@POSTGRESQL_IN_CI
async def test_what_was_disabled_goes_on_when_it_is_resumed(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    answers = [saying("410 Gone"), OK]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers.pop(0))

    async with receiving(answer) as receiver, dispatching(runtime) as dispatcher:
        webhook = await made(door, receiver.url(), "client.created")
        await door.call("create_client", name="Acme")
        await round(dispatcher)
        [shown] = (await door.call("list_webhooks"))["webhooks"]
        assert (shown["status"], shown["disabled_because"]) == (
            "disabled",
            "It asked for no more messages.",
        )
        await door.call("update_webhook", webhook=webhook["id"], paused=False)
        await round(dispatcher)
    assert len({one.headers["webhook-id"] for one in receiver.requests}) == 1
    assert len(receiver.requests) == 2
    assert (await endpoint(runtime))["disabled_because"] is None


@POSTGRESQL_IN_CI
async def test_a_replay_has_the_same_id_and_says_what_it_is(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        webhook = await made(door, receiver.url(), "client.created")
        for name in ("Acme", "Borg"):
            await door.call("create_client", name=name)
        await round(dispatcher)
        logged = (await door.call("list_deliveries", status="delivered"))["deliveries"]
        one = await door.call("replay_deliveries", delivery=logged[0]["id"])
        await round(dispatcher)
        clock.advance(hours=1)
        period = {"webhook": webhook["id"], "period": "today"}
        several = await door.call("replay_deliveries", **period)
        await round(dispatcher)
    assert (one["replayed"], several["replayed"]) == (1, 2)
    ids = [request.headers["webhook-id"] for request in receiver.requests]
    assert (len(ids), len(set(ids))) == (5, 2)
    marked = ["hoursmith-replay" in request.headers for request in receiver.requests]
    assert marked == [False, False, True, True, True]


@POSTGRESQL_IN_CI
async def test_what_was_sent_can_be_read_again(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        webhook = await made(door, receiver.url(), "client.*")
        for name in ("Acme", "Borg", "Core"):
            await door.call("create_client", name=name)
        await door.call("create_project", client="Acme", name="Website")
        await round(dispatcher)
    assert webhook
    sent = [json.loads(request.body) for request in receiver.requests]
    first = await door.call("list_events", types=["client.*"], limit=2)
    after: dict[str, Any] = {"after": first["next_cursor"], "types": ["client.*"]}
    rest = await door.call("list_events", **after)
    told = [*first["events"], *rest["events"]]
    assert [one["id"] for one in told] == [one["id"] for one in sent]
    assert [one["data"]["client"]["id"] for one in told] == [
        one["data"]["client"]["id"] for one in sent
    ]
    clock.advance(hours=24 * 31)
    assert (await door.call("list_events"))["events"] == []


@POSTGRESQL_IN_CI
async def test_only_projects_that_are_named_are_told_of(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    await door.call("create_client", name="Acme")
    for name in ("Website", "Logo"):
        await door.call("create_project", client="Acme", name=name)
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        await made(door, receiver.url(), "time_entry.*", projects=["Logo"])
        for name in ("Website", "Logo"):
            await door.call("log_time", project=name, duration="1h")
        await round(dispatcher)
    [request] = receiver.requests
    assert json.loads(request.body)["data"]["timeEntry"]["project"] == "Logo"


@POSTGRESQL_IN_CI
async def test_a_lost_key_is_told_and_a_rotation_helps(house: House, clock: Clock) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with receiving(OK) as receiver:
        webhook = await made(door, receiver.url(), "client.created")
        other_key = replace(runtime.settings, secret_key=f"{'/' * 42}8=")
        again = Runtime(other_key, clock=clock)
        new_door = InProcess(again, caller)
        await new_door.call("create_client", name="Acme")
        async with dispatching(again) as blind:
            await round(blind)
            [logged] = (await new_door.call("list_deliveries"))["deliveries"]
            assert [one["fault"] for one in logged["attempts"]] == ["no_key"]
            new = await confirmed(new_door, "rotate_webhook_secret", webhook=webhook["id"])
            clock.advance(minutes=1)
            await round(blind)
        await again.close()
    [request] = receiver.requests
    assert documented_is_good(new["secret"], request.headers_as_sent, request.body)


async def test_a_key_file_that_is_gone_is_waited_for_and_not_replaced(
    sqlite_url: str, clock: Clock
) -> None:
    settings: dict[str, Any] = {**SETTINGS, "secret_key": ""}
    key = Path(f"{sqlite_url.partition(':///')[2]}.key")
    async with open_house(sqlite_url, clock=clock, **settings) as (runtime, caller):
        webhook = await made(InProcess(runtime, caller), URL, "client.created")
        key.unlink()
        again = Runtime(runtime.settings, clock=clock)
        door = InProcess(again, caller)
        await door.call("create_client", name="Acme")
        async with dispatching(again) as blind:
            await round(blind)
        [logged] = (await door.call("list_deliveries"))["deliveries"]
        assert [one["fault"] for one in logged["attempts"]] == ["no_key"]
        with pytest.raises(Refused) as refused:
            await made(door, URL, "client.*")
        assert "put the key file back" in refused.value.message
        assert not key.exists()
        # Who says so goes on with a new one.
        await confirmed(door, "rotate_webhook_secret", webhook=webhook["id"])
        await made(door, URL, "client.*")
        assert key.exists()
        await again.close()


@POSTGRESQL_IN_CI
async def test_members_and_managers_have_no_webhooks(house: House) -> None:
    runtime, _ = house
    for role in ("MEMBER", "MANAGER"):
        member = InProcess(runtime, await add_member(runtime, role.title(), role=role))
        with pytest.raises(Refused) as refused:
            await member.call("list_webhooks")
        assert refused.value.code == "forbidden_scope"


async def test_the_official_library_takes_what_was_sent(sqlite_url: str) -> None:
    """By the clock of this machine, as the library goes by it."""
    async with open_house(sqlite_url, **SETTINGS) as (runtime, caller):
        door = InProcess(runtime, caller)
        async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
            webhook = await made(door, receiver.url(), "client.created")
            await door.call("create_client", name="Größe & Co")
            await round(dispatcher)
    [request] = receiver.requests
    verifier = Webhook(webhook["secret"])
    assert verifier.verify(request.body, request.headers) == json.loads(request.body)
    with pytest.raises(WebhookVerificationError):
        verifier.verify(request.body.replace(b"client", b"cliant"), request.headers)
