"""A person is asked before what cannot be taken back, and where a name fits several things."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from billing_scenes import work_at_acme
from houses import Clock, InProcess, open_house
from mcp import Client
from mcp.types import (
    ElicitRequestFormParams,
    ElicitResult,
)
from people_asked import Answer, Era, Someone, a_draft, talking
from rows import everything
from served import served

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio


def yes(_: ElicitRequestFormParams) -> ElicitResult:
    return ElicitResult(action="accept", content={"confirm": True})


def unticked(_: ElicitRequestFormParams) -> ElicitResult:
    return ElicitResult(action="accept", content={"confirm": False})


def no(_: ElicitRequestFormParams) -> ElicitResult:
    return ElicitResult(action="decline")


def nothing(_: ElicitRequestFormParams) -> ElicitResult:
    return ElicitResult(action="cancel")


def choosing(title: str) -> Answer:
    """Choose the option that a person reads as this."""

    def choose(params: ElicitRequestFormParams) -> ElicitResult:
        [(argument, field)] = params.requested_schema["properties"].items()
        values = {one["title"]: one["const"] for one in field["oneOf"]}
        return ElicitResult(action="accept", content={argument: values[title]})

    return choose


@pytest.fixture
async def house(sqlite_url: str, clock: Clock) -> AsyncGenerator[tuple[Runtime, Caller]]:
    async with open_house(sqlite_url, clock=clock) as opened:
        yield opened


@pytest.fixture(params=["legacy", "auto"])
def era(request: pytest.FixtureRequest) -> Era:
    era: Era = request.param
    return era


async def call(client: Client, tool: str, /, **given: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, given)
    answer: dict[str, Any] | None = result.structured_content
    assert answer is not None
    return answer


async def test_a_yes_does_what_was_asked_at_once(house: tuple[Runtime, Caller], era: Era) -> None:
    draft, someone = await a_draft(house), Someone(yes)
    async with talking(house, era, someone) as client:
        sent = await call(client, "send_invoice", invoice=draft)
    assert sent["number"] == "INV-2026-0001"
    [asked] = someone.asked
    assert asked.message.startswith("Issue an invoice to Acme over 214.20 EUR")
    assert asked.requested_schema["properties"].keys() == {"confirm"}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (no, "The user was asked and said no: nothing was done."),
        (unticked, "The user was asked and said no: nothing was done."),
        (nothing, "The user was asked and gave no answer: nothing was done."),
    ],
)
async def test_whatever_is_no_yes_does_nothing(
    house: tuple[Runtime, Caller], era: Era, answer: Answer, sentence: str
) -> None:
    draft = await a_draft(house)
    before = await everything(house[0])
    async with talking(house, era, Someone(answer)) as client:
        result = await client.call_tool("send_invoice", {"invoice": draft})
    assert result.is_error
    assert result.structured_content == {"code": "declined", "message": sentence}
    after = await everything(house[0])
    assert {**after, "confirmation": []} == {**before, "confirmation": []}


async def test_who_cannot_be_asked_is_answered_with_the_question(
    house: tuple[Runtime, Caller], era: Era
) -> None:
    draft = await a_draft(house)
    async with talking(house, era, None) as client:
        question = await call(client, "send_invoice", invoice=draft)
        assert question.keys() == {"would", "confirm"}
        sent = await call(client, "send_invoice", invoice=draft, confirm=question["confirm"])
    assert sent["status"] == "SENT"


async def test_a_draft_is_cancelled_without_a_question(
    house: tuple[Runtime, Caller], era: Era
) -> None:
    draft, someone = await a_draft(house), Someone()
    async with talking(house, era, someone) as client:
        assert (await call(client, "cancel_invoice", invoice=draft))["status"] == "CANCELLED"
    assert someone.asked == []


async def test_a_name_that_fits_several_is_chosen_before_a_change(
    house: tuple[Runtime, Caller], era: Era
) -> None:
    door = InProcess(*house)
    for client_name in ("Acme", "Borg"):
        await door.call("create_client", name=client_name)
        await door.call("create_project", client=client_name, name=f"Website {client_name}")
    someone = Someone(choosing("Website Borg (Borg)"), no)
    async with talking(house, era, someone) as client:
        logged = await call(client, "log_time", project="website", duration="1h")
        assert logged["project"] == "Website Borg"
        result = await client.call_tool("log_time", {"project": "website", "duration": "2h"})
        assert result.is_error
        assert (result.structured_content or {})["code"] == "declined"
        # Looking does no harm, and the candidates are an answer.
        found = await client.call_tool("list_time_entries", {"project": "website"})
        assert found.is_error
        refusal: dict[str, Any] = found.structured_content or {}
        assert len(refusal["candidates"]) == 2
    assert [one.message for one in someone.asked] == ['Which project is "website"?'] * 2


@pytest.mark.ci
async def test_which_schedule_of_a_client_is_chosen_by_its_rule(
    house: tuple[Runtime, Caller],
) -> None:
    door = InProcess(*house)
    await door.call("create_client", name="Acme")
    for rule in ("monthly", "every friday"):
        await door.call("create_invoice_schedule", client="Acme", rule=rule)
    async with talking(house, "auto", Someone(choosing("Acme (every Friday)"))) as client:
        paused = await call(client, "update_invoice_schedule", schedule="acme", paused=True)
    assert (paused["rule"], paused["status"]) == ("every Friday", "paused")


async def test_several_questions_follow_each_other(house: tuple[Runtime, Caller], era: Era) -> None:
    """A key stands for what was first said, however often a person was asked since."""
    door = InProcess(*house)
    for client_name in ("Acme North", "Acme South"):
        await door.call("create_client", name=client_name)
        await door.call("create_project", client=client_name, name="Site")
    tasks = ("Design one", "Design two")
    for task in tasks:
        await door.call("create_task", project="acme south site", name=task)
    someone = Someone(choosing("Site (Acme South)"), choosing("Design two (Site)"))
    async with talking(house, era, someone) as client:
        given = {"project": "site", "task": "design", "duration": "1h"}
        meta: Any = {"hoursmith/key": "once"}
        first = await client.call_tool("log_time", given, meta=meta)
        again = await client.call_tool("log_time", given, meta=meta)
    assert (first.structured_content or {})["task"] == "Design two"
    assert again.structured_content == first.structured_content
    assert someone.answers == [], "the repeat asked nothing"


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (choosing("All of it, 10h"), 10 * 3600),
        (choosing("8h of it"), 8 * 3600),
        (choosing("Nothing"), None),
        (no, 10 * 3600),
        (nothing, 10 * 3600),
    ],
)
async def test_a_forgotten_timer_is_asked_about_and_stopping_never_fails(
    house: tuple[Runtime, Caller], clock: Clock, era: Era, answer: Answer, seconds: int | None
) -> None:
    door = InProcess(*house)
    await work_at_acme(door)
    await door.call("start_timer", project="redesign")
    clock.advance(hours=10)
    async with talking(house, era, Someone(answer)) as client:
        stopped = await call(client, "stop_timer")
    entries = stopped.get("time_entries", [])
    assert [one["duration_seconds"] for one in entries] == ([] if seconds is None else [seconds])


async def test_what_was_said_already_is_not_asked(
    house: tuple[Runtime, Caller], clock: Clock, era: Era
) -> None:
    door = InProcess(*house)
    await work_at_acme(door)
    for hours, given in ((10, {"keeping": "trim"}), (1, {})):
        await door.call("start_timer", project="redesign")
        clock.advance(hours=hours)
        someone = Someone()
        async with talking(house, era, someone) as client:
            await call(client, "stop_timer", **given)
        assert someone.asked == []


async def test_asking_works_over_http(sqlite_url: str, era: Era) -> None:
    with served(sqlite_url) as url:
        someone = Someone(yes)
        async with Client(url, mode=era, elicitation_callback=someone) as client:
            await call(client, "create_client", name="Acme", currency="EUR")
            await call(client, "create_project", client="Acme", name="Site", hourly_rate="90")
            await call(client, "log_time", project="site", duration="1h")
            proposed = await call(client, "preview_invoice", client="acme")
            draft = await call(client, "create_invoice", proposal=proposed["proposal"])
            assert (await call(client, "send_invoice", invoice=draft["id"]))["status"] == "SENT"
        assert len(someone.asked) == 1
    assert await diagnose(sqlite_url) == []
