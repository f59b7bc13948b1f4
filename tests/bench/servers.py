"""The servers that are measured over stdio, and the call that is made on each."""

from __future__ import annotations

import datetime as dt
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters, types

FLOORS = Path(__file__).parent / "floors"

PER_DAY = 600  # One-minute entries; a day has room for 24 hours.


class Served(ABC):
    """A server and the call that is measured on it."""

    @abstractmethod
    def process(self, folder: Path) -> StdioServerParameters:
        """Say how it is started; it keeps what it keeps in `folder`."""

    async def prepare(self, client: Client) -> None:
        """Make what the call needs, in a fresh folder."""
        return

    @abstractmethod
    async def call(self, client: Client, number: int) -> None:
        """Make the call for the `number`th time."""


class BareSdk(Served):
    """The floor: nothing but the SDK."""

    def process(self, folder: Path) -> StdioServerParameters:  # noqa: D102
        return StdioServerParameters(
            command=sys.executable, args=[str(FLOORS / "bare_stdio.py")], cwd=folder
        )

    async def call(self, client: Client, number: int) -> None:  # noqa: D102
        await done(client, "noop")


class Hoursmith(Served):
    """The subject: the real server on a database of its own."""

    def process(self, folder: Path) -> StdioServerParameters:  # noqa: D102
        return StdioServerParameters(
            command=sys.executable,
            args=["-m", "hoursmith_mcp"],
            env={"HOURSMITH_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bench.db'}"},
            cwd=folder,
        )

    async def prepare(self, client: Client) -> None:  # noqa: D102
        await done(client, "create_client", name="Acme", currency="EUR")
        await done(client, "create_project", client="Acme", name="Site", hourly_rate="90")

    async def call(self, client: Client, number: int) -> None:  # noqa: D102
        day = dt.date.today() - dt.timedelta(days=1 + number // PER_DAY)
        await done(
            client,
            "log_time",
            project="Site",
            duration="1m",
            date=day.isoformat(),
            note=f"n {number}",
        )


async def done(client: Client, tool: str, /, **arguments: Any) -> None:
    """Call a tool; a call that failed would be measured as a fast one."""
    result = await client.call_tool(tool, arguments)
    if result.is_error:
        said = " ".join(part.text for part in result.content if isinstance(part, types.TextContent))
        raise RuntimeError(f"{tool}: {said}")
