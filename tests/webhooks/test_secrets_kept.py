"""The secret of a webhook is told once, and kept from everything else that is written or said."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from dispatching import SETTINGS, dispatching, round
from houses import Clock, InProcess, open_house
from receivers import receiving, saying
from rows import everything
from test_signatures import documented_is_good

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

OK = saying("204 No Content")
House = tuple[Runtime, Caller]


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house that may send to this machine."""
    async with open_house(database_url, clock=clock, **SETTINGS) as opened:
        yield opened


async def test_it_is_in_no_row_log_event_or_second_answer(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    runtime, caller = house
    door = InProcess(runtime, caller)
    async with (
        receiving(saying("500 Oops")) as receiver,
        dispatching(runtime) as dispatcher,
    ):
        webhook: dict[str, Any] = {"url": str(receiver.url()), "events": ["*"]}
        for act in ("create_webhook", "rotate_webhook_secret"):
            asked = await door.call(act, **webhook)
            confirmed = {**webhook, "confirm": asked["confirm"]}
            made = await door.call(act, key=act, **confirmed)
            again = await door.call(act, key=act, **confirmed)
            assert again == {name: part for name, part in made.items() if name != "secret"}
            assert made["secret"].startswith("whsec_")
            webhook = {"webhook": made["id"]}
            await door.call("create_client", name=act)
            await round(dispatcher)
            told = json.dumps(
                [
                    await everything(runtime),
                    await door.call("list_webhooks"),
                    await door.call("list_events"),
                    await door.call("list_deliveries"),
                    await door.call("list_activity"),
                    [one.head + one.body.decode() for one in receiver.requests],
                    caplog.text,
                ]
            )
            assert made["id"] in told
            assert made["secret"].removeprefix("whsec_") not in told


async def test_ten_of_before_are_kept_and_no_more(house: House) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    secrets: list[str] = []
    async with receiving(OK) as receiver, dispatching(runtime) as dispatcher:
        given: dict[str, Any] = {"url": str(receiver.url()), "events": ["client.created"]}
        asked = await door.call("create_webhook", **given)
        made = await door.call("create_webhook", **given, confirm=asked["confirm"])
        webhook = {"webhook": made["id"]}
        for _ in range(12):
            secrets.append(made["secret"])
            asked = await door.call("rotate_webhook_secret", **webhook)
            made = await door.call("rotate_webhook_secret", **webhook, confirm=asked["confirm"])
        await door.call("create_client", name="Acme")
        await round(dispatcher)
    [one] = receiver.requests
    good = [documented_is_good(secret, one.headers_as_sent, one.body) for secret in secrets]
    assert good == [False] * 2 + [True] * 10
    assert documented_is_good(made["secret"], one.headers_as_sent, one.body)
