"""Who can be asked and who cannot come to the same end, to the byte."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal

import pytest
from billing_scenes import drafted, issued, logged, work_at_acme
from houses import FRIDAY_MORNING_US, Clock, InProcess, open_house
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult
from rows import everything

from hoursmith_mcp.adapters.mcp.server import build_server

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

Arguments = dict[str, Any]
Era = Literal["legacy", "auto"]


@dataclass(frozen=True)
class Beginning:
    """Where conversations begin: a database, and the invoices that are spoken of."""

    path: Path
    ids: dict[str, str]


@dataclass(frozen=True)
class Step:
    """A call, and what its person says if they are asked: yes, no, or the title of a choice."""

    tool: str
    arguments: Arguments = field(default_factory=Arguments)
    says: str = ""
    advance_hours: int = 0


def step(tool: str, says: str = "", /, *, hours: int = 0, **arguments: Any) -> Step:
    return Step(tool, arguments, says, hours)


NORTH, SOUTH = "Site (Acme North)", "Site (Acme South)"

CONVERSATIONS: dict[str, list[Step]] = {
    "a yes to sending": [step("send_invoice", "yes", invoice="DRAFT")],
    "a no to sending": [step("send_invoice", "no", invoice="DRAFT")],
    "sending on a day": [step("send_invoice", "yes", invoice="DRAFT", issue_date="today")],
    "a no and then a yes": [
        step("send_invoice", "no", invoice="DRAFT"),
        step("send_invoice", "yes", invoice="DRAFT"),
    ],
    "cancelling what was sent": [step("cancel_invoice", "yes", invoice="SENT")],
    "not cancelling it after all": [step("cancel_invoice", "no", invoice="SENT")],
    "cancelling a draft, unasked": [step("cancel_invoice", invoice="DRAFT")],
    "sending, then cancelling": [
        step("send_invoice", "yes", invoice="DRAFT"),
        step("cancel_invoice", "yes", invoice="DRAFT"),
    ],
    "sending what is paid at once": [
        step("send_invoice", "yes", invoice="DRAFT"),
        step("record_payment", invoice="DRAFT"),
    ],
    "cancelling is refused": [
        step("record_payment", invoice="SENT", amount="1"),
        step("cancel_invoice", "yes", invoice="SENT"),
    ],
    "sending twice": [
        step("send_invoice", "yes", invoice="DRAFT"),
        step("send_invoice", "yes", invoice="DRAFT"),
    ],
    "one of two projects": [step("log_time", NORTH, project="site", duration="1h")],
    "the other of two projects": [step("log_time", SOUTH, project="site", duration="1h")],
    "none of two projects": [step("log_time", "no", project="site", duration="1h")],
    "one of two clients": [
        step("update_client", "Acme South", client="acm", phone="1"),
        step("create_project", "Acme North", client="acm", name="Shop"),
    ],
    "the clock on one of two": [step("start_timer", SOUTH, project="site")],
    "a long timer kept": [
        step("start_timer", NORTH, project="site"),
        step("stop_timer", "All of it, 9h", hours=9),
    ],
    "a long timer trimmed": [
        step("start_timer", NORTH, project="site"),
        step("stop_timer", "8h of it", hours=9),
    ],
    "a long timer discarded": [
        step("start_timer", NORTH, project="site"),
        step("stop_timer", "Nothing", hours=9),
    ],
    "a long timer nobody speaks of": [
        step("start_timer", NORTH, project="site"),
        step("stop_timer", "no", hours=9),
    ],
    "a day of work": [
        step("log_time", NORTH, project="site", duration="2h"),
        step("log_time", NORTH, project="site", duration="2h"),
        step("update_project", SOUTH, project="site", hourly_rate="50"),
        step("send_invoice", "yes", invoice="DRAFT"),
    ],
}

UNASKED = ("cancelling a draft, unasked", "cancelling is refused")
"""Conversations in which nothing comes up that anybody would be asked."""

KEEPING = {"All of it, 9h": "keep", "8h of it": "trim", "Nothing": "discard", "no": "keep"}


class Asked:
    """A client that can ask: its person answers what it shows them."""

    def __init__(self) -> None:
        """Begin with nothing to say."""
        self.says = ""
        self.questions = 0

    async def __call__(
        self, context: ClientRequestContext, params: ElicitRequestParams
    ) -> ElicitResult:
        """Answer the form."""
        self.questions += 1
        if self.says == "no":
            return ElicitResult(action="decline")
        schema: Any = getattr(params, "requested_schema", {})
        [(argument, form)] = schema["properties"].items()
        titles = {one["title"]: one["const"] for one in form.get("oneOf", [])}
        value = True if self.says == "yes" else titles[self.says]
        return ElicitResult(action="accept", content={argument: value})


async def with_asking(client: Client, asked: Asked, one: Step, arguments: Arguments) -> None:
    asked.says = one.says
    await client.call_tool(one.tool, arguments)


async def without_asking(client: Client, one: Step, arguments: Arguments) -> None:
    """Do as an assistant does whose client cannot ask: it asks by itself, and calls again."""
    if one.tool == "stop_timer":
        arguments = {"keeping": KEEPING[one.says]}
    result = await client.call_tool(one.tool, arguments)
    answer: Arguments = result.structured_content or {}
    if "confirm" in answer and one.says == "yes":
        await client.call_tool(one.tool, {**arguments, "confirm": answer["confirm"]})
    elif result.is_error and "candidates" in answer and one.says not in ("yes", "no", ""):
        chosen = next(one_id for title, one_id in _titles(answer) if title == one.says)
        [argument] = [name for name in ("project", "client") if name in arguments]
        await client.call_tool(one.tool, {**arguments, argument: chosen})


def _titles(answer: Arguments) -> list[tuple[str, str]]:
    return [
        (f"{one['name']} ({one['context']})" if "context" in one else one["name"], one["id"])
        for one in answer["candidates"]
    ]


async def end_of(
    conversation: list[Step], beginning: Beginning, era: Era, asked: Asked | None
) -> bytes:
    """Return everything that is stored at the end of a conversation; None is nobody to ask."""
    copy = beginning.path.with_name("conversation.db")
    shutil.copy(beginning.path, copy)
    clock, chance = Clock(FRIDAY_MORNING_US), Random(7)
    async with open_house(url_of(copy), clock=clock, entropy=chance.randbytes) as house:
        runtime, caller = house
        ids = beginning.ids
        server = build_server(runtime, lambda _: caller)
        async with Client(server, mode=era, elicitation_callback=asked) as client:
            for one in conversation:
                clock.advance(hours=one.advance_hours)
                arguments = {name: ids.get(value, value) for name, value in one.arguments.items()}
                if asked is not None:
                    await with_asking(client, asked, one, arguments)
                else:
                    await without_asking(client, one, arguments)
        return json.dumps(await everything(runtime), default=str, sort_keys=True).encode()


@pytest.fixture
async def beginning(tmp_path: Path, clock: Clock) -> Beginning:
    """Return a house with an invoice, a draft, and two projects of one name."""
    path = tmp_path / "beginning.db"
    async with open_house(url_of(path), clock=clock) as house:
        door = InProcess(*house)
        await work_at_acme(door, "2h")
        sent = await issued(door)
        await logged(door, "1h")
        draft = await drafted(door)
        for client in ("Acme North", "Acme South"):
            await door.call("create_client", name=client, currency="EUR")
            await door.call("create_project", client=client, name="Site")
    return Beginning(path, {"SENT": sent["id"], "DRAFT": draft["id"]})


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path.as_posix()}"


@pytest.mark.parametrize("era", ["legacy", "auto"])
@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_asked_or_not_the_end_is_the_same(name: str, era: Era, beginning: Beginning) -> None:
    asked = Asked()
    end = await end_of(CONVERSATIONS[name], beginning, era, asked)
    assert end == await end_of(CONVERSATIONS[name], beginning, era, None)
    assert bool(asked.questions) == (name not in UNASKED)


async def test_what_is_said_makes_a_difference(beginning: Beginning) -> None:
    names = ("one of two projects", "the other of two projects", "none of two projects")
    ends = {await end_of(CONVERSATIONS[one], beginning, "auto", Asked()) for one in names}
    assert len(ends) == 3
    assert len(CONVERSATIONS) >= 20
