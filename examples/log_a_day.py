"""Log a day's work from a program: `uv run --no-dev python examples/log_a_day.py hoursmith.db`.

Each note becomes an entry. Running it twice logs nothing twice, because every call carries a key.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import date

from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.toolkit import Toolkit

WORK = (
    ("1h30m", "Homepage sketches"),
    ("45m", "Call about the shop"),
    ("2h", "Checkout page"),
)


async def log_a_day(database: str, day: date) -> str:
    """Log the day's work on Acme's redesign and return what the day adds up to."""
    async with Toolkit.open(database, run=f"day-{day}") as kit:
        try:
            await kit.call("create_client", name="Acme", currency="EUR", key="acme")
            await kit.call("create_project", client="Acme", name="Website redesign", key="redesign")
        except Conflict as conflict:
            print(f"Already there: {conflict.message}")
        for duration, note in WORK:
            await kit.call(
                "log_time",
                project="acme redesign",
                duration=duration,
                date=day.isoformat(),
                note=note,
                key=f"{day} {note}",
            )
        page = await kit.call("list_time_entries", period=day.isoformat())
        return f"{page['total_hours']} h on {day}, in {page['total_entries']} entries."


if __name__ == "__main__":
    print(asyncio.run(log_a_day(sys.argv[1], date.today())))
