"""The program's own processes, made by a fork, so that many of them can be killed in little time.

Run as a script, it loads all that `serve` needs once, and then takes orders, a line of JSON each:
to start one, which it answers with a number; to send one a signal, and to wait for its end where
the signal is one to end by. They live by the machine's clock and what a file adds to it.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from doomed_servers import load_everything
from stdio_doors import time_in

from hoursmith_mcp.__main__ import main

# What `serve` loads late otherwise, and what its first message does.
PRELOADED = (
    "hoursmith_mcp.adapters.application",
    "hoursmith_mcp.cli.running",
    "hoursmith_mcp.schedules.runner",
    "hoursmith_mcp.webhooks.dispatcher",
    "hoursmith_mcp.webhooks.work",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)


def be_ordered(order: dict[str, Any]) -> None:
    """Become the process of an order."""
    nothing = os.open(os.devnull, os.O_RDWR)
    errors = os.open(order["errors"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for standard, descriptor in enumerate((nothing, nothing, errors)):
        os.dup2(descriptor, standard)
    os.environ.clear()
    os.environ.update(order["environment"])
    added = time_in(Path(order["clock"]))
    real = time.time_ns
    time.time_ns = lambda: real() + added[0] * 1_000
    sys.argv[1:] = order["arguments"]
    main()


def start(order: dict[str, Any]) -> int:
    """Start a process and return its number."""
    child = os.fork()
    if not child:
        try:
            be_ordered(order)
        finally:
            os._exit(1)
    return child


def take_orders() -> None:
    """Start processes and send them signals, until stdin is closed."""
    load_everything()
    for name in PRELOADED:
        importlib.import_module(name)
    living: set[int] = set()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        child: int = order.get("process") or start(order)
        living.add(child)
        if wanted := order.get("signal"):
            os.kill(child, wanted)
        if wanted in (signal.SIGKILL, signal.SIGTERM):
            os.waitpid(child, 0)
            living.discard(child)
        print(child, flush=True)
    for child in living:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    take_orders()
