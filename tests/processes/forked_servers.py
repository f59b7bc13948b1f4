"""Servers on stdio, each a process of its own, which read their clock where their test has it.

Run as a script, it loads all that a server needs once, and then makes a server by a fork for each
that knocks at its socket: who knocks sends an order, and the descriptors that the server is to
have. So a server takes milliseconds instead of a second. All of it is the program's own, but for
the clock.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from doomed_servers import load_everything
from stdio_doors import time_in

from hoursmith_mcp.adapters.mcp.context import Context, client_name, run_name
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.adapters.mcp.stdio import serve_stdio
from hoursmith_mcp.adapters.mcp.tools import definitions
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings, read_settings

if TYPE_CHECKING:
    from hoursmith_mcp.access.actor import Caller

LONGEST_ORDER = 1 << 16


async def serve(clock: Path) -> None:
    """Be a server, as the program is one without a command."""
    time = time_in(clock)
    runtime = Runtime(read_settings(os.environ), clock=lambda: time[0])

    def caller_of(context: Context) -> Caller:
        return runtime.local_caller("mcp-stdio", client=client_name(context), run=run_name(context))

    try:
        await serve_stdio(build_server(runtime, caller_of))
    finally:
        await runtime.close()


async def be_used(file: Path) -> None:
    """Make what else is made once: by the first list, and by the first call on a database."""
    runtime = Runtime(Settings(database_url=f"sqlite+aiosqlite:///{file.as_posix()}"))
    assert definitions(runtime.catalogue.tools("all"))
    overview = runtime.catalogue.operations["overview"]
    await runtime.invoke(overview, runtime.local_caller("mcp-stdio"), {})
    await runtime.close()


def be_ordered(line: socket.socket) -> None:
    """Become the server of an order, and tell who ordered it when it has ended well."""
    text, descriptors, _, _ = socket.recv_fds(line, LONGEST_ORDER, 3)
    for standard, descriptor in enumerate(descriptors):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    order = json.loads(text)
    os.environ.update(order["settings"])
    asyncio.run(serve(Path(order["clock"])))
    line.sendall(b"0")


def keep_making_servers(address: str) -> None:
    """Make a server for each who knocks, until stdin is closed."""
    load_everything()
    asyncio.run(be_used(Path(address).with_name("first.db")))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for them here.
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        print("ready", flush=True)
        while door in select.select([door, sys.stdin], [], [])[0]:
            line, _ = door.accept()
            if not os.fork():
                try:
                    be_ordered(line)
                finally:
                    # Tearing down all that was loaded takes longer than most tests.
                    os._exit(0)
            line.close()


if __name__ == "__main__":
    keep_making_servers(sys.argv[1])
