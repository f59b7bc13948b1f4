"""A token is told of nothing that its scopes may not read, whichever way events leave by it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dispatching import SETTINGS, dispatching, round
from houses import Clock, InProcess, Refused, open_house
from receivers import receiving, saying
from rows import add_member
from webhook_calls import URL, confirmed, made

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.access.telling import READ_WITH
from hoursmith_mcp.errors import Forbidden
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.event_types import EVENT_TYPES

pytestmark = pytest.mark.anyio

OK = saying("204 No Content")


async def with_scopes(runtime: Runtime, *scopes: str) -> InProcess:
    """Return a door for a token of the owner with these scopes alone."""
    issued = await issue_token(runtime, name=" ".join(scopes), scopes=scopes)
    return InProcess(runtime, Caller(door="test", token=issued.token))


async def refused(door: InProcess, operation: str, **given: Any) -> str:
    """Call what is refused for want of a scope, and return the sentence."""
    with pytest.raises(Refused) as caught:
        await door.call(operation, **given)
    assert caught.value.code == "forbidden_scope", caught.value
    return str(caught.value)


def test_every_kind_says_what_it_takes_to_read_it() -> None:
    assert {one.kind for one in EVENT_TYPES.values()} == READ_WITH.keys()


async def test_a_webhook_is_made_for_what_its_maker_may_read_alone(sqlite_url: str) -> None:
    async with open_house(sqlite_url, **SETTINGS) as (runtime, _):
        door = await with_scopes(runtime, "webhooks:write")
        for events in (["*"], ["invoice.*"], ["invoice.paid", "member.joined"], ["webhook.*"]):
            await refused(door, "create_webhook", url=URL, events=events)
        sentence = await refused(door, "create_webhook", url=URL, events=["task.*", "timer.*"])
        assert "task.*, timer.* tells of" in sentence
        assert "a token with projects:read, time:read." in sentence
        assert (await made(door, URL, "member.*"))["events"] == ["member.*"]


async def test_who_may_not_read_what_a_webhook_tells_sends_none_of_it_elsewhere(
    sqlite_url: str, clock: Clock
) -> None:
    async with (
        open_house(sqlite_url, clock=clock, **SETTINGS) as (runtime, owner),
        receiving(OK) as receiver,
        dispatching(runtime) as dispatcher,
    ):
        house = InProcess(runtime, owner)
        door = await with_scopes(runtime, "webhooks:write", "activity:read", "projects:read")
        one = await made(house, receiver.url(), "client.*", "project.*", thin=True)
        webhook = {"webhook": one["id"]}
        await house.call("create_client", name="Acme")
        await house.call("create_project", client="Acme", name="Site")
        await round(dispatcher)
        for more in (
            {"url": URL},
            {"thin": False},
            {"events": ["*"]},
            {"events": ["client.*", "task.*"]},
        ):
            await refused(door, "update_webhook", **webhook, **more)
            # Where a door acts without asking first, too.
            update = runtime.catalogue.operations["update_webhook"]
            with pytest.raises(Forbidden):
                await runtime.invoke(update, door.caller, {**webhook, **more})
        await refused(door, "send_test_event", **webhook)
        await refused(door, "send_test_event", **webhook, event="client.created")
        await refused(door, "replay_deliveries", **webhook)
        await refused(door, "list_deliveries", type="client.*")
        listed = (await house.call("list_deliveries"))["deliveries"]
        of_client = next(one["id"] for one in listed if one["type"] == "client.created")
        await refused(door, "list_deliveries", delivery=of_client)
        await refused(door, "replay_deliveries", delivery=of_client)
        seen = (await door.call("list_deliveries"))["deliveries"]
        assert {one["type"] for one in seen} == {"project.created"}
        # What says less, or nothing of them, may be done all the same.
        await door.call("update_webhook", **webhook, paused=True, description="held")
        await door.call("update_webhook", **webhook, paused=False, events=["project.*"])
        assert (await door.call("replay_deliveries", **webhook))["replayed"] == 1
        await round(dispatcher)
    types = [json.loads(one.body)["type"] for one in receiver.requests]
    assert sorted(types) == ["client.created", "project.created", "project.created"]


async def test_events_are_listed_as_far_as_the_token_may_read_them(sqlite_url: str) -> None:
    async with open_house(sqlite_url, **SETTINGS) as (runtime, owner):
        house = InProcess(runtime, owner)
        await house.call("create_client", name="Acme")
        await house.call("create_project", client="Acme", name="Site")
        await house.call("log_time", project="Site", duration="1h")
        await house.call("set_up", name="Ada's Studio")
        door = await with_scopes(runtime, "activity:read")
        listed = (await door.call("list_events"))["events"]
        assert {one["type"] for one in listed} == {"organization.updated"}
        await refused(door, "list_events", types=["client.*"])
        last = (await house.call("list_events"))["events"][0]["id"]
        assert len((await door.call("list_events", after=last))["events"]) == 1
        timed = await with_scopes(runtime, "activity:read", "time:read")
        listed = (await timed.call("list_events", types=["*"]))["events"]
        assert {one["type"] for one in listed} == {"organization.updated", "time_entry.created"}


async def test_activity_says_no_more_than_the_token_may_read(sqlite_url: str) -> None:
    async with open_house(sqlite_url, **SETTINGS) as (runtime, owner):
        house = InProcess(runtime, owner)
        await house.call("create_client", name="Acme", currency="EUR")
        await house.call("create_project", client="Acme", name="Site", hourly_rate="4711")
        project = await house.call("update_project", project="Site", hourly_rate="4712")
        await made(house, URL, "client.*")
        everything = (await house.call("list_activity"))["activity"]
        assert "4712" in json.dumps(everything)
        door = await with_scopes(runtime, "activity:read")
        lines = (await door.call("list_activity"))["activity"]
        lines += (await door.call("get_activity", thing=project["id"]))["activity"]
        # That something was changed, by whom and when, is what it may read.
        assert {one["operation"] for one in lines} > {"create_project", "update_project"}
        told = json.dumps(lines)
        assert not any(word in told for word in ("4711", "4712", "Acme", "Site"))
        reader = await with_scopes(runtime, "activity:read", "projects:read")
        assert "4712" in json.dumps(await reader.call("list_activity"))


async def test_what_admins_look_after_is_shown_to_them_and_to_who_did_it(sqlite_url: str) -> None:
    async with open_house(sqlite_url, **SETTINGS) as (runtime, owner):
        house = InProcess(runtime, owner)
        ben = InProcess(runtime, await add_member(runtime, "Ben", role="MANAGER"))
        one = await made(house, URL, "client.*")
        await confirmed(house, "update_webhook", webhook=one["id"], url=f"{URL}/secret-path")
        await confirmed(house, "create_token", name="of the house")
        await confirmed(ben, "create_token", name="of Ben")
        seen = json.dumps(await house.call("list_activity"))
        assert all(word in seen for word in ("secret-path", "of the house", "of Ben"))
        seen = json.dumps(await ben.call("list_activity"))
        assert "of Ben" in seen
        assert not any(word in seen for word in ("secret-path", "of the house"))


@pytest.mark.ci
async def test_what_a_manager_may_not_see_is_not_sent_to_who_became_one(
    sqlite_url: str, clock: Clock
) -> None:
    async with (
        open_house(sqlite_url, clock=clock, **SETTINGS) as (runtime, owner),
        receiving(OK) as receiver,
        dispatching(runtime) as dispatcher,
    ):
        house = InProcess(runtime, owner)
        ben = InProcess(runtime, await add_member(runtime, "Ben", role="ADMIN"))
        one = await made(ben, receiver.url())
        await made(house, URL, "client.*")
        await confirmed(house, "update_member", member="Ben", role="MANAGER")
        await house.call("create_client", name="Acme")
        await round(dispatcher)
        told = [json.loads(one.body)["type"] for one in receiver.requests]
        assert "client.created" in told
        assert not [one for one in told if one.startswith(("webhook.", "token."))]
        await refused(ben, "delete_webhook", webhook=one["id"])
