"""Clients: who the work is for."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Clock, Door
from rows import events, everything
from scenes import House, refused

pytestmark = pytest.mark.anyio

FULL: dict[str, Any] = {
    "name": "Acme",
    "currency": "EUR",
    "default_rate": "87.5",
    "email": "hello@acme.example",
    "contact_name": "Wile E.",
    "billing_email": "bills@acme.example",
    "phone": "+1 555",
    "website": "https://acme.example",
    "billing_address": "1 Canyon\nDesert",
    "tax_number": "DE123",
    "default_payment_terms": 14,
    "default_tax_rate": "19",
    "require_po_number": True,
    "notes": "Pays late",
}


async def test_a_client_is_made_with_all_that_is_known_of_it(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    client = await door.call("create_client", **{**FULL, "currency": "eur"})
    assert {name: client[name] for name in FULL} == {**FULL, "default_rate": "87.50"}
    assert client["archived"] is False
    assert "default_rate_starts_on" not in client
    assert client["available_actions"] == ["create_project", "update_client"]

    clock.advance(seconds=1)
    before = await everything(runtime)
    same = await door.call("update_client", client="acme", **FULL)
    assert same == client
    assert await everything(runtime) == before

    texts = [name for name, value in FULL.items() if isinstance(value, str)]
    clearing = {name: "" for name in texts if name not in ("name", "currency", "default_rate")}
    cleared = await door.call("update_client", client="acme", **clearing)
    assert not clearing.keys() & cleared.keys()
    changed = await door.call(
        "update_client",
        client="acme",
        name="Acme Corp",
        default_payment_terms=0,
        require_po_number=False,
        notes="Pays",
        default_tax_rate=8.875,
    )
    assert (changed["name"], changed["default_payment_terms"]) == ("Acme Corp", 0)
    assert (changed["require_po_number"], changed["notes"]) == (False, "Pays")
    assert changed["default_tax_rate"] == "8.875"
    assert [one["type"] for one in await events(runtime)] == [
        "client.created",
        "client.updated",
        "client.updated",
    ]


async def test_a_live_name_is_one_clients_alone(house: House, door: Door, clock: Clock) -> None:
    acme = await door.call("create_client", name="Acme")
    clock.advance(minutes=3)
    refusal = await refused(house, door, "create_client", name=" ACME ")
    assert refusal.code == "conflict"
    assert refusal.message == (
        f"There is a client of that name already: Acme ({acme['id']}). Use that one, or give "
        "another name."
    )
    assert refusal.error["candidates"] == [{"id": acme["id"], "name": "Acme"}]
    await door.call("create_client", name="Globex")
    assert (await refused(house, door, "update_client", client="Globex", name="acme")).code == (
        "conflict"
    )
    # Its own name in other letters is its own.
    renamed = await door.call("update_client", client="Acme", name="ACME")
    assert renamed["name"] == "ACME"


async def test_an_archived_client_is_out_of_the_way_until_it_is_brought_back(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    acme = await door.call("create_client", name="Acme")
    await door.call("create_project", client="Acme", name="Shop")
    archived = await door.call("update_client", client="Acme", archived=True)
    assert archived["archived"] is True
    assert archived["warnings"] == ["1 of its projects is still active."]
    assert archived["available_actions"] == ["update_client"]
    clock.advance(seconds=1)
    before = await everything(runtime)
    await door.call("update_client", client=acme["id"], archived=True)
    assert await everything(runtime) == before

    by_name = await refused(house, door, "create_project", client="Acme", name="Site")
    assert by_name.code == "not_found"
    assert by_name.message == (
        "The client Acme is archived; bring it back first with update_client, by its id."
    )
    by_id = await refused(house, door, "create_project", client=acme["id"], name="Site")
    assert by_id.code == "conflict"
    assert by_id.message == (
        "The client Acme is archived; bring it back first with update_client(archived=false)."
    )
    await door.call("create_client", name="Globex")
    await door.call("create_project", client="Globex", name="Site")
    moving = await refused(house, door, "update_project", project="Site", client=acme["id"])
    assert moving.message == by_id.message

    # Its name may be taken meanwhile; then it cannot come back under it.
    clock.advance(minutes=3)
    other = await door.call("create_client", name="Acme")
    refusal = await refused(house, door, "update_client", client=acme["id"], archived=False)
    assert (refusal.code, other["id"] in refusal.message) == ("conflict", True)
    back = await door.call("update_client", client=acme["id"], archived=False, name="Acme (old)")
    assert (back["archived"], back["name"]) == (False, "Acme (old)")
    assert back["warnings"] == []


async def test_a_clients_rate_needs_a_currency_and_can_be_dated(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await door.call("set_up", time_zone="UTC")
    refusal = await refused(house, door, "create_client", name="Acme", default_rate="90")
    assert refusal.message == (
        'default_rate: there is no currency to put it in. Give the client one (currency="EUR"), or '
        'the organisation, with set_up(currency="EUR").'
    )
    assert list(refusal.error["fields"]) == ["default_rate"]
    await door.call("set_up", currency="USD")
    client = await door.call("create_client", name="Acme", default_rate=90)
    assert (client["currency"], client["default_rate"]) == ("USD", "90.00")

    clock.advance(hours=24)
    raised = await door.call("update_client", client="Acme", default_rate="95.125")
    assert (raised["default_rate"], raised["default_rate_starts_on"]) == ("95.125", "2026-11-21")
    count = len(await events(runtime))
    planned = await door.call(
        "update_client", client="Acme", default_rate="100", rate_from="2027-01-01"
    )
    # Today's rate is what it was, and yet something was changed.
    assert planned["default_rate"] == "95.125"
    assert [one["type"] for one in (await events(runtime))[count:]] == ["client.updated"]
    clock.now_us += 45 * 24 * 3_600 * 1_000_000
    now = await door.call("update_client", client="Acme")
    assert (now["default_rate"], now["default_rate_starts_on"]) == ("100.00", "2027-01-01")


async def test_what_a_client_cannot_be_is_refused_in_one_sentence(house: House, door: Door) -> None:
    await door.call("create_client", name="Acme", currency="EUR")
    refusals: tuple[tuple[dict[str, Any], str], ...] = (
        (
            {"currency": "EURO"},
            'currency: "EURO" is not a currency; write its three letters (ISO 4217), like EUR, '
            "USD or GBP.",
        ),
        (
            {"default_rate": "1,200"},
            'default_rate: "1,200" is not a rate; write 95 or 87.50: digits alone, a point before '
            "decimals and nothing between thousands.",
        ),
        (
            {"default_rate": -1},
            'default_rate: "-1" is out of range; write a rate from 0 to 1000000, like 87.50.',
        ),
        (
            {"default_rate": "90", "rate_from": "yesterday"},
            'rate_from: "yesterday" is Thursday 2026-11-19, which is before today; write '
            "2026-11-19 where you mean that day.",
        ),
        (
            {"default_tax_rate": "101"},
            'default_tax_rate: "101" is out of range; write a percentage from 0 to 100, like 19.',
        ),
        ({"default_payment_terms": 366}, "default_payment_terms must be at most 365."),
        ({"name": " "}, "name: The name is empty; write at least one letter or digit."),
        ({"name": "x" * 201}, "name: The name has 201 characters; write at most 200."),
    )
    for given, sentence in refusals:
        refusal = await refused(house, door, "update_client", client="Acme", **given)
        assert (refusal.code, refusal.message) == ("validation_error", sentence)
