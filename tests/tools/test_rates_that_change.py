"""Rates that were set: what is said of them, and when a currency leaves them behind."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import drafted, logged, work_at_acme
from houses import Clock, Door
from scenes import House, refused

pytestmark = pytest.mark.anyio

FIRST = "It is the first rate, so it holds for all days before, too."


async def said(door: Door, operation: str, **given: Any) -> list[str]:
    """Make a call and return its warnings."""
    warnings: list[str] = (await door.call(operation, **given))["warnings"]
    return warnings


async def test_a_rate_is_said_back_where_it_does_not_hold_today(
    house: House, door: Door, clock: Clock
) -> None:
    await door.call("set_up", time_zone="UTC", currency="EUR")
    await door.call("create_client", name="Acme")
    await door.call("create_project", client="Acme", name="Shop")
    for operation, thing, argument in (
        ("update_client", {"client": "Acme"}, "default_rate"),
        ("update_project", {"project": "Shop"}, "hourly_rate"),
    ):
        given: dict[str, Any] = {"operation": operation, **thing}
        refusal = await refused(house, door, operation, **thing, rate_from="2099-01-01")
        assert refusal.message == (
            f"rate_from: it is the day from which {argument} holds: give that, too, or leave both."
        )
        assert await said(door, **given, **{argument: "90"}, rate_from="2026-12-01") == [FIRST]
        assert await said(door, **given, **{argument: "95"}) == []
        later = ["The rate is 120.00 EUR from Thursday 2099-01-01."]
        assert await said(door, **given, **{argument: "120"}, rate_from="2099-01-01") == later
        clock.advance(seconds=1)
        assert await said(door, **given, **{argument: "120"}, rate_from="2099-01-01") == later
        past = ["The rate is 80.00 EUR from Thursday 2026-10-01."]
        assert await said(door, **given, **{argument: "80"}, rate_from="2026-10-01") == past
        assert await said(door, **given) == []


async def test_rates_that_a_new_currency_leaves_behind_are_named(door: Door) -> None:
    await door.call("set_up", currency="EUR", hourly_rate="50")
    await door.call("create_client", name="Acme", default_rate="60")
    await door.call("create_client", name="Kyoto", currency="JPY", default_rate="9000")
    await door.call("create_project", client="Acme", name="Shop", hourly_rate="70")

    moved = await door.call("update_project", project="Shop", client="Kyoto")
    assert moved["warnings"] == ["Rates in EUR hold no longer: Shop (Kyoto). Set them anew."]
    priced = await door.call("update_project", project="Shop", client="Acme", hourly_rate="75")
    assert priced["warnings"] == []

    changed = await door.call("update_client", client="Acme", currency="USD", default_rate="65")
    assert changed["warnings"] == ["Rates in EUR hold no longer: Shop (Acme). Set them anew."]
    # Going back, it finds the rates of before.
    assert (await door.call("update_client", client="Acme", currency=""))["warnings"] == []
    set_up = await door.call("set_up", currency="GBP")
    assert set_up["warnings"] == [
        "Rates in EUR hold no longer: Acme, Shop (Acme), the organisation. Set them anew."
    ]
    assert (await door.call("set_up", currency="GBP"))["warnings"] == []


async def test_a_currency_stays_while_work_is_priced_in_it(house: House, door: Door) -> None:
    [entry] = await work_at_acme(door, "2h")
    way_out = "Invoice that first, or take it out: delete the draft, make the time not billable."
    refusal = await refused(house, door, "update_client", client="Acme", currency="USD")
    assert refusal.message == (
        f"The currency cannot change while work is priced in it: 2h of Acme. {way_out}"
    )
    draft = await drafted(door)
    refusal = await refused(house, door, "update_client", client="Acme", currency="USD")
    assert refusal.message == (
        f"The currency cannot change while work is priced in it: the draft {draft['id']}. {way_out}"
    )
    await door.call("delete_invoice", invoice=draft["id"])
    await door.call("update_time_entry", time_entry=entry["id"], billable=False)
    changed = await door.call("update_client", client="Acme", currency="USD")
    assert changed["currency"] == "USD"
    # The organisation's moves only what has none of its own.
    assert (await door.call("set_up", currency="GBP"))["default_currency"] == "GBP"


async def test_an_answer_says_what_a_new_rate_or_rounding_does_to_open_work(
    house: House, door: Door
) -> None:
    await work_at_acme(door)
    await door.call("create_project", client="acme", name="Shop")
    await logged(door, "50m", "1h", project="shop")
    assert await said(door, "set_up", hourly_rate="60") == [
        "2 unbilled entries are billed differently by this: 0.00 becomes 110.00 EUR before tax."
    ]
    assert await said(door, "set_up", rounding_minutes=15) == [
        "1 unbilled entry is billed differently by this: 110.00 becomes 120.00 EUR before tax."
    ]
    priced: dict[str, Any] = {"client": "acme", "default_rate": "90"}
    assert await said(door, "update_client", **priced) == [
        "2 unbilled entries are billed differently by this: 120.00 becomes 180.00 EUR before tax."
    ]
    assert await said(door, "update_client", **priced) == []
    assert await said(door, "update_client", client="acme", notes="Pays late.") == []
    assert await said(door, "set_up", rounding_minutes=15, hourly_rate="60") == []
    # The client's own rate goes first.
    assert await said(door, "set_up", hourly_rate="70") == []
