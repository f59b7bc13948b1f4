"""An agent that bills fifty times at once, over several processes, bills once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from houses import InProcess, open_house
from serving import served

from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

CALLS = 50
SERVERS = 4


async def set_the_scene(database_url: str) -> str:
    """Make a client with ten hours of unbilled time, and return the token that servers need."""
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Website", hourly_rate="95")
        for number in range(10):
            await door.call("log_time", project="Website", duration="1h", note=f"Part {number}")
        return caller.token


async def outcome(server: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool and return its answer, whether it was done or refused."""
    result = await server.ask("tools/call", {"name": tool, "arguments": arguments})
    data: dict[str, Any] = result["structuredContent"]
    return {"refused": result["isError"], **data}


async def test_fifty_proposals_over_the_same_time_make_one_invoice(
    database_url: str, tmp_path: Path
) -> None:
    token = await set_the_scene(database_url)
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(served(database_url, tmp_path, token=token))
            for _ in range(SERVERS)
        ]
        proposals = await asyncio.gather(
            *(servers[n % SERVERS].call("preview_invoice", client="Acme") for n in range(CALLS))
        )
        answers = await asyncio.gather(
            *(
                outcome(servers[(n + 1) % SERVERS], "create_invoice", proposal=one["proposal"])
                for n, one in enumerate(proposals)
            )
        )
    made = [answer for answer in answers if not answer["refused"]]
    refused = [answer for answer in answers if answer["refused"]]
    assert len(made) == 1
    assert len(refused) == CALLS - 1
    for answer in refused:
        assert answer["code"] == "conflict"
        assert made[0]["id"] in str(answer["difference"])
    assert await diagnose(database_url) == []


async def test_fifty_drafts_that_are_sent_at_once_have_numbers_without_a_gap(
    database_url: str, tmp_path: Path
) -> None:
    async with open_house(database_url) as (runtime, caller):
        token = caller.token
        door = InProcess(runtime, caller)
        drafts: list[str] = []
        for number in range(CALLS):
            await door.call("create_client", name=f"Client {number}", currency="EUR")
            await door.call(
                "create_project", client=f"Client {number}", name="Work", hourly_rate="95"
            )
            await door.call("log_time", project=f"client {number} work", duration="10m")
            proposal = await door.call("preview_invoice", client=f"Client {number}")
            draft = await door.call("create_invoice", proposal=proposal["proposal"])
            drafts.append(draft["id"])
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(served(database_url, tmp_path, token=token))
            for _ in range(SERVERS)
        ]
        sent = await asyncio.gather(
            *(_send(servers[place % SERVERS], draft) for place, draft in enumerate(drafts))
        )
    year = sent[0][4:8]
    assert sorted(sent) == [f"INV-{year}-{number:04}" for number in range(1, CALLS + 1)]
    assert await diagnose(database_url) == []


async def _send(server: Any, draft: str) -> str:
    """Send a draft as an assistant does: asked, then confirmed; return its number."""
    question = await server.call("send_invoice", invoice=draft)
    answer = await server.call("send_invoice", invoice=draft, confirm=question["confirm"])
    number: str = answer["number"]
    return number
