"""People before a client that asks them, and a house with something to ask about."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Literal

from billing_scenes import drafted, work_at_acme
from houses import InProcess
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp.types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.runtime import Runtime

Era = Literal["legacy", "auto"]
Answer = Callable[[ElicitRequestFormParams], ElicitResult]


class Someone:
    """A person before a client: what they were asked, and what they say."""

    def __init__(self, *answers: Answer) -> None:
        """Take what they will say, in this order."""
        self.answers = list(answers)
        self.asked: list[ElicitRequestFormParams] = []

    async def __call__(
        self, context: ClientRequestContext, params: ElicitRequestParams
    ) -> ElicitResult:
        """Say the next thing."""
        assert isinstance(params, ElicitRequestFormParams)
        self.asked.append(params)
        return self.answers.pop(0)(params)


@asynccontextmanager
async def talking(
    house: tuple[Runtime, Caller], era: Era, someone: Someone | None
) -> AsyncGenerator[Client]:
    """Connect a client of an era, before which somebody sits, or nobody who can be asked."""
    runtime, caller = house
    server = build_server(runtime, lambda _: caller)
    async with Client(server, mode=era, elicitation_callback=someone) as client:
        yield client


async def a_draft(house: tuple[Runtime, Caller]) -> str:
    """Return the id of a draft that could be sent."""
    door = InProcess(*house)
    await work_at_acme(door, "2h")
    draft_id: str = (await drafted(door))["id"]
    return draft_id
