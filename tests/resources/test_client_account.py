"""A client's account, read by address over MCP and by name in-process."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from billing_scenes import confirmed, drafted, logged, work_at_acme
from houses import Clock, Door, OverMcp, Refused
from mcp.shared.exceptions import MCPError
from rows import everything
from scenes import House

pytestmark = pytest.mark.anyio


async def read(door: Door, client: str) -> Any:
    if not isinstance(door, OverMcp):
        return await door.call("get_client_account", client=client)
    address = f"hoursmith://clients/{quote(client, safe='')}/account.json"
    try:
        result = await door.client.read_resource(address)
    except MCPError as error:
        data: Any = error.error.data
        raise Refused(data["error"]) from None
    return json.loads(result.contents[0].text)  # type: ignore[union-attr]  # ours are all text


async def test_an_account_shows_what_is_open_drafted_issued_and_owed(
    house: House, door: Door, clock: Clock
) -> None:
    await work_at_acme(door, "1h")
    sent = await confirmed(door, "send_invoice", invoice=(await drafted(door))["id"])
    await door.call("record_payment", invoice=sent["number"], amount="7.10")
    await logged(door, "2h")
    draft = await drafted(door)
    await logged(door, "3h", "30m")
    clock.advance(hours=24 * 20)
    before = await everything(house[0])
    shown = await read(door, "acme")
    assert (shown["client"], shown["currency"], shown["more"]) == ("Acme", "EUR", False)
    assert shown["unbilled"] == {"entries": 2, "hours": "3.5", "currency": "EUR", "total": "374.85"}
    assert [one["id"] for one in shown["drafts"]] == [draft["id"]]
    (issued,) = shown["invoices"]
    assert (issued["number"], issued["amount_due"], issued["overdue"]) == (
        sent["number"],
        "100.00",
        True,
    )
    (owed,) = shown["receivables"]
    assert (owed["due"], owed["days_1_to_30"], owed["current"]) == ("100.00", "100.00", "0.00")
    assert await everything(house[0]) == before


async def test_an_account_of_nothing_is_empty(door: Door) -> None:
    await work_at_acme(door)
    shown = await read(door, "Acme")
    assert shown["unbilled"] == {"entries": 0, "hours": "0"}
    assert (shown["drafts"], shown["invoices"], shown["receivables"]) == ([], [], [])


async def test_an_account_shows_time_without_a_rate_or_a_currency(door: Door) -> None:
    await door.call("set_up", time_zone="UTC")
    await door.call("create_client", name="Borg")
    await door.call("create_project", client="Borg", name="Shop")
    await logged(door, "2h", project="Shop")
    shown = await read(door, "Borg")
    assert shown["unbilled"] == {"entries": 1, "hours": "2", "hours_without_rate": "2"}


async def test_the_account_of_nobody_is_not_there(door: Door) -> None:
    with pytest.raises(Refused) as refused:
        await read(door, "nobody")
    assert refused.value.code == "not_found"
