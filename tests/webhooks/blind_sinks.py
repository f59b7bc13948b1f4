"""Every byte that a money-blind owner's receiver is sent by a house, whatever went before."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatching import SECRET, SETTINGS, add_endpoint, deliveries, dispatching, round
from houses import FRIDAY_MORNING_US, Clock, InProcess, open_house
from receivers import Answering, Received, Receiver, receiving, saying
from rows import change_role
from test_signatures import documented_is_good
from worlds import MEMBER, Amounts, build, seeded

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.event_types import EVENT_TYPES
from hoursmith_mcp.webhooks.dispatcher import Dispatcher

OK = saying("204 No Content")
NOT_COMPARED = {"host", "webhook-signature", "hoursmith-signature"}
"""The port is this run's, and signatures are seen to be good: they follow from body and time."""

OF_A_PLACE = {"content-length", "webhook-timestamp"}
"""What follows from how many messages there were, and from the chance in when one is repeated."""

_ID = re.compile(r"\b[a-z]+_[0-9a-z]{26}\b")
_SEQ = re.compile(r'"seq":\d+')


@dataclass
class Sink:
    """A house, and the receiver of its member, who was a manager once and sees no money now."""

    runtime: Runtime
    owner: InProcess
    member: Caller
    clock: Clock
    receiver: Receiver
    dispatcher: Dispatcher
    answers: dict[str, bytes]
    """Under "now", what the receiver says to a message."""
    webhook_id: str = ""

    async def listen(self, **values: Any) -> None:
        """Let the member's receiver be told of everything since the house was founded."""
        url = self.receiver.url()
        past: dict[str, Any] = {"event_sequence": 0, **values}
        self.webhook_id = await add_endpoint(self.runtime, self.member, url, **past)

    async def look(self) -> None:
        """Send all that there is to be sent."""
        before, after = None, await self._doing()
        while before != after:
            await round(self.dispatcher)
            self.clock.advance(seconds=1)
            before, after = after, await self._doing()

    async def _doing(self) -> tuple[int, Counter[str]]:
        """Return how much was sent, and how the messages stand: some are withheld."""
        states = Counter(row["state"] for row in await deliveries(self.runtime))
        return len(self.receiver.requests), states

    async def replay(self) -> None:
        """Send everything again."""
        await self.owner.call("replay_deliveries", webhook=self.webhook_id)
        await self.look()

    async def try_out(self) -> None:
        """Send a test of every type."""
        for type in EVENT_TYPES:
            await self.owner.call("send_test_event", webhook=self.webhook_id, event=type)
        await self.look()

    async def become(self, role: str) -> None:
        """Give the member another role."""
        await change_role(self.runtime, MEMBER, role)

    async def work(self, amounts: Amounts) -> None:
        """Let things happen that the member sees, and some that are about money."""
        mia = InProcess(self.runtime, self.member)
        call = self.owner.call
        await mia.call("log_time", project="Website", duration="25m", note="after hours")
        await call("set_rate", task="Design", rate=amounts.rates[1])
        await call("update_project", project="Website", hourly_rate=amounts.rates[1])
        await call("update_project", project="Website", description="Told to all")
        await call("create_task", project="Website", name="Launch", assignees=[MEMBER])
        await call("update_client", client="Acme", default_rate=amounts.rates[0])
        self.clock.advance(minutes=30)
        await mia.call("stop_timer")
        await self.look()


@asynccontextmanager
async def open_sink(url: str, amounts: Amounts) -> AsyncGenerator[Sink]:
    """Build a house with these amounts, and open a receiver beside it."""
    clock, answers = Clock(FRIDAY_MORNING_US), {"now": OK}
    async with open_house(url, clock=clock, entropy=seeded(1), **SETTINGS) as (runtime, owner):
        member = await build(runtime, owner, clock, amounts)
        house = InProcess(runtime, owner)
        async with receiving(_saying(answers)) as receiver, dispatching(runtime) as dispatcher:
            yield Sink(runtime, house, member, clock, receiver, dispatcher, answers)


def _saying(answers: dict[str, bytes]) -> Answering:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers["now"])

    return answer


async def found_twice(folder: Path) -> tuple[str, str]:
    """Found one house in two files; returns their URLs."""
    first, second = (folder / name for name in ("one.db", "other.db"))
    clock = Clock(FRIDAY_MORNING_US)
    async with open_house(_url(first), clock=clock, entropy=seeded(0)) as (runtime, _):
        await runtime.database()
    shutil.copy(first, second)
    return _url(first), _url(second)


def shown(requests: list[Received], *, placed: bool = True) -> str:
    """Return what was sent as it can be compared: ids by their order, for they are of chance.

    Where messages were given their places in other times, they are not compared as `placed`: who
    saw all of them could count them.
    """
    left_out = NOT_COMPARED if placed else NOT_COMPARED | OF_A_PLACE
    told: list[str] = []
    for one in sorted(requests, key=_moment if placed else _place):
        assert documented_is_good(SECRET, one.headers_as_sent, one.body)
        lines = one.head.split("\r\n")
        told += [line for line in lines if line.partition(":")[0].lower() not in left_out]
        told.append(one.body.decode())
    ids: dict[str, str] = {}
    text = _ID.sub(lambda id: ids.setdefault(id[0], f"id {len(ids)}"), "\n".join(told))
    return text if placed else _SEQ.sub("", text)


def _moment(one: Received) -> tuple[int, int]:
    """Say when a message was sent; those of one moment arrive side by side."""
    return int(one.headers["webhook-timestamp"]), _place(one)


def _place(one: Received) -> int:
    return int(json.loads(one.body)["seq"])


def _url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path.as_posix()}"
