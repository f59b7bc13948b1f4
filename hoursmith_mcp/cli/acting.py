"""How commands call an operation: on the database, or on the server that HOURSMITH_URL names."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from hoursmith_mcp.access.actor import Caller, Trust
from hoursmith_mcp.catalogue import named
from hoursmith_mcp.cli.house import house, run_to_its_end
from hoursmith_mcp.settings import Settings, read_settings

DOOR = "command line"


def act(operation: str, **given: Any) -> dict[str, Any]:
    """Run an operation with what was given of its arguments, and return its data.

    A refusal is printed and ends with status 1. On a database without a token it acts for the
    owner, on PostgreSQL too: who may run the house can read and write it all anyway.
    """
    arguments = {name: value for name, value in given.items() if value is not None}

    async def work() -> dict[str, Any]:
        settings = read_settings(os.environ)
        if settings.url:
            return await on_server(settings.url, settings.token, operation, arguments)
        return await in_house(settings, settings.token, operation, arguments)

    return run_to_its_end(work())


async def in_house(
    settings: Settings, token: str, operation: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Run an operation on the database, at once."""
    async with house(settings) as runtime:
        caller = Caller(
            door=DOOR,
            token=token,
            trust=Trust.OWNER_OF_FILE,
            organization_id=settings.organization,
            client="hoursmith-mcp",
        )
        one = named(runtime.catalogue.operations, operation)
        return (await runtime.invoke(one, caller, arguments)).data


async def on_server(
    url: str, token: str, operation: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Run an operation on a server; what it asks first is confirmed, as the command says it."""
    from hoursmith_mcp.adapters.mcp.address import read_address
    from hoursmith_mcp.adapters.mcp.remote import open_remote
    from hoursmith_mcp.questions import CONFIRM

    address = replace(read_address(url, token), toolsets="all")
    async with open_remote(address, door=DOOR) as remote:
        answer = await remote.call(operation, arguments)
        if CONFIRM in answer and "would" in answer:
            return await remote.call(operation, {**arguments, CONFIRM: answer[CONFIRM]})
        return answer
