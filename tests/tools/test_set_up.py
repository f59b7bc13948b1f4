"""Setting the business up, and oneself."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Clock, Door
from rows import activities, add_member, events, everything
from scenes import House, refused

pytestmark = pytest.mark.anyio


async def test_every_setting_can_be_set_and_what_may_be_absent_cleared(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    fresh = await door.call("set_up")
    assert fresh["missing"] == ["name", "currency", "address"]
    assert fresh["rounding"] == "up to 15 minutes per entry"
    assert fresh["week_start"] == "monday"
    assert await events(runtime) == []

    given: dict[str, Any] = {
        "name": "Studio Ada",
        "currency": "eur",
        "time_zone": "Europe/Berlin",
        "hourly_rate": 87.5,
        "address": "1 Main St\nBerlin",
        "legal_name": "Ada GmbH",
        "tax_id": "DE123",
        "email": "hi@ada.example",
        "website": "https://ada.example",
        "week_start": "sunday",
        "payment_terms": 30,
        "default_tax_rate": "19",
        "rounding_minutes": 6,
        "rounding_mode": "nearest",
        "rounding_per": "line",
        "invoice_number_pattern": "{yyyy}/{number:3}",
        "bank_details": "IBAN DE00",
        "your_name": "Ada Lovelace",
        "your_email": "Ada@Example.com",
    }
    clock.advance(seconds=1)
    done = await door.call("set_up", **given)
    shown: dict[str, Any] = {
        "name": "Studio Ada",
        "default_currency": "EUR",
        "time_zone": "Europe/Berlin",
        "hourly_rate": "87.50",
        "address": "1 Main St\nBerlin",
        "legal_name": "Ada GmbH",
        "tax_id": "DE123",
        "business_email": "hi@ada.example",
        "business_website": "https://ada.example",
        "week_start": "sunday",
        "payment_terms": 30,
        "default_tax_rate": "19",
        "rounding": "nearest to 6 minutes per line",
        "invoice_number_pattern": "{yyyy}/{number:3}",
        "bank_details": "IBAN DE00",
        "missing": [],
    }
    assert {name: done[name] for name in shown} == shown
    you = done["you"]
    assert (you["name"], you["email"], you["role"]) == ("Ada Lovelace", "ada@example.com", "OWNER")
    overview = await door.call("overview")
    assert (overview["organization"], overview["member"]) == ("Studio Ada", "Ada Lovelace")

    before = await everything(runtime)
    clock.advance(seconds=1)
    assert await door.call("set_up", **given) == done
    assert await everything(runtime) == before

    texts = ["address", "legal_name", "tax_id", "email", "website", "bank_details", "your_email"]
    cleared = await door.call("set_up", **{name: "" for name in texts}, default_tax_rate="")
    assert (
        not {
            *("address", "legal_name", "tax_id", "business_email", "business_website"),
            *("bank_details", "default_tax_rate"),
        }
        & cleared.keys()
    )
    assert cleared["missing"] == ["address"]
    assert "email" not in cleared["you"]
    assert (await door.call("set_up", rounding_minutes=0))["rounding"] == "none"


async def test_every_kind_of_setting_is_told_of(house: House, door: Door, clock: Clock) -> None:
    runtime, _ = house
    await door.call("set_up", currency="EUR")
    for given, kinds in (
        ({"hourly_rate": "90"}, ["organization.updated"]),
        ({"your_name": "Ada"}, ["member.updated"]),
        ({"name": "Studio", "your_name": "Ada L."}, ["organization.updated", "member.updated"]),
        ({"your_name": "Ada L.", "hourly_rate": "90.00"}, []),
    ):
        clock.advance(seconds=1)
        count = len(await events(runtime))
        await door.call("set_up", **given)
        assert [one["type"] for one in (await events(runtime))[count:]] == kinds
        assert len(await activities(runtime)) == len(await events(runtime))


async def test_what_cannot_be_set_is_refused_with_the_way_out(house: House, door: Door) -> None:
    pattern = "write it like INV-{yyyy}-{number:4}, with {yyyy}, {yy}, {mm} or {dd} of the issue."
    refusals: tuple[tuple[dict[str, Any], str], ...] = (
        (
            {"time_zone": "Berlin"},
            'time_zone: "Berlin" is not a time zone; write its IANA name, like Europe/Berlin.',
        ),
        (
            {"time_zone": "america/new_york"},
            'time_zone: "america/new_york" is not a time zone; write its IANA name, like '
            "America/New_York.",
        ),
        (
            {"currency": "€"},
            'currency: "€" is not a currency; write its three letters (ISO 4217), like EUR, USD '
            "or GBP.",
        ),
        (
            {"hourly_rate": "90"},
            'hourly_rate: there is no currency to put it in. Give the client one (currency="EUR"), '
            'or the organisation, with set_up(currency="EUR").',
        ),
        (
            {"invoice_number_pattern": "INV-{yyyy}"},
            "invoice_number_pattern: A number pattern holds {number} exactly once; " + pattern,
        ),
        (
            {"invoice_number_pattern": "{number}{number}"},
            "invoice_number_pattern: A number pattern holds {number} exactly once; " + pattern,
        ),
        (
            {"invoice_number_pattern": "{client}-{number}"},
            'invoice_number_pattern: "{client}" is not understood in a number pattern; ' + pattern,
        ),
        (
            {"your_email": "ada at example"},
            'your_email: "ada at example" is no e-mail address; write it like ada@example.com.',
        ),
        (
            {"rounding_minutes": False},
            "rounding_minutes must be one of 0, 1, 5, 6, 10, 15, 30 or 60.",
        ),
        ({"rounding_minutes": 7}, "rounding_minutes must be one of 0, 1, 5, 6, 10, 15, 30 or 60."),
        ({"payment_terms": -1}, "payment_terms must be at least 0."),
        (
            {"week_start": "Funday"},
            "week_start must be one of 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', "
            "'saturday' or 'sunday'.",
        ),
    )
    for given, sentence in refusals:
        refusal = await refused(house, door, "set_up", name="Studio", **given)
        assert (refusal.code, refusal.message) == ("validation_error", sentence)
        assert list(refusal.error["fields"]) == list(given)


async def test_an_email_address_is_one_members_alone(house: House, door: Door) -> None:
    await add_member(house[0], "Ben")
    refusal = await refused(house, door, "set_up", your_email="Ben@Example.com")
    assert (refusal.code, refusal.message) == (
        "conflict",
        "your_email: another member has that e-mail address; give your own.",
    )
    await door.call("set_up", your_email="ada@example.com")
    assert (await door.call("set_up", your_email="Ada@example.com"))["you"]["email"] == (
        "ada@example.com"
    )


async def test_addresses_and_colours_look_like_some(house: House, door: Door) -> None:
    client = await door.call("create_client", name="Acme", email="Jo.Ann@Acme.EXAMPLE")
    assert client["email"] == "Jo.Ann@acme.example"
    await door.call("create_project", client="Acme", name="Shop", color="#1E90FF")
    for text in ("ada", "@acme.com", "ada@", "ada@acme", "a b@acme.com", "a@b@acme.com"):
        for operation, thing, argument in (
            ("update_client", {"client": "Acme"}, "email"),
            ("update_client", {"client": "Acme"}, "billing_email"),
            ("set_up", {}, "email"),
        ):
            given: dict[str, Any] = {**thing, argument: text}
            refusal = await refused(house, door, operation, **given)
            assert refusal.message == (
                f'{argument}: "{text}" is no e-mail address; write it like ada@example.com.'
            )
    for text in ("blue", "#12345", "#1234567", "1e90ff", "#1e90fg"):
        refusal = await refused(house, door, "update_project", project="Shop", color=text)
        assert refusal.message == f'color: "{text}" is no colour; write it like #1e90ff.'
