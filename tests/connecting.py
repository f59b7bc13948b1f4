"""MCP clients of both eras: in memory, over HTTP from a real server, over stdio from a process."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from houses import open_house
from mcp import Client, StdioServerParameters
from relays import Mode, before_relay
from served import served

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp.address import Address
from hoursmith_mcp.adapters.mcp.context import Context, client_name, run_name
from hoursmith_mcp.adapters.mcp.server import build_server

WAYS = ("memory-2025", "memory-2026", "http-2025", "http-2026")

# A process takes a second to start.
PROCESSES = [pytest.param(name, marks=pytest.mark.ci) for name in ("stdio-2025", "stdio-2026")]


RELAYS = [pytest.param(name, marks=pytest.mark.ci) for name in ("relay-2025", "relay-2026")]
ELSEWHERE = [*(pytest.param(way, marks=pytest.mark.ci) for way in WAYS[2:]), *PROCESSES, *RELAYS]
"""All that is not in memory, for what need not be seen over each of them every day."""


@asynccontextmanager
async def connected(
    name: str, database_url: str, *, message_handler: Any = None, **settings: Any
) -> AsyncGenerator[Client]:
    """Connect a client in one of the WAYS, to one of the PROCESSES or through one of the RELAYS.

    The processes take no settings.
    """
    way, era = name.split("-")
    mode: Mode = "legacy" if era == "2025" else "auto"
    if way == "memory":
        async with open_house(database_url, **settings) as (runtime, caller):

            def caller_of(context: Context) -> Caller:
                return replace(caller, client=client_name(context), run=run_name(context))

            server = build_server(runtime, caller_of)
            async with Client(server, mode=mode, message_handler=message_handler) as client:
                yield client
    elif way == "stdio":
        assert not settings
        environment = {"HOURSMITH_DATABASE_URL": database_url, "HOURSMITH_TOOLSETS": "all"}
        process = StdioServerParameters(
            command=sys.executable,
            args=["-m", "hoursmith_mcp"],
            env={**os.environ, **environment},
        )
        async with Client(process, mode=mode, message_handler=message_handler) as client:
            yield client
    else:
        with served(database_url, **{"toolsets": "all", **settings}) as url:
            there: Any = before_relay(Address(url)) if way == "relay" else url
            async with Client(there, mode=mode, message_handler=message_handler) as client:
                yield client
