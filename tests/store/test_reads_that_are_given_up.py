"""Who gives up on a read does not break the connection that it was on: the program still ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent.parent
PATIENCE_SECONDS = 30

GIVING_UP = """
import asyncio
import sys

import anyio
from sqlalchemy import text

sys.path.insert(0, sys.argv[2])
from houses import open_house


async def main() -> None:
    async with open_house(sys.argv[1]) as (runtime, caller):
        database = await runtime.database()
        for _ in range(20):
            with anyio.CancelScope() as scope:

                async def unit(session):
                    scope.cancel()
                    for _ in range(5):
                        await session.unscoped(text("SELECT 1"))
                    raise ValueError("nobody is there to hear this")

                await database.read(unit)
            assert scope.cancelled_caught
        actor = await runtime.identify(caller)
        print(actor.role.name)


asyncio.run(main())
"""


def test_a_program_whose_readers_gave_up_comes_to_its_end(sqlite_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", GIVING_UP, sqlite_url, str(TESTS)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "OWNER\n", "")
