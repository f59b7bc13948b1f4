"""Houses to test in: a database of either kind, and the doors that lead into it."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest
from mcp import Client, StdioServerParameters
from relays import Mode, client_over_http, relayed
from rest_door import open_rest_door
from sqlalchemy import make_url
from stdio_doors import server_process, time_in

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings

FRIDAY_MORNING_US = 1_795_167_000_000_000
"""Friday 2026-11-20, 09:30 UTC: the day on which tests take place."""

SECRET_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
"""What secrets are encrypted with; no key file lies about, and PostgreSQL has none."""

IN_MEMORY = ("in-process", "mcp-2025", "mcp-2026")
OVER_MCP = (*IN_MEMORY[1:], "http-2025", "http-2026", "stdio-2025", "stdio-2026", "relay")
DOORS = (IN_MEMORY[0], *OVER_MCP, "rest")


def daily(*names: str, among: Iterable[str] = DOORS) -> list[Any]:
    """Return doors to go through in a test: those that are named every day, in `ci` all."""
    return [one if one in names else pytest.param(one, marks=pytest.mark.ci) for one in among]


POSTGRESQL_IN_CI = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.ci)], indirect=True
)
"""Where a test of the same by SQLite is enough for every day."""


@dataclass(eq=False)
class Refused(Exception):
    """A call that was refused: the `error` object that the door handed out."""

    error: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.error["code"])

    @property
    def message(self) -> str:
        """The error's sentence."""
        return str(self.error["message"])


class Clock:
    """A clock that stands still until it is told to go on; microseconds since the epoch."""

    def __init__(self, now_us: int) -> None:
        """Take the instant to begin at."""
        self._time = memoryview(bytearray(8)).cast("q")
        self.now_us = now_us

    @property
    def now_us(self) -> int:
        """The instant at which it stands."""
        return int(self._time[0])

    @now_us.setter
    def now_us(self, now_us: int) -> None:
        self._time[0] = now_us

    def share(self, file: Path) -> None:
        """Keep the time in a file from now on, where other processes read it, too."""
        time = time_in(file)
        time[0] = self.now_us
        self._time = time

    def __call__(self) -> int:
        """Tell the time."""
        return self.now_us

    def advance(self, *, hours: int = 0, minutes: int = 0, seconds: int = 0) -> None:
        """Let time pass."""
        self.now_us += ((hours * 60 + minutes) * 60 + seconds) * 1_000_000


class Door(Protocol):
    """A way into the house, the same for all doors."""

    @property
    def name(self) -> str:
        """The door's name."""
        ...

    async def call(self, operation: str, /, *, key: str | None = None, **given: Any) -> Any:
        """Call a tool and return its data; raises Refused."""
        ...


@dataclass(frozen=True)
class InProcess:
    """The door without any protocol; it asks before an act, as every door for assistants does."""

    runtime: Runtime
    caller: Caller
    name: str = "in-process"

    async def call(self, operation: str, /, *, key: str | None = None, **given: Any) -> Any:
        """Call an operation of the catalogue."""
        one = self.runtime.catalogue.operations.get(operation)
        if one is None:
            raise Refused({"code": "validation_error", "message": "There is no tool of that name."})
        try:
            answer = await self.runtime.invoke(one, self.caller, given, key=key, asking=True)
            return answer.data
        except HoursmithError as error:
            raise Refused(error.document()) from error


@dataclass(frozen=True)
class OverMcp:
    """The door of the Model Context Protocol, in one of its eras."""

    client: Client
    name: str

    async def call(self, operation: str, /, *, key: str | None = None, **given: Any) -> Any:
        """Call a tool; both forms of the answer must say the same."""
        meta: Any = {"hoursmith/key": key} if key is not None else None
        result = await self.client.call_tool(operation, given, meta=meta)
        data = result.structured_content
        text = "".join(getattr(part, "text", "") for part in result.content)
        if result.is_error:
            assert data is not None
            assert text == data["message"]
            raise Refused(data)
        assert json.loads(text) == data
        return data


@asynccontextmanager
async def open_door(name: str, runtime: Runtime, caller: Caller) -> AsyncGenerator[Door]:
    """Open a door into a running house for one caller."""
    if name == "in-process":
        yield InProcess(runtime, caller)
        return
    if name == "rest":
        async with open_rest_door(runtime, caller, Refused) as door:
            yield door
        return
    async with _client(name, runtime, caller) as client:
        yield OverMcp(client, name)


def _client(name: str, runtime: Runtime, caller: Caller) -> AbstractAsyncContextManager[Client]:
    """Return a client for one caller: in memory, or of a real server over a real wire."""
    way, _, era = name.partition("-")
    mode: Mode = "legacy" if era == "2025" else "auto"
    if way == "relay":
        return relayed(runtime, caller)
    if way == "http":
        return client_over_http(runtime, caller, mode)
    if way == "stdio":
        return Client(_server_process(runtime, caller), mode=mode)
    server = build_server(runtime, lambda _: caller)
    return Client(server, mode=mode, raise_exceptions=False)


def _server_process(runtime: Runtime, caller: Caller) -> StdioServerParameters:
    """Return how a process is started that serves the same house, at the same time, to a caller."""
    assert isinstance(runtime.clock, Clock)
    clock = Path(f"{make_url(runtime.database_url).database}.clock")
    runtime.clock.share(clock)
    return server_process(replace(runtime.settings, token=caller.token), clock)


@asynccontextmanager
async def open_house(
    database_url: str,
    *,
    clock: Clock | None = None,
    entropy: Callable[[int], bytes] = os.urandom,
    **settings: Any,
) -> AsyncGenerator[tuple[Runtime, Caller]]:
    """Open a house on a database, with the caller that is its owner, by token on PostgreSQL."""
    given: dict[str, Any] = {"toolsets": "all", "secret_key": SECRET_KEY, **settings}
    chosen = Settings(database_url=database_url, **given)
    with_chance = partial(Runtime, chosen, entropy=entropy)
    runtime = with_chance(clock=clock) if clock is not None else with_chance()
    try:
        caller = runtime.local_caller("test")
        if database_url.startswith("postgresql"):
            issued = await issue_token(runtime, name="tests")
            caller = Caller(door="test", token=issued.token)
        yield runtime, caller
    finally:
        await runtime.close()
