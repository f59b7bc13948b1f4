"""A webhook that was made under another rule is held to the one of now, each time it is sent to."""

from __future__ import annotations

from typing import Any

import pytest
from dispatching import SETTINGS, add_endpoint, attempts, deliveries, dispatching, round
from houses import Clock, InProcess, open_house
from receivers import receiving, saying

from hoursmith_mcp.webhooks.dispatcher import Dispatcher

pytestmark = pytest.mark.anyio

STORED = (
    "http://127.0.0.1:{port}/in",
    "http://localhost:{port}/in",
    "http://0x7f.1:{port}/in",
    "http://[::ffff:127.0.0.1]:{port}/in",
    "http://user:pass@127.0.0.1:{port}/in",
    "https://127.0.0.1:{port}/in",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
)


async def test_what_is_stored_goes_nowhere_that_is_not_allowed_now(
    sqlite_url: str, clock: Clock
) -> None:
    """A file may come from elsewhere, and a setting may be taken back."""
    closed: dict[str, Any] = {**SETTINGS, "webhook_allow": ""}
    async with (
        receiving(saying("204 No Content")) as receiver,
        open_house(sqlite_url, clock=clock, **closed) as (runtime, caller),
    ):
        for url in STORED:
            await add_endpoint(runtime, caller, url.format(port=receiver.port), "client.created")
        await InProcess(runtime, caller).call("create_client", name="Acme")
        dispatcher = Dispatcher(runtime)
        await round(dispatcher)
        assert receiver.connections == 0
        tried = await attempts(runtime)
        assert [row["fault"] for row in tried] == ["no_address"] * len(STORED)
        assert {row["beginning"] for row in tried} == {""}
        assert {row["state"] for row in await deliveries(runtime)} == {"pending"}
        # Those of the one address that is named again are reached, and the others are not.
        async with open_house(sqlite_url, clock=clock, **SETTINGS) as (allowing, _):
            clock.advance(minutes=1)
            async with dispatching(allowing) as again:
                await round(again)
        assert {one.headers["host"] for one in receiver.requests} <= {
            f"127.0.0.1:{receiver.port}",
            f"localhost:{receiver.port}",
            f"[::ffff:7f00:1]:{receiver.port}",
        }
        assert receiver.requests
