"""Explaining a number: what it is made of, as data and as a text that can be read aloud."""

from __future__ import annotations

import pytest
from billing_scenes import ONE_DOOR, issued, logged, work_at_acme
from houses import Door
from scenes import House, refused

pytestmark = [pytest.mark.anyio, ONE_DOOR]


async def test_an_invoice_is_explained_from_raw_time_to_its_total(door: Door) -> None:
    await work_at_acme(door, "2h")
    await logged(door, "50m", date="yesterday")
    await door.call("set_rounding", minutes="15", mode="up", per="entry")
    sent = await issued(door, discount="10%")
    told = await door.call("explain_amount", invoice=sent["number"])
    assert told["total"] == sent["total"] == "289.17"
    assert told["text"].splitlines() == [
        "Website redesign: 3 h × 90.00 = 270.00 EUR",
        "  rounding: up to 15 minutes per entry",
        "  Thursday 2026-11-19: 50m logged, 1h billed at 90.00, the project's rate",
        "  Friday 2026-11-20: 2h logged, 2h billed at 90.00, the project's rate",
        "Lines: 270.00 EUR",
        "Discount: -27.00 EUR, net 243.00 EUR",
        "Tax 19% of 243.00 EUR: 46.17 EUR",
        "Total: 289.17 EUR",
    ]


async def test_every_sum_of_an_explanation_is_in_its_data(door: Door) -> None:
    await work_at_acme(door, "2h")
    sent = await issued(door, discount="10%")
    told = await door.call("explain_amount", invoice=sent["number"])
    sums = ("subtotal", "discount_amount", "net", "total")
    assert [told[name] for name in sums] == ["180.00", "18.00", "162.00", "192.78"]
    assert told["tax_groups"] == [{"tax_rate": "19", "net": "162.00", "tax": "30.78"}]
    line_id = (await door.call("get_invoice", invoice=sent["id"]))["lines"][0]["id"]
    alone = await door.call("explain_amount", invoice=sent["id"], line=line_id)
    assert (alone["total"], alone["lines"][0]["tax_rate"]) == ("180.00", "19")
    assert alone["text"].splitlines()[-1] == "Before tax; its rate is 19%"
    assert not {"subtotal", "net", "tax_groups"} & alone.keys()


async def test_what_a_list_of_unbilled_work_says_can_be_explained(house: House, door: Door) -> None:
    await work_at_acme(door, "2h")
    await door.call("create_project", client="acme", name="Shop", hourly_rate="60")
    await logged(door, "1h", project="shop", date="2026-11-02")
    await logged(door, "3h", project="shop")
    for given, subject in (
        ({}, "Unbilled work of Acme"),
        ({"project": "shop"}, "Unbilled work of Acme, Shop"),
        (
            {"period": "2026-11-01..2026-11-05"},
            "Unbilled work of Acme, 2026-11-01..2026-11-05",
        ),
        (
            {"period": "2026-11-01..2026-11-05", "project": "shop"},
            "Unbilled work of Acme, Shop, 2026-11-01..2026-11-05",
        ),
    ):
        [listed] = (await door.call("list_unbilled", client="acme", **given))["clients"]
        told = await door.call("explain_amount", client="acme", **given)
        assert (told["subtotal"], told["total"]) == (listed["subtotal"], listed["total"]), given
        assert told["subject"] == subject
    alone = await door.call("explain_amount", project="shop")
    assert alone == await door.call("explain_amount", client="acme", project="shop")
    none = {"client": "acme", "period": "2026-01-01..2026-01-05"}
    assert (await refused(house, door, "explain_amount", **none)).code == "conflict"


async def test_hours_without_a_rate_or_a_currency_are_named(house: House, door: Door) -> None:
    await door.call("set_up", time_zone="UTC")
    await door.call("create_client", name="Borg")
    await door.call("create_project", client="Borg", name="Cube")
    await logged(door, "90m", project="cube")
    refusal = await refused(house, door, "explain_amount", client="borg")
    assert (refusal.code, refusal.message) == (
        "conflict",
        "Borg has no currency, so its work has no price. Give it one with "
        'update_client(currency="EUR"), or the organisation with set_up(currency="EUR").',
    )
    await door.call("update_client", client="borg", currency="EUR")
    told = await door.call("explain_amount", client="borg")
    assert (told["total"], told["lines"]) == ("0.00", [])
    assert told["warnings"] == [
        "1.5 h of Borg have no rate and are not in it: set one with update_project or "
        "update_client."
    ]
    await door.call("update_client", client="borg", default_rate="80")
    priced = await door.call("explain_amount", client="borg")
    assert (priced["subtotal"], priced["warnings"]) == ("120.00", [])


async def test_a_fee_is_explained_as_one(door: Door) -> None:
    await work_at_acme(door)
    await door.call(
        "create_project", client="acme", name="Logo", rate_type="FIXED", fixed_fee_amount="500"
    )
    unbilled = await door.call("explain_amount", client="acme")
    sent = await issued(door)
    told = await door.call("explain_amount", invoice=sent["id"])
    assert told["text"] == unbilled["text"]
    assert told["text"].splitlines()[:2] == [
        "Logo · fixed fee: 1 × 500.00 = 500.00 EUR",
        "  fixed fee of Logo, charged once",
    ]


async def test_a_line_and_unbilled_work_are_explained_alike(door: Door) -> None:
    await work_at_acme(door, "2h")
    unbilled = await door.call("explain_amount", client="acme")
    sent = await issued(door)
    whole = await door.call("explain_amount", invoice=sent["id"])
    assert (whole["lines"], whole["text"]) == (unbilled["lines"], unbilled["text"])
    [line] = (await door.call("get_invoice", invoice=sent["id"]))["lines"]
    alone = await door.call("explain_amount", invoice=sent["id"], line=line["id"])
    assert (alone["lines"], alone["total"]) == (whole["lines"], line["amount"])


async def test_an_issued_line_keeps_its_rate_and_says_since_when_it_held(door: Door) -> None:
    await work_at_acme(door)
    await door.call("set_rate", client="acme", rate="80")
    await door.call("set_rate", client="acme", rate="85", rate_from="2026-11-16")
    await door.call("create_project", client="acme", name="Shop")
    await logged(door, "1h", project="shop", date="2026-11-13")
    await logged(door, "1h", project="shop")
    sent = await issued(door)
    before = await door.call("explain_amount", invoice=sent["id"])
    await door.call("set_rate", client="acme", rate="500", rate_from="2026-11-16")
    assert await door.call("explain_amount", invoice=sent["id"]) == before
    rates = [
        (entry["rate"], entry["rate_level"], entry["rate_since"])
        for line in before["lines"]
        for entry in line["entries"]
    ]
    assert rates == [("80.00", "client", "always"), ("85.00", "client", "2026-11-16")]
    assert "1h billed at 85.00, the client's rate since Monday 2026-11-16" in before["text"]


async def test_what_has_no_number_to_explain_is_refused(house: House, door: Door) -> None:
    await work_at_acme(door)
    for given, code in (
        ({}, "validation_error"),
        ({"client": "acme", "invoice": "INV-1"}, "validation_error"),
        ({"client": "acme"}, "conflict"),
        ({"client": "acme", "line": "il_1"}, "validation_error"),
        ({"invoice": "INV-1", "period": "this week"}, "validation_error"),
        ({"invoice": "INV-1", "project": "redesign"}, "validation_error"),
        ({"invoice": "INV-1"}, "not_found"),
    ):
        assert (await refused(house, door, "explain_amount", **given)).code == code
    await logged(door, "1h")
    sent = await issued(door)
    refusal = await refused(house, door, "explain_amount", invoice=sent["id"], line="il_none")
    assert refusal.code == "not_found"
