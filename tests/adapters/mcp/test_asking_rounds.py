"""What clients of 2026 send back once they were asked, which anybody could have written."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from houses import Clock, InProcess, open_house
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitResult, InputRequiredResult
from people_asked import Someone, a_draft, talking
from rows import add_member, everything

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(sqlite_url: str, clock: Clock) -> AsyncGenerator[tuple[Runtime, Caller]]:
    async with open_house(sqlite_url, clock=clock) as opened:
        yield opened


async def ask(
    client: Client, tool: str, given: dict[str, Any], state: str | None = None, **replies: Any
) -> Any:
    """Make a call as clients of 2026 do, one round at a time."""
    answers: Any = {
        name: ElicitResult(action="accept", content={name: value})
        for name, value in replies.items()
    }
    return await client.session.call_tool(
        tool,
        given,
        input_responses=answers or None,
        request_state=state,
        allow_input_required=True,
    )


async def two_sites(house: tuple[Runtime, Caller]) -> InProcess:
    """Make two projects of one name, each with two tasks that one word names."""
    door = InProcess(*house)
    for client_name in ("Acme North", "Acme South"):
        await door.call("create_client", name=client_name)
        await door.call("create_project", client=client_name, name="Site")
        for task in ("Design one", "Design two"):
            await door.call("create_task", project=f"{client_name} site", name=task)
    return door


async def test_a_state_carries_what_was_said_through_several_rounds(
    house: tuple[Runtime, Caller],
) -> None:
    await two_sites(house)
    given = {"project": "site", "task": "design", "duration": "1h"}
    async with talking(house, "auto", Someone()) as client:
        first = await ask(client, "log_time", given)
        assert list(first.input_requests) == ["project"]
        project = options(first, "project")["Site (Acme South)"]
        second = await ask(client, "log_time", given, first.request_state, project=project)
        assert list(second.input_requests) == ["task"]
        task = options(second, "task")["Design two (Site)"]
        # Only what the open question offered answers it.
        with_other = await ask(client, "log_time", given, second.request_state, task="tk_other")
        assert with_other.structured_content["code"] == "declined"
        done = await ask(client, "log_time", given, second.request_state, task=task)
        assert (done.structured_content["client"], done.structured_content["task"]) == (
            "Acme South",
            "Design two",
        )
    assert len((await everything(house[0]))["time_entry"]) == 1


def options(asked: Any, argument: str) -> dict[str, str]:
    """Return what may be chosen in a round: values by their titles."""
    assert isinstance(asked, InputRequiredResult)
    request: Any = (asked.input_requests or {})[argument]
    field = request.params.requested_schema["properties"][argument]
    return {one["title"]: one["const"] for one in field["oneOf"]}


def tampered(state: str, **changed: Any) -> str:
    """Return a state in whose readable inside something was changed."""
    inside = json.loads(base64.urlsafe_b64decode(state))
    return base64.urlsafe_b64encode(json.dumps({**inside, **changed}).encode()).decode()


async def test_a_state_with_other_values_inside_can_do_no_more_than_its_caller(
    house: tuple[Runtime, Caller],
) -> None:
    draft = await a_draft(house)
    await two_sites(house)
    before = await everything(house[0])
    given = {"project": "site", "duration": "1h"}
    async with talking(house, "auto", Someone()) as client:
        asked = await ask(client, "log_time", given)
        state = tampered(asked.request_state, values=["pr_01hzzzzzzzzzzzzzzzzzzzzzzz"])
        chosen = await ask(
            client, "log_time", given, state, project="pr_01hzzzzzzzzzzzzzzzzzzzzzzz"
        )
        assert chosen.structured_content["code"] == "not_found"
        asked = await ask(client, "send_invoice", {"invoice": draft})
        state = tampered(asked.request_state, values=["cn_01hzzzzzzzzzzzzzzzzzzzzzzz"])
        sent = await ask(client, "send_invoice", {"invoice": draft}, state, confirm=True)
        assert sent.structured_content["code"] == "conflict"
        state = tampered(asked.request_state, answers={"invoice": draft, "nonsense": "x"})
        sent = await ask(client, "send_invoice", {"invoice": draft}, state, confirm=True)
        assert sent.is_error
    after = await everything(house[0])
    assert {**after, "confirmation": []} == {**before, "confirmation": []}


async def test_a_state_is_no_good_to_somebody_else_and_good_once(
    house: tuple[Runtime, Caller],
) -> None:
    draft = await a_draft(house)
    mia = await add_member(house[0], "Mia", role="ADMIN")
    before = await everything(house[0])
    given = {"invoice": draft}
    async with talking(house, "auto", Someone()) as client:
        asked = await ask(client, "send_invoice", given)
        async with talking((house[0], mia), "auto", Someone()) as mias:
            sent = await ask(mias, "send_invoice", given, asked.request_state, confirm=True)
        assert sent.structured_content["code"] == "conflict"
        after = await everything(house[0])
        assert after["invoice"] == before["invoice"]
        sent = await ask(client, "send_invoice", given, asked.request_state, confirm=True)
        assert sent.structured_content["status"] == "SENT"
        after = await everything(house[0])
        again = await ask(client, "send_invoice", given, asked.request_state, confirm=True)
        assert again.is_error
        assert (await everything(house[0]))["invoice"] == after["invoice"]


async def test_who_says_that_they_cannot_be_asked_is_not_taken_to_have_been(
    house: tuple[Runtime, Caller],
) -> None:
    draft = await a_draft(house)
    given = {"invoice": draft}
    async with talking(house, "auto", Someone()) as client:
        asked = await ask(client, "send_invoice", given)
    async with talking(house, "auto", None) as client:
        answer = await ask(client, "send_invoice", given, asked.request_state, confirm=True)
    assert answer.structured_content.keys() == {"would", "confirm"}
    assert {one["status"] for one in (await everything(house[0]))["invoice"]} == {"DRAFT"}


async def test_a_state_that_is_not_ours_is_refused(house: tuple[Runtime, Caller]) -> None:
    draft = await a_draft(house)
    before = await everything(house[0])
    async with talking(house, "auto", Someone()) as client:
        first = await client.session.call_tool(
            "send_invoice", {"invoice": draft}, allow_input_required=True
        )
        assert isinstance(first, InputRequiredResult)
        assert first.request_state is not None
        answers: Any = {"confirm": ElicitResult(action="accept", content={"confirm": True})}
        for state in ("", "e30=", first.request_state[:-8], "x" + first.request_state[1:]):
            with pytest.raises(MCPError) as refused:
                await client.session.call_tool(
                    "send_invoice",
                    {"invoice": draft},
                    input_responses=answers,
                    request_state=state,
                    allow_input_required=True,
                )
            assert refused.value.error.code == -32602
        # The answer to one question is none to another.
        other = await client.session.call_tool(
            "send_invoice",
            {"invoice": draft, "issue_date": "today"},
            input_responses=answers,
            request_state=first.request_state,
            allow_input_required=True,
        )
        assert not isinstance(other, InputRequiredResult)
        assert (other.structured_content or {})["code"] == "conflict"
    after = await everything(house[0])
    assert {**after, "confirmation": []} == {**before, "confirmation": []}


async def test_a_client_that_answers_nothing_is_asked_again(house: tuple[Runtime, Caller]) -> None:
    draft = await a_draft(house)
    async with talking(house, "auto", Someone()) as client:
        state = None
        for _ in range(2):
            asked = await client.session.call_tool(
                "send_invoice", {"invoice": draft}, request_state=state, allow_input_required=True
            )
            assert isinstance(asked, InputRequiredResult)
            state = asked.request_state
