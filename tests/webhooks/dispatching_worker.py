"""A process that does nothing but dispatch, with little patience, until it is killed."""

from __future__ import annotations

import asyncio
import os

from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import read_settings
from hoursmith_mcp.webhooks.dispatcher import Dispatcher
from hoursmith_mcp.webhooks.sender import Patience, Sender


async def work() -> None:
    """Dispatch."""
    runtime = Runtime(read_settings(os.environ))
    sender = Sender(runtime.outbound.rule, patience=Patience(0.3, 0.3, 0.3, 0.3))
    await runtime.database()
    print("ready", flush=True)
    await Dispatcher(runtime, sender).run()


if __name__ == "__main__":
    asyncio.run(work())
