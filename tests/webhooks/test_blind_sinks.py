"""What a money-blind owner's receiver is sent is the same whatever anything costs."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from blind_sinks import OK, Sink, found_twice, open_sink, shown
from canaries import CANARIES, forms, spilt
from dispatching import endpoint
from houses import InProcess, Refused
from receivers import saying
from worlds import CHEAP, DEAR, MEMBER, Amounts

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.webhooks import eyes
from hoursmith_mcp.webhooks.eyes import OwnersEyes

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

Patch = pytest.MonkeyPatch
History = Callable[[Sink, Amounts], Awaitable[None]]

NOT_THEIRS = (
    *("Secret", "nobody's business", "somebody else's"),
    *("invoice", "payment", "expense", "rate.", "schedule"),
)
WEBHOOKS: dict[str, Callable[[str], dict[str, Any]]] = {
    "create_webhook": lambda _: {"url": "https://hooks.example.com/in", "events": ["*"]},
    "get_webhook": lambda id: {"webhook": id},
    "list_deliveries": lambda _: {},
    "list_events": lambda _: {},
    "list_webhooks": lambda _: {},
    "replay_deliveries": lambda id: {"webhook": id},
    "send_test_event": lambda id: {"webhook": id},
    "update_webhook": lambda id: {"webhook": id, "events": ["*"]},
}


async def who_saw_no_money_all_along(sink: Sink, amounts: Amounts) -> None:
    """Be told of everything since the beginning, of what happens now, and of it all again."""
    await sink.listen()
    await sink.look()
    await sink.work(amounts)
    await sink.try_out()
    await sink.replay()


async def who_takes_ids_alone(sink: Sink, amounts: Amounts) -> None:
    """Have all of the same, thin."""
    await sink.listen(thin=True)
    await sink.look()
    await sink.work(amounts)
    await sink.replay()


async def who_was_told_all_before(sink: Sink, amounts: Amounts) -> None:
    """Be told again, without eyes for money, what one was told with them."""
    await sink.become("ADMIN")
    await sink.listen()
    await sink.look()
    await sink.become("MEMBER")
    sink.receiver.requests.clear()
    await sink.replay()


async def whose_messages_waited(sink: Sink, amounts: Amounts) -> None:
    """Be told late what was queued while one could see it all."""
    sink.answers["now"] = saying("503 Busy")
    await sink.become("ADMIN")
    await sink.listen()
    await sink.look()
    await sink.become("MEMBER")
    sink.answers["now"] = OK
    sink.receiver.requests.clear()
    sink.clock.advance(hours=12)
    await sink.look()


PLACED: tuple[History, ...] = (who_saw_no_money_all_along, who_takes_ids_alone)
OTHERS: tuple[History, ...] = (who_was_told_all_before, whose_messages_waited)


@pytest.mark.parametrize("history", [*PLACED, *OTHERS])
async def test_amounts_make_no_difference_to_a_byte(history: History, tmp_path: Path) -> None:
    await compare(tmp_path, history)


async def compare(folder: Path, history: History) -> None:
    """Let the same happen in a dear and in a cheap house, and compare what is sent."""
    told: list[str] = []
    for url, amounts in zip(await found_twice(folder), (DEAR, CHEAP), strict=True):
        async with open_sink(url, amounts) as sink:
            await history(sink, amounts)
            told.append(shown(sink.receiver.requests, placed=history in PLACED))
    assert told[0] == told[1]
    assert [one for one in NOT_THEIRS if one in told[0]] == []
    assert "time_entry.created" in told[0]
    assert "task.created" in told[0]


async def test_no_amount_is_sent_in_any_form(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_sink(database_url, CANARIES) as sink:
        await who_saw_no_money_all_along(sink, CANARIES)
        canaries = await forms(sink.runtime)
        assert spilt(everything_sent(sink), canaries) == []
        await sink.become("ADMIN")
        await sink.replay()
        # They are there to be sent, to those who may see them.
        assert spilt(everything_sent(sink), canaries)
        await sink.listen()
        await sink.look()
        assert len(spilt(everything_sent(sink), canaries)) > 10
        assert {"schedule.created", "schedule.ran"} <= set(types_sent(sink))
        await sink.become("MEMBER")
        sink.receiver.requests.clear()
        await replay_each(sink)
        assert "time_entry.created" in everything_sent(sink)
        assert spilt(everything_sent(sink) + caplog.text, canaries) == []


def everything_sent(sink: Sink) -> str:
    return "\n".join(one.head + one.body.decode() for one in sink.receiver.requests)


def types_sent(sink: Sink) -> list[str]:
    return [json.loads(one.body)["type"] for one in sink.receiver.requests]


async def replay_each(sink: Sink) -> None:
    """Send every delivery again, one by one, also those that were withheld."""
    page: dict[str, Any] = {"limit": 100}
    while page:
        listed = await sink.owner.call("list_deliveries", **page)
        for one in listed["deliveries"]:
            await sink.owner.call("replay_deliveries", delivery=one["id"])
        cursor = listed.get("next_cursor")
        page = {"limit": 100, "cursor": cursor} if cursor else {}
    await sink.look()


async def test_the_log_of_what_was_sent_is_not_theirs(sqlite_url: str) -> None:
    async with open_sink(sqlite_url, DEAR) as sink:
        await sink.listen()
        mia = InProcess(sink.runtime, sink.member)
        await see_all_refused(mia, sink)


async def see_all_refused(door: InProcess, sink: Sink) -> None:
    """See that whoever is behind a door can neither read nor do anything about webhooks."""
    for name, given in WEBHOOKS.items():
        with pytest.raises(Refused) as refused:
            await door.call(name, **given(sink.webhook_id))
        assert refused.value.code == "forbidden_scope"


async def test_a_token_for_some_projects_comes_near_no_webhook(sqlite_url: str) -> None:
    async with open_sink(sqlite_url, DEAR) as sink:
        await sink.listen()
        given: dict[str, Any] = {"name": "a part", "projects": ["Logo"]}
        for scope in ("webhooks:write", "activity:read"):
            with pytest.raises(Refused):
                await sink.owner.call("create_token", **given, scopes=[scope])
        given["scopes"] = ["time:read"]
        asked = await sink.owner.call("create_token", **given)
        made = await sink.owner.call("create_token", **given, confirm=asked["confirm"])
        door = InProcess(sink.runtime, Caller(door="test", token=made["token"]))
        await see_all_refused(door, sink)


async def test_a_project_that_was_left_is_not_told_of_again(sqlite_url: str) -> None:
    async with open_sink(sqlite_url, DEAR) as sink:
        await sink.listen()
        await sink.look()
        assert "Website" in everything_sent(sink)
        sink.receiver.requests.clear()
        await sink.owner.call("remove_project_member", project="Website", member=MEMBER)
        await sink.replay()
        told = everything_sent(sink)
        assert "Logo" in told
        assert "Website" not in told
        sink.receiver.requests.clear()
        await sink.owner.call("add_project_member", project="Website", member=MEMBER)
        await replay_each(sink)
        assert "Website" in everything_sent(sink)


async def test_a_webhook_that_was_limited_is_told_of_its_projects_alone(sqlite_url: str) -> None:
    async with open_sink(sqlite_url, DEAR) as sink:
        await sink.become("ADMIN")
        await sink.listen()
        await sink.look()
        sink.receiver.requests.clear()
        await sink.owner.call("update_webhook", webhook=sink.webhook_id, projects=["Logo"])
        await sink.replay()
        told = everything_sent(sink)
        assert "Logo" in told
        assert "Website" not in told


async def test_who_was_removed_is_sent_nothing_more(sqlite_url: str) -> None:
    async with open_sink(sqlite_url, DEAR) as sink:
        await sink.listen()
        await sink.look()
        sink.receiver.requests.clear()
        asked = await sink.owner.call("remove_member", member=MEMBER)
        await sink.owner.call("remove_member", member=MEMBER, confirm=asked["confirm"])
        await sink.replay()
        await sink.owner.call("create_task", project="Website", name="Launch")
        await sink.look()
        assert sink.receiver.requests == []
        assert (await endpoint(sink.runtime))["state"] == "disabled"


def no_projection(patch: Patch) -> None:
    """Hand out what was recorded."""

    def whole(_: object, __: str, data: dict[str, Any]) -> dict[str, Any]:
        return data

    patch.setattr(eyes, "seen_by", whole)


def no_reach(patch: Patch) -> None:
    """Tell of everything."""

    def all_of_it(_: OwnersEyes, __: eyes.Happened) -> bool:
        return True

    patch.setattr(OwnersEyes, "_reach", all_of_it)


def of_prices(patch: Patch) -> None:
    """Tell that a project was changed, though nothing that is seen of it was."""
    patch.setattr(eyes, "MOVED_BY_PRICES", frozenset[str]())


def of_others(patch: Patch) -> None:
    """Tell of everybody's time."""
    patch.setattr(eyes, "OWN", frozenset[str]())


def how_much(patch: Patch) -> None:
    """Say how long the whole of an event is."""
    see = OwnersEyes.see

    def measured(self: OwnersEyes, event: eyes.Happened) -> dict[str, Any] | None:
        thing = see(self, event)
        return thing and {**thing, "size": len(event.data)}

    patch.setattr(OwnersEyes, "see", measured)


def that_there_was_something(patch: Patch) -> None:
    """Send an empty message where there is nothing to be seen."""
    see = OwnersEyes.see

    def something(self: OwnersEyes, event: eyes.Happened) -> dict[str, Any]:
        return see(self, event) or {}

    patch.setattr(OwnersEyes, "see", something)


@pytest.mark.parametrize(
    "plant", [no_projection, no_reach, of_prices, of_others, how_much, that_there_was_something]
)
async def test_a_leak_that_is_planted_is_found(
    plant: Callable[[Patch], None], tmp_path: Path, monkeypatch: Patch
) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        await compare(tmp_path, who_saw_no_money_all_along)
