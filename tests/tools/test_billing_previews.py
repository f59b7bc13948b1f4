"""What could be billed, what a preview of it says, and what none can be made of."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import ONE_DOOR, logged, without_entry_ids, work_at_acme
from houses import Door
from scenes import House, refused

pytestmark = pytest.mark.anyio


async def test_unbilled_work_is_what_previews_of_it_say(door: Door) -> None:
    await work_at_acme(door, "20m", "50m")
    await door.call("set_up", rounding_minutes=15)
    await door.call("create_client", name="Borg", currency="JPY", default_rate="12345.6789")
    await door.call("create_project", client="Borg", name="Cube")
    await door.call(
        "create_project", client="Borg", name="Logo", rate_type="FIXED", fixed_fee_amount="5000"
    )
    await door.call("create_client", name="Chad", currency="KWD", default_tax_rate="8.875")
    await door.call("create_project", client="Chad", name="Well", hourly_rate="7.3333")
    await door.call("create_project", client="Chad", name="Favour", rate_type="NON_BILLABLE")
    await logged(door, "1h7m", "2h", project="Cube", date="2026-10-30")
    await logged(door, "1h1m", project="Well")
    await logged(door, "3h", project="Favour")

    unbilled = await door.call("list_unbilled", lines=True)
    assert [one["client"] for one in unbilled["clients"]] == ["Acme", "Borg", "Chad"]
    for one in unbilled["clients"]:
        preview = await door.call("preview_invoice", client=one["client_id"])
        for name in ("currency", "subtotal", "tax", "total", "entries", "hours"):
            assert one[name] == preview[name], f"{name} of {one['client']}"
        assert one["lines"] == without_entry_ids(preview["lines"])
    # One currency never meets another.
    assert unbilled["totals"] == [
        {"currency": one["currency"], "total": one["total"]} for one in unbilled["clients"]
    ]
    assert [one["total"] for one in unbilled["clients"]] == ["160.65", "53696", "9.981"]

    october = await door.call("list_unbilled", client="Borg", period="october")
    assert (october["clients"][0]["first_day"], october["clients"][0]["entries"]) == (
        "2026-10-30",
        2,
    )
    project = await door.call("list_unbilled", project="Cube")
    preview = await door.call("preview_invoice", client="Borg", projects=["Cube"])
    assert project["clients"][0]["total"] == preview["total"] == "47746"


async def test_a_preview_takes_the_days_and_projects_that_were_asked_for(
    house: House, door: Door
) -> None:
    await work_at_acme(door, "1h")
    await door.call("create_project", client="Acme", name="Shop", hourly_rate="50")
    for day, project in (("2026-10-31", "Shop"), ("2026-11-01", "redesign"), ("yesterday", "Shop")):
        await logged(door, "1h", project=project, date=day)
    [unbilled] = (await door.call("list_unbilled"))["clients"]
    assert (unbilled["first_day"], unbilled["last_day"]) == ("2026-10-31", "2026-11-20")

    async def subtotal(**given: Any) -> str:
        return str((await door.call("preview_invoice", client="Acme", **given))["subtotal"])

    assert await subtotal() == "280.00"
    assert await subtotal(period="october") == "50.00"
    assert await subtotal(period="this month", projects=["Shop"]) == "50.00"
    assert await subtotal(projects=["Shop", "redesign"]) == "280.00"
    assert await subtotal(from_date="2026-11-01", to_date="yesterday") == "140.00"
    assert await subtotal(from_date="2026-11-02") == "140.00"
    assert await subtotal(to_date="2026-11-01") == "140.00"

    for given, sentence in (
        (
            {"period": "october", "to_date": "today"},
            "Give a period, or to_date, not both.",
        ),
        (
            {"from_date": "today", "to_date": "yesterday"},
            "to_date (2026-11-19) is before from_date (2026-11-20); swap them.",
        ),
    ):
        refusal = await refused(house, door, "preview_invoice", client="Acme", **given)
        assert (refusal.code, refusal.message) == ("validation_error", sentence)
    refusal = await refused(house, door, "preview_invoice", client="Acme", from_date="tomorrow")
    assert refusal.code == "validation_error"
    await door.call("create_client", name="Borg")
    nothing: tuple[dict[str, Any], ...] = (
        {"client": "Acme", "period": "september"},
        {"client": "Borg"},
    )
    for empty in nothing:
        refusal = await refused(house, door, "preview_invoice", **empty)
        assert refusal.code == "conflict"
        assert refusal.message == (
            f"There is nothing of {empty['client']} to invoice in that selection. list_unbilled() "
            "shows what is there."
        )
    refusal = await refused(house, door, "preview_invoice", client="Borg", projects=["Shop"])
    assert (refusal.code, refusal.message) == (
        "validation_error",
        "projects: Shop is a project of Acme, not of Borg; take it out, or preview an invoice for "
        "Acme.",
    )
    refusal = await refused(house, door, "list_unbilled", client="Borg", project="Shop")
    assert refusal.message == "project: Shop is a project of Acme; leave client out."
    until = await door.call("preview_invoice", client="Acme", to_date="2026-11-01")
    assert until["period"] == "until 2026-11-01"


async def test_an_exclusion_says_what_it_left_out(house: House, door: Door) -> None:
    [plain] = await work_at_acme(door, "1h")
    await door.call("create_project", client="Acme", name="Shop", hourly_rate="50")
    await door.call("create_task", project="redesign", name="Homepage")
    await logged(door, "2h", task="Homepage", note="Menu, again")
    await logged(door, "4h", project="Shop", note="Fix the cart")
    await logged(door, "8h", note="A MENU for the phone")

    async def left(*wanted: str) -> tuple[str, list[tuple[str, int, str]]]:
        preview = await door.call("preview_invoice", client="Acme", exclude=list(wanted))
        left_out = preview["left_out"]
        return preview["hours"], [
            (one["exclude"], one["entries"], one["hours"]) for one in left_out
        ]

    assert await left(plain["id"]) == ("14", [(plain["id"], 1, "1")])
    assert await left("homepage") == ("13", [("homepage", 1, "2")])
    assert await left("Shop") == ("11", [("Shop", 1, "4")])
    assert await left("menu") == ("5", [("menu", 2, "10")])
    # Each says what it means, also where two mean the same.
    assert await left("menu", "Homepage", "CART") == (
        "1",
        [("menu", 2, "10"), ("Homepage", 1, "2"), ("CART", 1, "4")],
    )
    other = await logged(door, "1h", project="Shop", date="2026-10-01")
    for wish in ("payroll", other[0]["id"], "te_00000000000000000000000000", " "):
        refusal = await refused(
            house,
            door,
            "preview_invoice",
            client="Acme",
            period="this month",
            exclude=["menu", wish],
        )
        assert refusal.code == "validation_error"
        assert "leaves out nothing" in refusal.message
        assert refusal.error["fields"]["exclude"] == refusal.message
    refusal = await refused(
        house, door, "preview_invoice", client="Acme", exclude=["redesign", "shop"]
    )
    assert (refusal.code, refusal.message) == (
        "conflict",
        "exclude leaves nothing of Acme to invoice: write less in it, or leave it out.",
    )


async def test_an_exclusion_never_guesses_what_a_name_means(house: House, door: Door) -> None:
    await work_at_acme(door)
    await door.call("create_project", client="Acme", name="Shop", hourly_rate="50")
    tasks: dict[str, str] = {}
    for project, task in (("redesign", "Design"), ("redesign", "Development"), ("Shop", "Design")):
        made = await door.call("create_task", project=project, name=task)
        tasks[f"{task} on {project}"] = made["id"]
        await logged(door, "1h", project=project, task=made["id"])

    for wish, labels in (
        ("de", ("Design (Website redesign)", "Development (Website redesign)", "Design (Shop)")),
        ("design", ("Design (Website redesign)", "Design (Shop)")),
    ):
        refusal = await refused(house, door, "preview_invoice", client="Acme", exclude=[wish])
        assert refusal.code == "validation_error"
        named = [f"{one['name']} ({one['context']})" for one in refusal.error["candidates"]]
        assert sorted(named) == sorted(labels)
        assert refusal.message.startswith(f'exclude: "{wish}" fits several tasks or projects: ')
        assert refusal.message.endswith("Use one of these as it is written here, or its id.")
    for wish in ("Design (Shop)", "shop design", tasks["Design on Shop"]):
        preview = await door.call("preview_invoice", client="Acme", exclude=[wish])
        assert (preview["hours"], preview["left_out"][0]["entries"]) == ("2", 1), wish


@ONE_DOOR
async def test_words_of_a_note_are_its_words_or_their_beginnings(house: House, door: Door) -> None:
    await work_at_acme(door)
    for note in ("start readme", "Call about Müller's logo", "A fix"):
        await logged(door, "1h", note=note)

    async def left(wish: str) -> int:
        preview = await door.call("preview_invoice", client="Acme", exclude=[wish])
        return int(preview["left_out"][0]["entries"])

    for wish, entries in (("call about", 1), ("about cal", 1), ("MÜLL", 1), ("a", 2), ("start", 1)):
        assert await left(wish) == entries, wish
    for wish in ("art", "all about", "calls about", "read fix"):
        refusal = await refused(house, door, "preview_invoice", client="Acme", exclude=[wish])
        assert "leaves out nothing" in refusal.message, wish


@ONE_DOOR
async def test_a_preview_names_its_entries_and_says_all_that_the_invoice_will(door: Door) -> None:
    entries = await work_at_acme(door, "1h", "2h", "3h")
    ids = [entry["id"] for entry in entries]
    preview = await door.call(
        "preview_invoice", client="Acme", exclude=[ids[2]], po_number="PO-7", notes="Thank you"
    )
    assert sorted(preview["lines"][0]["entry_ids"]) == sorted(ids[:2])
    assert preview["left_out"][0]["entry_ids"] == [ids[2]]
    said = ("payment_terms", "po_number", "notes", "bill_to_address")
    assert [preview[name] for name in said] == [14, "PO-7", "Thank you", "1 Canyon Road"]
    assert not {"po_number", "notes"} & (await door.call("preview_invoice", client="Acme")).keys()

    await logged(door, *["5m"] * 47)
    assert len((await door.call("preview_invoice", client="Acme"))["lines"][0]["entry_ids"]) == 50
    await logged(door, "5m")
    many = await door.call("preview_invoice", client="Acme")
    assert "entry_ids" not in many["lines"][0]
    assert many["warnings"] == [
        'It bills 51 entries, too many to name here: group_by="entry" or explain_amount shows them.'
    ]
    itemized = await door.call("preview_invoice", client="Acme", group_by="entry")
    assert itemized["warnings"] == []


@ONE_DOOR
async def test_a_fee_in_a_period_is_pointed_out(door: Door) -> None:
    await work_at_acme(door, "1h")
    await door.call(
        "create_project", client="Acme", name="Logo", rate_type="FIXED", fixed_fee_amount="1500"
    )
    assert (await door.call("preview_invoice", client="Acme"))["warnings"] == []
    for days in ({"period": "2020-01"}, {"from_date": "today"}):
        assert (await door.call("preview_invoice", client="Acme", **days))["warnings"] == [
            'The fixed fee of Logo is on it, whatever the days: exclude=["Logo"] leaves it out.'
        ]
    dated = await door.call("preview_invoice", client="Acme", from_date="today", exclude=["Logo"])
    assert dated["warnings"] == []


@ONE_DOOR
async def test_a_fee_and_time_without_a_rate_can_be_left_out_too(door: Door) -> None:
    await work_at_acme(door, "1h")
    await door.call(
        "create_project", client="Acme", name="Logo", rate_type="FIXED", fixed_fee_amount="1500"
    )
    await door.call("create_project", client="Acme", name="Attic")
    [unpriced] = await logged(door, "2h", project="Attic", note="Boxes")
    for wish in (unpriced["id"], "attic", "boxes"):
        preview = await door.call("preview_invoice", client="Acme", exclude=[wish, "Logo"])
        assert preview["subtotal"] == "90.00"
        assert preview["left_out"] == [
            {"exclude": wish, "entries": 1, "hours": "2", "entry_ids": [unpriced["id"]]},
            {"exclude": "Logo", "entries": 0, "hours": "0", "fees": 1},
        ]
    draft = await door.call("create_invoice", proposal=preview["proposal"])
    assert draft["warnings"] == [], "what was left out did not come later"
    assert (await door.call("list_unbilled"))["clients"][0]["fees"] == 1


@ONE_DOOR
async def test_lines_are_grouped_as_asked(house: House, door: Door) -> None:
    await work_at_acme(door)
    await door.call("create_project", client="Acme", name="Shop", hourly_rate="90")
    for project in ("redesign", "Shop"):
        await door.call("create_task", project=project, name="Design")
        await logged(door, "1h", "2h", project=project, task="Design", note="Menu")
        await logged(door, "4h", project=project, date="yesterday")
    shown: dict[str, list[str]] = {}
    for preset in (
        "project & task",
        "by project",
        "by task",
        "project & time",
        "itemized",
        "member, note",
    ):
        preview = await door.call("preview_invoice", client="Acme", group_by=preset)
        assert preview["subtotal"] == "1260.00"
        shown[preset] = [f"{one['description']}: {one['quantity']}" for one in preview["lines"]]
    assert shown["by project"] == ["Shop: 7", "Website redesign: 7"]
    assert shown["project & task"] == [
        "Shop · Design: 3",
        "Shop: 4",
        "Website redesign · Design: 3",
        "Website redesign: 4",
    ]
    assert shown["project & time"] == [
        "Shop · 2026-11-19: 4",
        "Shop · 2026-11-20: 3",
        "Website redesign · 2026-11-19: 4",
        "Website redesign · 2026-11-20: 3",
    ]
    assert len(shown["by task"]) == 3
    assert len(shown["itemized"]) == 6
    assert "2026-11-20 · Shop · Design · Menu: 2" in shown["itemized"]
    assert [one.split(": ")[1] for one in shown["member, note"]] == ["6", "8"]
    plain = await door.call("preview_invoice", client="Acme")
    assert [f"{one['description']}: {one['quantity']}" for one in plain["lines"]] == shown[
        "project & task"
    ]
    for wrong in ("weather", "project, project", "entry, task"):
        refusal = await refused(house, door, "preview_invoice", client="Acme", group_by=wrong)
        assert refusal.code == "validation_error"
        assert refusal.message.startswith("group_by: ")
        assert "choose project, task, member, date and note" in refusal.message


@ONE_DOOR
async def test_a_discount_is_an_amount_or_a_percentage(house: House, door: Door) -> None:
    await work_at_acme(door, "1h")
    for discount, off, tax, total in (
        ("10%", "9.00", "15.39", "96.39"),
        ("33.3333%", "30.00", "11.40", "71.40"),
        ("12.34", "12.34", "14.76", "92.42"),
        ("100%", "90.00", "0.00", "0.00"),
        ("90", "90.00", "0.00", "0.00"),
    ):
        preview = await door.call("preview_invoice", client="Acme", discount=discount)
        assert (preview["discount_amount"], preview["tax"], preview["total"]) == (off, tax, total)
        assert preview["subtotal"] == "90.00"
    for discount, why in (
        ("90.01", "The discount of 90.01 EUR is over the lines' total of 90.00 EUR"),
        ("101%", '"101%" is out of range'),
        ("-5", ""),
        ("1.234", ""),
        ("some", ""),
        ("%", ""),
    ):
        refusal = await refused(house, door, "preview_invoice", client="Acme", discount=discount)
        assert refusal.code == "validation_error"
        assert refusal.message.startswith(f"discount: {why}")
    # What the last preview took off is on the draft, and a bill over nothing is settled at once.
    draft = await door.call("create_invoice", proposal=preview["proposal"])
    assert (draft["discount_amount"], draft["total"]) == ("90.00", "0.00")


async def test_what_has_no_price_is_not_billed_by_guess(house: House, door: Door) -> None:
    await door.call("set_up", time_zone="UTC")
    await door.call("create_client", name="Acme")
    await door.call("create_project", client="Acme", name="Website redesign")
    [entry] = await logged(door, "2h")
    unbilled = await door.call("list_unbilled")
    assert unbilled["clients"][0]["hours_without_rate"] == "2"
    assert not {"currency", "total"} & unbilled["clients"][0].keys()
    assert unbilled["totals"] == []
    assert unbilled["warnings"] == [
        "2 h of Acme have no price, as it has no currency: set one with update_client or set_up."
    ]
    refusal = await refused(house, door, "preview_invoice", client="Acme")
    assert (refusal.code, refusal.message) == (
        "conflict",
        'Acme has no currency yet. Give it one with update_client(currency="EUR"), or the '
        'organisation with set_up(currency="EUR").',
    )
    await door.call("update_client", client="Acme", currency="EUR")
    # A rate in another currency is passed over, never converted.
    await door.call("set_up", currency="USD", hourly_rate="100")
    refusal = await refused(house, door, "preview_invoice", client="Acme")
    assert refusal.code == "conflict"
    assert refusal.message.startswith("2h on Website redesign have no rate in EUR. Set one with ")
    assert "update_project(hourly_rate=…) or update_client(default_rate=…)" in refusal.message
    assert [one["id"] for one in refusal.error["candidates"]] == [entry["id"]]
    warnings = (await door.call("list_unbilled"))["warnings"]
    assert warnings == [
        "2 h of Acme have no rate in EUR: set one with update_project or update_client."
    ]

    await door.call("update_project", project="redesign", hourly_rate="0")
    preview = await door.call("preview_invoice", client="Acme")
    assert preview["total"] == "0.00"
    assert preview["warnings"] == [
        "Some of the time has a rate of zero.",
        "Acme has no billing address yet (update_client).",
        "Your own business has no name and no address yet: set_up completes it.",
    ]
    assert (await refused(house, door, "preview_invoice", client="Nobody")).code == "not_found"
