"""Issuing: asked first, then numbered, dated and frozen."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import ONE_DOOR, confirmed, drafted, issued, logged, work_at_acme
from houses import Clock, Door, open_door
from rows import add_member, everything, travel
from scenes import House, refused, set_the_scene

from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio

AGAIN = "Call again without confirm, look at what it would do, and confirm that."


async def test_sending_is_asked_first(house: House, door: Door) -> None:
    runtime, _ = house
    await work_at_acme(door, "2h")
    draft = await drafted(door)
    await door.call("update_client", client="Acme", name="Acme Ltd")
    before = await everything(runtime)
    asked = await door.call("send_invoice", invoice=draft["id"])
    assert asked.keys() == {"would", "confirm"}
    assert asked["would"] == (
        "Issue an invoice to Acme Ltd over 214.20 EUR, dated Friday 2026-11-20, due Friday "
        "2026-12-04, with the next number. It cannot be changed afterwards; nothing is e-mailed "
        "yet."
    )
    now = await everything(runtime)
    assert len(now.pop("confirmation")) == len(before.pop("confirmation")) + 1
    assert now == before, "asking changes nothing"
    sent = await door.call("send_invoice", invoice=draft["id"], confirm=asked["confirm"])
    assert (sent["status"], sent["bill_to_name"]) == ("SENT", "Acme Ltd")
    for given in ({}, {"confirm": asked["confirm"]}):
        refusal = await refused(house, door, "send_invoice", invoice=draft["id"], **given)
        assert (refusal.code, refusal.message) == (
            "conflict",
            "Invoice INV-2026-0001 was sent already; record a payment when it comes, or cancel "
            "the invoice.",
        )
    # Whose caller is a program asks nobody.
    await logged(door, "1h")
    other = await drafted(door)
    _, caller = house
    send = runtime.catalogue.operations["send_invoice"]
    at_once = await runtime.invoke(send, caller, {"invoice": other["id"]})
    assert at_once.data["number"] == "INV-2026-0002"


async def test_a_confirmation_is_good_for_what_was_shown_and_once(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await work_at_acme(door, "2h")
    first = await drafted(door)
    await logged(door, "1h")
    second = await drafted(door)

    async def why(operation: str = "send_invoice", at: Door = door, **given: Any) -> str:
        refusal = await refused(house, at, operation, **{"invoice": first["id"], **given})
        assert refusal.code == "conflict"
        return refusal.message

    async def ask() -> str:
        return str((await door.call("send_invoice", invoice=first["id"]))["confirm"])

    confirm = await ask()
    nothing = f"That confirm belongs to nothing of yours. {AGAIN}"
    assert await why(confirm="cn_00000000000000000000000000") == nothing
    assert await why("cancel_invoice", confirm=confirm) == nothing
    other = f"That confirm was for other arguments. {AGAIN}"
    assert await why(invoice=second["id"], confirm=confirm) == other
    assert await why(confirm=confirm, issue_date="2026-11-20") == other
    mia = await add_member(runtime, "Mia", role="ADMIN")
    async with open_door(door.name, runtime, mia) as mias:
        assert await why(at=mias, confirm=confirm) == nothing

    clock.advance(minutes=15)
    assert await why(confirm=confirm) == f"That confirm has expired. {AGAIN}"
    confirm = await ask()
    await door.call("update_client", client="Acme", name="Acme Ltd")
    refusal = await refused(house, door, "send_invoice", invoice=first["id"], confirm=confirm)
    assert refusal.message == f"Something has changed since that was confirmed. {AGAIN}"
    assert "to Acme Ltd over" in refusal.error["difference"][0]["now"]
    # One that waits does not stand in the way of another.
    confirm = await ask()
    await confirmed(door, "send_invoice", invoice=second["id"])
    sent = await door.call("send_invoice", invoice=first["id"], confirm=confirm)
    assert sent["number"] == "INV-2026-0002"
    refusal = await refused(house, door, "send_invoice", invoice=second["id"], confirm=7)
    assert refusal.code == "validation_error"


async def test_numbers_and_days_go_forward_without_a_gap(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await work_at_acme(door, "1h")
    draft = await drafted(door)
    for wrong in ("tomorrow", "2026-11-21", "20/11", "someday"):
        refusal = await refused(house, door, "send_invoice", invoice=draft["id"], issue_date=wrong)
        assert refusal.code == "validation_error"
        assert refusal.message.startswith("issue_date: ")
    sent = await confirmed(door, "send_invoice", invoice=draft["id"], issue_date="yesterday")
    assert (sent["number"], sent["issue_date"], sent["due_date"]) == (
        "INV-2026-0001",
        "2026-11-19",
        "2026-12-03",
    )
    await logged(door, "1h")
    draft = await drafted(door)
    refusal = await refused(
        house, door, "send_invoice", invoice=draft["id"], issue_date="2026-11-18"
    )
    assert refusal.message == (
        "issue_date: the last invoice was issued on 2026-11-19, and the series never goes back. "
        "Give that day or a later one."
    )
    sent = await confirmed(door, "send_invoice", invoice=draft["id"], issue_date="2026-11-19")
    assert sent["number"] == "INV-2026-0002", "a refused one takes no number"

    # The series goes on, whatever pattern writes it, and past what was cancelled.
    await door.call("set_up", invoice_number_pattern="R-{number}{dd}")
    await logged(door, "1h")
    assert (await issued(door))["number"] == "R-320"
    await door.call("set_up", invoice_number_pattern="r-{number}")
    await logged(door, "1h")
    assert (await issued(door))["number"] == "r-4"
    await door.call("set_up", invoice_number_pattern="INV-2026-000{number}")
    await confirmed(door, "cancel_invoice", invoice="R-4")
    fifth = await issued(door)
    assert fifth["number"] == "INV-2026-0005"
    places = [row["sequence"] for row in (await everything(runtime))["invoice"]]
    assert sorted(places) == [1, 2, 3, 4, 5]

    # The day is the organisation's, also where the new one begins.
    clock.advance(hours=14)
    await door.call("set_up", time_zone="Asia/Tokyo", invoice_number_pattern="ÉTÉ-{yy}/{number:2}")
    await logged(door, "1h")
    sent = await issued(door)
    assert (sent["number"], sent["issue_date"]) == ("ÉTÉ-26/06", "2026-11-21")
    assert (await door.call("get_invoice", invoice=" été-26/06"))["id"] == sent["id"]
    assert (await door.call("get_invoice", invoice="ÉTÉ-26/06"))["id"] == sent["id"]


@ONE_DOOR
async def test_a_number_is_given_once(house: House, door: Door) -> None:
    await work_at_acme(door, "1h")
    await door.call("set_up", invoice_number_pattern="A{number}{dd}")
    assert (await issued(door))["number"] == "A120"
    await door.call("set_up", invoice_number_pattern="a1{number}0")
    await logged(door, "1h")
    draft = await drafted(door)
    # What could not be done is not asked for, either.
    refusal = await refused(house, door, "send_invoice", invoice=draft["id"])
    assert (refusal.code, refusal.message) == (
        "conflict",
        "The number pattern would give a120 a second time. Change it with "
        "set_up(invoice_number_pattern=…), so that it holds {number} and the year.",
    )
    await door.call("set_up", invoice_number_pattern="A{yyyy}-{number}")
    asked = await door.call("send_invoice", invoice=draft["id"])
    await door.call("set_up", invoice_number_pattern="a1{number}0")
    given = {"invoice": draft["id"], "confirm": asked["confirm"]}
    again = await refused(house, door, "send_invoice", **given)
    assert again.message == refusal.message
    runtime, caller = house
    send = runtime.catalogue.operations["send_invoice"]
    with pytest.raises(HoursmithError, match="a120 a second time"):
        await runtime.invoke(send, caller, {"invoice": draft["id"]})
    await door.call("set_up", invoice_number_pattern="A{yyyy}-{number}")
    # The confirmation was not used up by what was refused.
    sent = await door.call("send_invoice", invoice=draft["id"], confirm=asked["confirm"])
    assert sent["number"] == "A2026-2"


@ONE_DOOR
async def test_what_is_issued_says_what_it_said(house: House, door: Door) -> None:
    await work_at_acme(door, "1h")
    draft = await drafted(door)
    # Until it is issued, whom it is for follows the client.
    await door.call("update_client", client="Acme", billing_address="2 Canyon Road")
    sent = await confirmed(door, "send_invoice", invoice=draft["id"])
    shown = await door.call("get_invoice", invoice=sent["number"])
    assert shown["bill_to_address"] == "2 Canyon Road"
    await door.call("update_client", client="Acme", name="New", billing_address="3", tax_number="4")
    await door.call("update_client", client="New", default_tax_rate="7", default_payment_terms=1)
    await door.call("update_project", project="redesign", name="Renamed", hourly_rate="1")
    await door.call("set_up", name="Other", rounding_minutes=60, default_tax_rate="1")
    assert await door.call("get_invoice", invoice=sent["id"]) == shown
    for wrong in ("INV-2026-9999", "inv_00000000000000000000000000", "INV-2026", "Acme", ""):
        refusal = await refused(house, door, "get_invoice", invoice=wrong)
        assert refusal.code == "not_found"
    zero = await door.call("create_project", client="New", name="Gift", hourly_rate="0")
    await logged(door, "1h", project=zero["id"])
    # Nothing is due on an invoice over nothing: it is settled as it is issued.
    free = await issued(door, client="New")
    assert (free["status"], free["payment_status"], free["amount_due"]) == ("PAID", "paid", "0.00")


async def test_a_draft_without_lines_is_not_sent(house: House, door: Door) -> None:
    await work_at_acme(door, "2h")
    sent = await issued(door)
    copy = await door.call("duplicate_invoice", invoice=sent["id"])
    assert copy["total"] == "0.00"
    refusal = await refused(house, door, "send_invoice", invoice=copy["id"])
    assert refusal.code == "conflict"
    assert refusal.message == (
        f"The draft {copy['id']} has no lines. Add some with update_invoice, or delete it."
    )


@ONE_DOOR
async def test_a_business_without_name_or_address_is_pointed_out_until_it_is_frozen(
    door: Door,
) -> None:
    await set_the_scene(door)
    await door.call("update_client", client="Acme", billing_address="1 Canyon Road")
    await logged(door, "2h")
    lacking = "Your own business has no name and no address yet: set_up completes it."
    proposed = await door.call("preview_invoice", client="Acme")
    draft = await door.call("create_invoice", proposal=proposed["proposal"])
    assert (proposed["warnings"], draft["warnings"]) == ([lacking], [lacking])
    assert (await door.call("duplicate_invoice", invoice=draft["id"]))["warnings"][-1] == lacking
    asked = await door.call("send_invoice", invoice=draft["id"])
    assert asked["would"].endswith(f"yet. {lacking}")
    sent = await door.call("send_invoice", invoice=draft["id"], confirm=asked["confirm"])
    assert sent["warnings"][1:] == [lacking]

    await door.call("set_up", legal_name="Ada Byron Ltd")
    await logged(door, "1h")
    without_address = lacking.replace("no name and ", "")
    assert (await drafted(door))["warnings"] == [without_address]
    await door.call("set_up", address="2 Mesa Street")
    copy = await door.call("duplicate_invoice", invoice=sent["id"])
    assert not any("Your own business" in one for one in copy["warnings"])


@ONE_DOOR
async def test_a_po_number_that_is_wanted_is_asked_for(house: House, door: Door) -> None:
    await work_at_acme(door, "2h", require_po_number=True)
    wanted = "Acme wants a PO number on invoices"
    proposed = await door.call("preview_invoice", client="Acme")
    assert proposed["warnings"] == [f"{wanted}: preview again with po_number."]
    with_number = await door.call("preview_invoice", client="Acme", po_number="4711")
    assert "warnings" not in with_number or not with_number["warnings"]
    draft = await door.call("create_invoice", proposal=proposed["proposal"])
    asked = await door.call("send_invoice", invoice=draft["id"])
    assert asked["would"].endswith(f" {wanted}, and it has none.")


@ONE_DOOR
async def test_the_day_of_issue_is_read_in_the_zone_of_the_business(
    house: House, door: Door, clock: Clock
) -> None:
    await work_at_acme(door, "2h")
    # It is Saturday at the business, and Friday still where its owner is.
    await door.call("set_up", time_zone="Pacific/Kiritimati")
    await travel(house[0], (await door.call("overview"))["user_id"], "UTC")
    clock.advance(hours=2)
    sent = await issued(door, issue_date="today")
    assert sent["issue_date"] == "2026-11-21"


@ONE_DOOR
async def test_the_series_goes_on_where_the_business_moves_west(
    house: House, door: Door, clock: Clock
) -> None:
    await work_at_acme(door, "1h")
    await door.call("set_up", time_zone="Pacific/Auckland")
    clock.advance(hours=3)
    assert (await issued(door))["issue_date"] == "2026-11-21"
    # It is Friday there, and an invoice of Saturday is issued already.
    await door.call("set_up", time_zone="America/Los_Angeles")
    await logged(door, "1h")
    draft = (await drafted(door))["id"]
    for wrong in ("today", "2026-11-20"):
        refusal = await refused(house, door, "send_invoice", invoice=draft, issue_date=wrong)
        assert refusal.message == (
            "issue_date: the last invoice was issued on 2026-11-21, and the series never goes "
            "back. Give that day."
        )
    refusal = await refused(house, door, "send_invoice", invoice=draft, issue_date="2026-11-22")
    assert refusal.message.startswith("issue_date: Sunday 2026-11-22 is after today")
    sent = await confirmed(door, "send_invoice", invoice=draft)
    assert (sent["number"], sent["issue_date"]) == ("INV-2026-0002", "2026-11-21")
    await logged(door, "1h")
    assert (await issued(door, issue_date="2026-11-21"))["issue_date"] == "2026-11-21"


async def test_what_came_to_nothing_can_be_cancelled(
    house: House, door: Door, database_url: str
) -> None:
    await work_at_acme(door, "1h")
    draft = await drafted(door, discount="100%")
    assert (draft["total"], draft["payment_status"]) == ("0.00", "unpaid")
    sent = await confirmed(door, "send_invoice", invoice=draft["id"])
    assert (sent["status"], sent["payment_status"]) == ("PAID", "paid")
    assert "cancel_invoice" in sent["available_actions"]
    cancelled = await confirmed(door, "cancel_invoice", invoice=draft["id"])
    assert (cancelled["status"], cancelled["payment_status"]) == ("CANCELLED", "unpaid")
    assert "paid_at" not in cancelled
    assert (await door.call("list_unbilled"))["totals"] == [{"currency": "EUR", "total": "107.10"}]
    assert await diagnose(database_url) == []
