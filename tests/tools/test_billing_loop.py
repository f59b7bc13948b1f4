"""The whole way of the money: unbilled, preview, draft, issued, paid, and back by cancelling."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import confirmed, issued, logged, without_entry_ids, work_at_acme
from houses import Clock, Door, open_door
from rows import add_member, events, everything
from scenes import House, refused

pytestmark = pytest.mark.anyio


async def test_the_way_from_logged_time_to_money(house: House, door: Door, clock: Clock) -> None:
    runtime, _ = house
    await work_at_acme(door, "2h", "1h20m", tax_number="DE123", default_payment_terms=30)
    unbilled = await door.call("list_unbilled")
    assert [(one["client"], one["entries"], one["total"]) for one in unbilled["clients"]] == [
        ("Acme", 2, "357.00")
    ]
    proposed = await door.call("preview_invoice", client="Acme", po_number="PO 7", notes="Thanks")
    assert proposed["expires_at"] == "2026-11-21T09:30:00.000000Z"
    assert (await everything(runtime))["invoice"] == [], "a preview makes nothing"

    draft = await door.call("create_invoice", proposal=proposed["proposal"])
    for name in ("subtotal", "discount_amount", "tax", "total", "tax_groups", "currency"):
        assert draft[name] == proposed[name], f"{name} is as it was shown"
    assert [{**line, "id": None} for line in draft["lines"]] == [
        {**line, "id": None} for line in without_entry_ids(proposed["lines"])
    ]
    assert draft["lines"][0]["quantity"] == "3.3333"
    assert (draft["status"], draft["amount_due"], draft["po_number"]) == ("DRAFT", "0.00", "PO 7")
    assert not {"number", "issue_date", "due_date"} & draft.keys(), "a draft has none"
    assert (await door.call("list_unbilled"))["clients"] == []
    assert (await door.call("list_unpaid_invoices"))["invoices"] == [], "a draft is owed by nobody"

    clock.advance(hours=1)
    sent = await confirmed(door, "send_invoice", invoice=draft["id"])
    assert (sent["number"], sent["status"]) == ("INV-2026-0001", "SENT")
    assert (sent["issue_date"], sent["due_date"]) == ("2026-11-20", "2026-12-20")
    assert sent["due_weekday"] == "Sunday"
    assert sent["sent_at"] == "2026-11-20T10:30:00.000000Z"
    assert "not e-mailed" in sent["warnings"][0]
    shown = await door.call("get_invoice", invoice="inv-2026-0001")
    assert (shown["bill_to_name"], shown["bill_to_tax_number"]) == ("Acme", "DE123")
    assert (shown["bill_to_address"], shown["payment_terms"]) == ("1 Canyon Road", 30)
    assert shown["lines"] == draft["lines"]

    owed = await door.call("list_unpaid_invoices")
    assert [one["amount_due"] for one in owed["invoices"]] == ["357.00"]
    paid = await door.call("record_payment", invoice="INV-2026-0001", note="Transfer")
    assert (paid["amount"], paid["invoice"]["status"]) == ("357.00", "PAID")
    assert paid["invoice"]["paid_at"] == "2026-11-20T10:30:00.000000Z"
    assert (await door.call("list_unpaid_invoices"))["invoices"] == []
    assert [one["type"] for one in await events(runtime)][-4:] == [
        "invoice.created",
        "invoice.sent",
        "payment.recorded",
        "invoice.paid",
    ]
    listed = (await door.call("list_invoices", client="Acme", period="this month"))["invoices"]
    assert [one["id"] for one in listed] == [draft["id"]]
    assert (await door.call("list_invoices", period="last month"))["invoices"] == []
    assert (await door.call("list_invoices", status=["SENT"]))["invoices"] == []


async def test_cancelling_frees_the_time_and_never_a_number(house: House, door: Door) -> None:
    runtime, _ = house
    await work_at_acme(door, "2h")
    first = await issued(door)
    asked = await door.call("cancel_invoice", invoice=first["number"])
    assert asked["would"] == (
        "Cancel INV-2026-0001 to Acme over 214.20 EUR. Its number stays used, and its time and "
        "fees can be billed again."
    )
    cancelled = await door.call("cancel_invoice", invoice=first["number"], confirm=asked["confirm"])
    assert (cancelled["status"], cancelled["amount_due"]) == ("CANCELLED", "0.00")
    assert cancelled["available_actions"] == ["get_invoice", "duplicate_invoice"]
    assert cancelled["number"] == "INV-2026-0001"
    assert (await door.call("list_unbilled"))["totals"] == [{"currency": "EUR", "total": "214.20"}]
    assert (await door.call("list_unpaid_invoices"))["invoices"] == []
    refusal = await refused(house, door, "cancel_invoice", invoice=first["number"])
    assert (refusal.code, refusal.message) == (
        "conflict",
        "Invoice INV-2026-0001 is cancelled; duplicate it for a new draft.",
    )

    # What a cancelled invoice said it charged stays with it; the entry is billed on another.
    second = await issued(door)
    assert (second["number"], second["total"]) == ("INV-2026-0002", "214.20")
    assert len((await door.call("get_invoice", invoice=first["id"]))["lines"]) == 1
    claims = (await everything(runtime))["billing_claim"]
    assert {claim["invoice_id"]: claim["released_at"] is None for claim in claims} == {
        first["id"]: False,
        second["id"]: True,
    }
    numbers = [one["number"] for one in (await door.call("list_invoices"))["invoices"]]
    assert sorted(numbers) == ["INV-2026-0001", "INV-2026-0002"]


async def test_a_draft_is_cancelled_without_asking(house: House, door: Door) -> None:
    await work_at_acme(door, "2h")
    proposed = await door.call("preview_invoice", client="Acme")
    draft = await door.call("create_invoice", proposal=proposed["proposal"])
    cancelled = await door.call("cancel_invoice", invoice=draft["id"])
    assert cancelled["status"] == "CANCELLED"
    assert "number" not in cancelled
    assert (await door.call("list_unbilled"))["clients"][0]["total"] == "214.20"
    # The next one to be issued takes the first number.
    assert (await issued(door))["number"] == "INV-2026-0001"
    for operation in ("send_invoice", "cancel_invoice", "record_payment"):
        refusal = await refused(house, door, operation, invoice=draft["id"])
        assert refusal.code == "conflict"
        assert refusal.message.startswith(f"The draft {draft['id']} is cancelled; ")


async def test_billed_time_is_locked_until_it_is_released(house: House, door: Door) -> None:
    runtime, _ = house
    ben = await add_member(runtime, "Ben")
    [entry] = await work_at_acme(door, "2h")
    await door.call("add_project_member", project="redesign", member="Ben")
    async with open_door(door.name, runtime, ben) as bens:
        [his] = await logged(bens, "1h")
        draft = await door.call(
            "create_invoice",
            proposal=(await door.call("preview_invoice", client="Acme"))["proposal"],
        )
        changes: tuple[tuple[str, dict[str, Any]], ...] = (
            ("update_time_entry", {"duration": "3h"}),
            ("delete_time_entry", {}),
        )
        for operation, given in changes:
            refusal = await refused(house, door, operation, time_entry=entry["id"], **given)
            assert refusal.code == "conflict"
            assert refusal.message == (
                f"That time is on the draft {draft['id']}, so it is locked. Cancel the draft with "
                "cancel_invoice to free it."
            )
        sent = await confirmed(door, "send_invoice", invoice=draft["id"])
        for operation, given in changes:
            refusal = await refused(house, door, operation, time_entry=entry["id"], **given)
            assert refusal.message == (
                "That time is on the invoice INV-2026-0001, so it is locked. Only cancelling that "
                "invoice with cancel_invoice frees it."
            )
            # A member learns that it is billed, and nothing of the invoice.
            refusal = await refused(house, bens, operation, time_entry=his["id"], **given)
            assert refusal.message == "That time is already billed, so it is locked."
        # Every part is locked, its note too; what changes nothing is no change.
        parts: tuple[dict[str, Any], ...] = (
            {"note": "New"},
            {"billable": False},
            {"tags": ["a"]},
            {"date": "yesterday"},
        )
        for given in parts:
            await refused(house, door, "update_time_entry", time_entry=entry["id"], **given)
        await door.call("update_time_entry", time_entry=entry["id"], duration="120m")

        await confirmed(door, "cancel_invoice", invoice=sent["number"])
        changed = await door.call("update_time_entry", time_entry=entry["id"], duration="3h")
        assert changed["duration"] == "3h"
        assert (await bens.call("delete_time_entry", time_entry=his["id"]))["deleted"] is True


async def test_members_see_nothing_of_what_is_billed(house: House, door: Door) -> None:
    runtime, _ = house
    ben = await add_member(runtime, "Ben")
    manager = await add_member(runtime, "Mia", role="MANAGER")
    await work_at_acme(door, "2h")
    sent = await issued(door)
    async with open_door(door.name, runtime, ben) as bens:
        for operation, given in (
            ("list_unbilled", {}),
            ("preview_invoice", {"client": "Acme"}),
            ("get_invoice", {"invoice": sent["number"]}),
            ("list_invoices", {}),
            ("list_unpaid_invoices", {}),
            ("send_invoice", {"invoice": sent["number"]}),
            ("cancel_invoice", {"invoice": sent["number"]}),
            ("record_payment", {"invoice": sent["number"]}),
        ):
            assert (await refused(house, bens, operation, **given)).code == "forbidden_scope"
    async with open_door(door.name, runtime, manager) as mias:
        assert (await mias.call("get_invoice", invoice=sent["number"]))["total"] == "214.20"
        refusal = await refused(house, mias, "record_payment", invoice=sent["number"])
        assert refusal.code == "forbidden_scope"


async def test_a_fixed_fee_is_charged_once(house: House, door: Door) -> None:
    await work_at_acme(door, "1h")
    await door.call(
        "create_project", client="Acme", name="Logo", rate_type="FIXED", fixed_fee_amount="1500"
    )
    await door.call("log_time", project="Logo", duration="5h")
    unbilled = await door.call("list_unbilled")
    # Hours of a fixed fee are covered by it.
    assert unbilled["clients"][0]["hours"] == "1"
    assert unbilled["clients"][0]["fees"] == 1
    first = await door.call("preview_invoice", client="Acme", projects=["Logo"])
    other = await door.call("preview_invoice", client="Acme")
    assert [(one["kind"], one["amount"]) for one in other["lines"]] == [
        ("time", "90.00"),
        ("fee", "1500.00"),
    ]
    assert other["total"] == unbilled["clients"][0]["total"] == "1892.10"
    draft = await door.call("create_invoice", proposal=first["proposal"])
    assert (draft["total"], len(draft["lines"])) == ("1785.00", 1)
    refusal = await refused(house, door, "create_invoice", proposal=other["proposal"])
    assert refusal.code == "conflict"
    assert refusal.error["difference"][0]["what"] == "fee of Logo"
    assert (await door.call("list_unbilled"))["clients"][0]["total"] == "107.10"
    await door.call("cancel_invoice", invoice=draft["id"])
    assert (await door.call("list_unbilled"))["clients"][0]["total"] == "1892.10"
