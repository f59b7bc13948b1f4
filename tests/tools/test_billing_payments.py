"""Money that comes in: in parts, too much, twice, by mistake, and late."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import ONE_DOOR, confirmed, drafted, issued, logged, work_at_acme
from houses import Clock, Door
from rows import events, everything
from scenes import House, refused

pytestmark = pytest.mark.anyio


async def test_money_comes_in_parts_and_never_too_much(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await work_at_acme(door, "2h")
    draft = await drafted(door)
    refusal = await refused(house, door, "record_payment", invoice=draft["id"], amount="10")
    assert (refusal.code, refusal.message) == (
        "conflict",
        f"The draft {draft['id']} is a draft; send it first.",
    )
    await door.call("cancel_invoice", invoice=draft["id"])
    sent = await issued(door)
    number = sent["number"]
    part = await door.call(
        "record_payment", invoice=number, amount="14.20", received_on="yesterday", note="TX 1"
    )
    assert (part["amount"], part["currency"], part["received_on"], part["note"]) == (
        "14.20",
        "EUR",
        "2026-11-19",
        "TX 1",
    )
    assert part["warnings"] == [
        "Invoice INV-2026-0001 was issued on Friday 2026-11-20; Thursday 2026-11-19 is before "
        "that: check the day."
    ]
    after = part["invoice"]
    assert (after["status"], after["payment_status"]) == ("SENT", "partially_paid")
    assert (after["amount_paid"], after["amount_due"]) == ("14.20", "200.00")
    for amount, code in (
        ("200.01", "conflict"),
        ("0", "validation_error"),
        ("-5", "validation_error"),
        ("1.234", "validation_error"),
        ("much", "validation_error"),
    ):
        refusal = await refused(house, door, "record_payment", invoice=number, amount=amount)
        assert refusal.code == code
        if code == "conflict":
            assert refusal.message == (
                "Invoice INV-2026-0001 has only 200.00 EUR due. Record at most that."
            )
    refusal = await refused(
        house, door, "record_payment", invoice=number, amount="1", received_on="tomorrow"
    )
    assert refusal.message.startswith("received_on: ")
    refusal = await refused(house, door, "cancel_invoice", invoice=number)
    assert refusal.message == (
        "Invoice INV-2026-0001 has a payment on it and cannot be cancelled; void the payment first."
    )

    clock.advance(hours=1)
    rest = await door.call("record_payment", invoice=number)
    assert (rest["amount"], rest["invoice"]["status"]) == ("200.00", "PAID")
    assert not rest.get("warnings")
    clock.advance(hours=1)
    more: tuple[dict[str, Any], ...] = ({}, {"amount": "0.01"})
    for given in more:
        refusal = await refused(house, door, "record_payment", invoice=number, **given)
        assert refusal.message == (
            "Invoice INV-2026-0001 is paid: nothing is due; if a payment is wrong, void that first."
        )
    shown = await door.call("get_invoice", invoice=number)
    assert [one["amount"] for one in shown["payments"]] == ["14.20", "200.00"]

    # What was a mistake is taken back; what is due again is owed again.
    voided = await door.call("void_payment", payment=rest["id"])
    assert (voided["status"], voided["amount_due"]) == ("SENT", "200.00")
    assert "paid_at" not in voided
    refusal = await refused(house, door, "void_payment", payment=rest["id"])
    assert refusal.message == "That payment was voided already."
    refusal = await refused(house, door, "void_payment", payment="pay_00000000000000000000000000")
    assert refusal.code == "not_found"
    await door.call("void_payment", payment=part["id"])
    shown = await door.call("get_invoice", invoice=number)
    assert (shown["payments"], shown["payment_status"]) == ([], "unpaid")
    assert shown["available_actions"] == [
        "get_invoice",
        "record_payment",
        "cancel_invoice",
        "duplicate_invoice",
    ]
    types = [one["type"] for one in await events(runtime)]
    assert types[-8:] == [
        "payment.recorded",
        "invoice.updated",
        "payment.recorded",
        "invoice.paid",
        "payment.voided",
        "invoice.updated",
        "payment.voided",
        "invoice.updated",
    ]
    told = [one["data"] for one in await events(runtime) if one["type"].startswith("invoice.")]
    assert [(one["status"], one["amount_due"]) for one in told[-4:]] == [
        ("SENT", "200.00"),
        ("PAID", "0.00"),
        ("SENT", "200.00"),
        ("SENT", "214.20"),
    ]
    asked = await door.call("cancel_invoice", invoice=number)
    cancelled = await door.call("cancel_invoice", invoice=number, confirm=asked["confirm"])
    assert cancelled["status"] == "CANCELLED"


async def test_a_payment_that_is_told_twice_came_once(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await work_at_acme(door, "2h")
    number = (await issued(door))["number"]
    given: dict[str, Any] = {"invoice": number, "amount": "100"}
    first = await door.call("record_payment", **given)
    before = await everything(runtime)
    clock.advance(minutes=1)
    again = await door.call("record_payment", **{**given, "amount": "100.00"})
    assert again == {**first, "repeated": True}
    assert await everything(runtime) == before
    meant = await door.call("record_payment", **given, allow_duplicate=True)
    assert meant["id"] != first["id"]
    assert meant["invoice"]["amount_due"] == "14.20"
    await door.call("void_payment", payment=meant["id"])
    # After it was voided an equal one is another one.
    clock.advance(minutes=3)
    third = await door.call("record_payment", **given, key="k")
    assert "repeated" not in third
    assert await door.call("record_payment", **given, key="k") == third
    rest = await door.call("record_payment", invoice=number)
    assert rest["invoice"]["status"] == "PAID"
    again = await door.call("record_payment", invoice=number)
    assert (again["id"], again["repeated"]) == (rest["id"], True)
    await door.call("void_payment", payment=rest["id"])
    clock.advance(seconds=1)
    anew = await door.call("record_payment", invoice=number)
    assert "repeated" not in anew
    assert anew["invoice"]["status"] == "PAID"


@ONE_DOOR
async def test_what_is_owed_grows_old(house: House, door: Door, clock: Clock) -> None:
    await work_at_acme(door, "1h")
    await door.call("create_client", name="Borg", currency="JPY", default_payment_terms=0)
    await door.call("create_project", client="Borg", name="Cube", hourly_rate="10000")
    await issued(door, issue_date="2026-11-01")
    await logged(door, "2h")
    await issued(door)
    await logged(door, "1h", project="Cube")
    await issued(door, client="Borg")

    async def owed(**given: Any) -> tuple[list[str], list[Any]]:
        answer = await door.call("list_unpaid_invoices", **given)
        numbers = [one["number"][-1] for one in answer["invoices"]]
        ages = [
            [one["currency"], *(one[age] for age in one if age not in {"currency", "due"})]
            for one in answer["receivables"]
        ]
        return numbers, ages

    # 1 is due on the 15th, 2 on the 4th of December, 3 today.
    assert await owed() == (
        ["1", "3", "2"],
        [
            ["EUR", "214.20", "107.10", "0.00", "0.00", "0.00"],
            ["JPY", "11900", "0", "0", "0", "0"],
        ],
    )
    assert (await owed(overdue_only=True))[0] == ["1"]
    assert (await owed(client="Borg"))[0] == ["3"]
    assert (await owed(period="2026-11-01..2026-11-10"))[0] == ["1"]
    pages = [await door.call("list_unpaid_invoices", limit=1)]
    while (cursor := pages[-1].get("next_cursor")) is not None:
        pages.append(await door.call("list_unpaid_invoices", limit=1, cursor=cursor))
    assert [one["number"][-1] for page in pages for one in page["invoices"]] == ["1", "3", "2"]
    assert all(page["receivables"] == pages[0]["receivables"] for page in pages)
    assert pages[0]["receivables"][0]["due"] == "321.30", "sums are of all there are"

    clock.advance(hours=24)
    assert (await owed(overdue_only=True))[0] == ["1", "3"]
    assert (await door.call("get_invoice", invoice="INV-2026-0003"))["overdue"] is True
    await door.call("record_payment", invoice="INV-2026-0001", amount="7.10")
    # The 16th of December: 31, 12 and 26 days late.
    clock.advance(hours=24 * 25)
    assert await owed(overdue_only=True) == (
        ["1", "3", "2"],
        [
            ["EUR", "0.00", "214.20", "100.00", "0.00", "0.00"],
            ["JPY", "0", "11900", "0", "0", "0"],
        ],
    )
    clock.advance(hours=24 * 60)
    assert (await owed(client="Acme"))[1] == [["EUR", "0.00", "0.00", "0.00", "214.20", "100.00"]]
    for number in (1, 2, 3):
        await door.call("record_payment", invoice=f"INV-2026-000{number}")
    answer = await door.call("list_unpaid_invoices")
    assert (answer["invoices"], answer["receivables"]) == ([], [])
    assert answer["available_actions"] == ["list_unbilled"]
    assert "overdue" not in await door.call("get_invoice", invoice="INV-2026-0001")


@ONE_DOOR
async def test_an_invoice_shows_what_was_frozen_with_it(door: Door) -> None:
    await work_at_acme(door, "1h")
    await door.call(
        "set_up", legal_name="Hill Ltd", address="2 Hill", tax_id="DE1", bank_details="IBAN 1"
    )
    draft = await drafted(door, discount="10%", group_by="project, date")
    assert (draft["grouped_by"], draft["discount_percent"]) == ("project, date", "10")
    assert draft["lines"][0]["hours_logged"] == "1"
    assert not {"seller_name", "issue_weekday"} & draft.keys()
    sent = await confirmed(door, "send_invoice", invoice=draft["id"])
    assert sent["issue_weekday"] == "Friday"
    await door.call("set_up", legal_name="Dale Ltd", address="", bank_details="IBAN 2")
    shown = await door.call("get_invoice", invoice=sent["number"])
    frozen = ("seller_name", "seller_address", "seller_tax_number", "bank_details")
    assert [shown[name] for name in frozen] == ["Hill Ltd", "2 Hill", "DE1", "IBAN 1"]


@ONE_DOOR
async def test_invoices_are_listed_in_pages(house: House, door: Door, clock: Clock) -> None:
    await work_at_acme(door)
    made: list[str] = []
    for _ in range(3):
        clock.advance(seconds=1)
        await logged(door, "1h")
        made.append((await issued(door))["id"])
    seen: list[str] = []
    given: dict[str, Any] = {}
    for _ in made:
        page = await door.call("list_invoices", client="Acme", limit=1, **given)
        seen += [one["id"] for one in page["invoices"]]
        given = {"cursor": page.get("next_cursor")}
    assert seen == made[::-1]
    assert given["cursor"] is None
    assert (await door.call("list_invoices", status=["PAID", "DRAFT"]))["invoices"] == []
    wrongs: tuple[dict[str, Any], ...] = (
        {"status": []},
        {"status": ["LATE"]},
        {"client": "Nobody"},
        {"cursor": "?"},
    )
    for wrong in wrongs:
        await refused(house, door, "list_invoices", **wrong)
