"""The command `demo`: a conversation with a real server, on a database that is gone afterwards."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hoursmith_mcp.cli.conversation import CONVERSATION, Turn

SPEAKER_WIDTH = 9


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
            answers: dict[str, dict[str, Any]] = {}
            for turn in CONVERSATION:
                answers[turn.tool] = await _take(console, client, turn, turn.given(answers))
    console.print(
        "\nThat database is gone. Yours begins in a client that knows the program: "
        "[bold]hoursmith-mcp install claude-code[/bold] sets one up, and the README has the others."
    )


async def _take(console: Any, client: Any, turn: Turn, arguments: dict[str, Any]) -> dict[str, Any]:
    """Show a turn as it is taken, and return what was answered."""
    console.print()
    _say(console, "You", turn.said, "bold cyan")
    started = time.perf_counter()
    result = await client.call_tool(turn.tool, arguments)
    milliseconds = (time.perf_counter() - started) * 1000
    shown = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    _say(console, "", f"{turn.tool}({shown})  {milliseconds:.0f} ms", "dim")
    if result.is_error:
        _say(console, "Refused", result.content[0].text, "red")
        raise SystemExit(1)
    answer: dict[str, Any] = result.structured_content
    _say(console, "Assistant", turn.told(answer), "bold green")
    return answer


def _say(console: Any, speaker: str, text: str, style: str) -> None:
    """Print who speaks in a column of its own, and what they say beside it."""
    from rich.table import Table
    from rich.text import Text

    line = Table.grid(padding=(0, 2, 0, 0))
    line.add_column(width=SPEAKER_WIDTH)
    line.add_column()
    line.add_row(Text(speaker, style), Text(text, "dim" if not speaker else ""))
    console.print(line)
