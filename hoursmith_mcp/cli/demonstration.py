"""The command `demo`: a conversation with a real server, on a database that is gone afterwards."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPEAKER_WIDTH = 9


@dataclass(frozen=True)
class Turn:
    """What a person says, the call that an assistant makes of it, and what it answers."""

    said: str
    tool: str
    arguments: dict[str, Any]
    told: Callable[[dict[str, Any]], str]


CONVERSATION = (
    Turn(
        "I'm setting up. We are Studio Lovelace, in Berlin, and we bill in euros at 80 an hour.",
        "set_up",
        {
            "name": "Studio Lovelace",
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "hourly_rate": "80",
            "address": "Torstraße 1, 10119 Berlin",
        },
        lambda data: (
            f"{data['name']} is set up: {data['default_currency']}, {data['time_zone']}, "
            f"billed time rounded {data['rounding']}."
        ),
    ),
    Turn(
        "New client: Acme Ltd.",
        "create_client",
        {"name": "Acme", "currency": "EUR"},
        lambda data: f"{data['name']} is there. Next you could: {data['available_actions'][0]}.",
    ),
    Turn(
        "They want their website redesigned, at 95 an hour.",
        "create_project",
        {"client": "Acme", "name": "Website redesign", "hourly_rate": "95"},
        lambda data: (
            f"{data['name']} for {data['client']}, at {data['hourly_rate']} {data['currency']} "
            f"an hour (the {data['rate_from']}'s own rate)."
        ),
    ),
    Turn(
        "Log two hours to the Acme redesign for today, homepage sketches.",
        "log_time",
        {"project": "acme redesign", "duration": "2h", "note": "Homepage sketches"},
        lambda data: (
            f"{data['duration']} on {data['project']}, {data['weekday']} {data['entry_date']}. "
            f"That day has {data['day_total']}."
        ),
    ),
    Turn(
        "Sorry, did that go through? Log it again to be safe.",
        "log_time",
        {"project": "acme redesign", "duration": "2h", "note": "Homepage sketches"},
        lambda data: (
            "It had gone through; I changed nothing."
            if data.get("repeated")
            else "It was logged twice!"
        ),
    ),
    Turn(
        "And yesterday I had an hour and a half of calls with them.",
        "log_time",
        {
            "project": "redesign",
            "duration": "1h30m",
            "date": "yesterday",
            "note": "Calls with the client",
        },
        lambda data: f"{data['duration']} on {data['weekday']} {data['entry_date']}.",
    ),
    Turn(
        "What did I do in the last seven days?",
        "list_time_entries",
        {"period": "last 7 days"},
        lambda data: "\n".join(
            [
                *(
                    f"{entry['weekday'][:3]} {entry['entry_date']}  {entry['duration']:>6}  "
                    f"{entry['project']}: {entry['note']}"
                    for entry in data["time_entries"]
                ),
                f"{data['total_hours']} h in all, {data['billable_hours']} h of it billable.",
            ]
        ),
    ),
    Turn(
        "Where do we stand?",
        "overview",
        {},
        lambda data: (
            f"Today is {data['weekday']} {data['today']} in {data['time_zone']}. "
            f"{data['today_hours']} h today, {data['week_hours']} h this week; "
            + ("no timer is running." if "timer" not in data else "a timer is running.")
        ),
    ),
)


def demo() -> None:
    """Watch a short conversation with a real server, on a database that is gone afterwards."""
    asyncio.run(_converse())


async def _converse() -> None:
    from mcp import Client, StdioServerParameters
    from rich.console import Console

    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="hoursmith-demo-") as folder:
        database = f"sqlite+aiosqlite:///{(Path(folder) / 'demo.db').as_posix()}"
        own = {name: text for name, text in os.environ.items() if name.startswith("HOURSMITH_")}
        environment = {name: text for name, text in os.environ.items() if name not in own}
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "hoursmith_mcp"],
            env={**environment, "HOURSMITH_DATABASE_URL": database},
        )
        console.print("[bold]Hoursmith[/bold], as an assistant uses it: a real server, over stdio.")
        async with Client(server) as client:
            for turn in CONVERSATION:
                await _take(console, client, turn)
    console.print(
        "\nThat database is gone. Yours begins with: [bold]hoursmith-mcp[/bold] in a client."
    )


async def _take(console: Any, client: Any, turn: Turn) -> None:
    console.print()
    _say(console, "You", turn.said, "bold cyan")
    started = time.perf_counter()
    result = await client.call_tool(turn.tool, turn.arguments)
    milliseconds = (time.perf_counter() - started) * 1000
    shown = ", ".join(f"{name}={value!r}" for name, value in turn.arguments.items())
    _say(console, "", f"{turn.tool}({shown})  {milliseconds:.0f} ms", "dim")
    if result.is_error:
        _say(console, "Refused", result.content[0].text, "red")
        raise SystemExit(1)
    _say(console, "Assistant", turn.told(result.structured_content), "bold green")


def _say(console: Any, speaker: str, text: str, style: str) -> None:
    """Print who speaks in a column of its own, and what they say beside it."""
    from rich.table import Table
    from rich.text import Text

    line = Table.grid(padding=(0, 2, 0, 0))
    line.add_column(width=SPEAKER_WIDTH)
    line.add_column()
    line.add_row(Text(speaker, style), Text(text, "dim" if not speaker else ""))
    console.print(line)
