"""Running an example as a user would run it, on a house of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hoursmith_mcp.toolkit import Toolkit

EXAMPLES = Path(__file__).parents[2] / "examples"


def environment(**settings: str) -> dict[str, str]:
    """Return the environment of an example: nothing of whoever runs the tests is set in it."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("HOURSMITH_")}
    return {**own, **settings}


def url(database: Path) -> str:
    """Return the URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{database.as_posix()}"


def run(example: str, *arguments: str, **settings: str) -> str:
    """Run an example, which must succeed, and return what it prints."""
    command = [sys.executable, str(EXAMPLES / example), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment(**settings)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def call(database: Path, tool: str, **given: Any) -> dict[str, Any]:
    """Call a tool on a database, from outside of the example."""

    async def work() -> dict[str, Any]:
        async with Toolkit.open(database) as kit:
            return await kit.call(tool, **given)

    return asyncio.run(work())


def open_books(database: Path) -> None:
    """Found a business with two clients, each with a project that has its price."""

    async def work() -> None:
        async with Toolkit.open(database) as kit:
            await kit.call("set_up", currency="EUR", time_zone="UTC", rounding_minutes=0)
            for client, project in (("Acme", "Website redesign"), ("Globex", "Reactor")):
                await kit.call("create_client", name=client)
                await kit.call("create_project", client=client, name=project, hourly_rate="90")

    asyncio.run(work())
