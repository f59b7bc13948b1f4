"""Drafts: changed, deleted, restored and duplicated."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import confirmed, drafted, issued, logged, work_at_acme
from houses import Clock, Door, InProcess
from rows import events, everything
from scenes import House, refused

from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio

HOSTING: dict[str, Any] = {"description": "Hosting", "quantity": "2", "unit_price": "15.50"}
REBATE: dict[str, Any] = {
    "description": "Rebate",
    "quantity": 1,
    "unit_price": "-10",
    "unit": "piece",
    "tax_rate": "7",
}


async def claims(house: House) -> list[tuple[str, bool]]:
    """Return every claim: its subject, and whether it is live."""
    rows = (await everything(house[0]))["billing_claim"]
    return sorted((row["subject_id"], row["released_at"] is None) for row in rows)


async def kinds(house: House) -> list[str]:
    return [one["type"] for one in await events(house[0]) if one["type"].startswith("invoice.")]


def said(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return lines without their ids."""
    return [{name: value for name, value in line.items() if name != "id"} for line in lines]


# Changing.


async def test_a_draft_is_changed_and_its_totals_follow(
    house: House, door: Door, clock: Clock
) -> None:
    await work_at_acme(door, "1h30m")
    draft = await drafted(door)
    held = await claims(house)
    clock.advance(seconds=1)
    given: dict[str, Any] = {
        "payment_terms": 30,
        "notes": "Thank you",
        "po_number": "PO-7",
        "lines": [HOSTING, REBATE],
        "discount": "10%",
    }
    changed = await door.call("update_invoice", invoice=draft["id"], **given)
    shown = {name: changed[name] for name in ("payment_terms", "notes", "po_number")}
    assert shown == {"payment_terms": 30, "notes": "Thank you", "po_number": "PO-7"}
    assert changed["lines"][0] == draft["lines"][0]
    assert said(changed["lines"][1:]) == [
        {
            "kind": "custom",
            "description": "Hosting",
            "quantity": "2",
            "unit": "",
            "unit_price": "15.50",
            "amount": "31.00",
            "tax_rate": "19",
        },
        {
            "kind": "custom",
            "description": "Rebate",
            "quantity": "1",
            "unit": "piece",
            "unit_price": "-10.00",
            "amount": "-10.00",
            "tax_rate": "7",
        },
    ]
    # 135.00 + 31.00 - 10.00, less 10 %: 149.40 at 19 % and -9.00 at 7 %.
    sums = ("subtotal", "discount_amount", "tax", "total")
    assert [changed[name] for name in sums] == ["156.00", "15.60", "27.76", "168.16"]
    assert await claims(house) == held

    before = await everything(house[0])
    clock.advance(seconds=1)
    assert await door.call("update_invoice", invoice=draft["id"], **given) == changed
    assert await everything(house[0]) == before

    one = await door.call("update_invoice", invoice=draft["id"], lines=[REBATE])
    assert [line["description"] for line in one["lines"][1:]] == ["Rebate"]
    assert one["discount_amount"] == "12.50"
    amount = await door.call("update_invoice", invoice=draft["id"], discount="25.00")
    assert (amount["discount_amount"], amount["notes"]) == ("25.00", "Thank you")
    plain = await door.call(
        "update_invoice", invoice=draft["id"], lines=[], discount="", notes="", po_number=""
    )
    assert (plain["lines"], plain["total"]) == (draft["lines"], draft["total"])
    assert not {"notes", "po_number"} & plain.keys()
    assert await kinds(house) == ["invoice.created", *["invoice.updated"] * 4]
    positions = (await everything(house[0]))["invoice_line"]
    assert [row["position"] for row in positions] == [1]


async def test_what_cannot_be_put_on_a_draft_is_refused(house: House, door: Door) -> None:
    await work_at_acme(door, "1h")
    draft = await drafted(door)
    cases: list[tuple[dict[str, Any], str]] = [
        (
            {"discount": "90.01"},
            "discount: The discount of 90.01 EUR is over the lines' total of 90.00 EUR; give at "
            "most that.",
        ),
        ({"discount": "101%"}, "discount: "),
        (
            {"lines": [HOSTING, {**HOSTING, "quantity": "0"}]},
            'lines: line 2: "0" is out of range; write a quantity up to 1000000, like 1.5.',
        ),
        ({"lines": [{**HOSTING, "tax_rate": "120"}]}, "lines: line 1: "),
        (
            {"lines": [{**REBATE, "unit_price": "-90.01"}]},
            "lines: The invoice's lines would be -0.01 EUR, below zero; make the negative lines "
            "smaller.",
        ),
        ({"lines": [{"description": "Nothing"}]}, "lines"),
        ({"payment_terms": -1}, "payment_terms must be at least 0."),
    ]
    for given, sentence in cases:
        refusal = await refused(house, door, "update_invoice", invoice=draft["id"], **given)
        assert refusal.code == "validation_error"
        assert refusal.message.startswith(sentence), given


async def test_what_is_issued_is_neither_changed_nor_deleted(house: House, door: Door) -> None:
    await work_at_acme(door, "1h")
    sent = await issued(door)
    for operation, given in (("update_invoice", {"notes": "x"}), ("delete_invoice", {})):
        refusal = await refused(house, door, operation, invoice=sent["number"], **given)
        assert refusal.code == "conflict"
        assert refusal.message == (
            f"Invoice {sent['number']} was sent already; cancel it instead, and duplicate it for "
            "a draft that can be changed."
        )


# Deleting and restoring.


async def test_a_deleted_draft_is_gone_and_comes_back(house: House, door: Door) -> None:
    entry, *_ = await work_at_acme(door, "1h", "2h")
    draft = await drafted(door)
    held = await claims(house)
    changed = await door.call("update_invoice", invoice=draft["id"], lines=[HOSTING])
    gone = await door.call("delete_invoice", invoice=draft["id"])
    assert gone["available_actions"] == ["restore_invoice"]
    assert not any(live for _, live in await claims(house))
    assert (await door.call("list_unbilled"))["clients"][0]["entries"] == 2
    assert (await door.call("list_invoices"))["invoices"] == []
    for operation in ("get_invoice", "update_invoice", "delete_invoice", "duplicate_invoice"):
        assert (await refused(house, door, operation, invoice=draft["id"])).code == "not_found"

    back = await door.call("restore_invoice", invoice=draft["id"])
    assert (back["status"], back["lines"], back["total"]) == (
        "DRAFT",
        changed["lines"],
        changed["total"],
    )
    assert await claims(house) == held
    assert (await door.call("list_unbilled"))["clients"] == []
    refusal = await refused(house, door, "delete_time_entry", time_entry=entry["id"])
    assert refusal.code == "conflict"
    assert await kinds(house) == [
        "invoice.created",
        "invoice.updated",
        "invoice.deleted",
        "invoice.restored",
    ]
    sent = await confirmed(door, "send_invoice", invoice=draft["id"])
    assert sent["total"] == changed["total"]


async def test_a_cancelled_draft_comes_back_with_its_fee(house: House, door: Door) -> None:
    await work_at_acme(door, "1h")
    await door.call(
        "create_project", client="Acme", name="Logo", rate_type="FIXED", fixed_fee_amount="500"
    )
    draft = await drafted(door)
    for _ in range(2):
        await door.call("cancel_invoice", invoice=draft["id"])
        assert (await door.call("list_unbilled"))["clients"][0]["fees"] == 1
        back = await door.call("restore_invoice", invoice=draft["id"])
        assert (back["status"], back["total"]) == ("DRAFT", draft["total"])
        assert (await door.call("list_unbilled"))["clients"] == []

    await door.call("cancel_invoice", invoice=draft["id"])
    await door.call("update_project", project="Logo", fixed_fee_amount="600")
    refusal = await refused(house, door, "restore_invoice", invoice=draft["id"])
    assert refusal.error["difference"][0]["now"] == "600.00"


async def test_a_draft_whose_time_became_something_else_does_not_come_back(
    house: House, door: Door, clock: Clock
) -> None:
    entries = await work_at_acme(door, "1h", "2h", "3h", "4h", "5h")
    await drafted(door, exclude=[entry["id"] for entry in entries[1:]])
    await door.call("create_project", client="Acme", name="Shop", hourly_rate="90")
    draft = await drafted(door)
    await door.call("delete_invoice", invoice=draft["id"])
    clock.advance(seconds=1)
    longer, dull, gone, noted = (entry["id"] for entry in entries[1:])
    await door.call("update_time_entry", time_entry=longer, duration="6h")
    await door.call("update_time_entry", time_entry=dull, billable=False)
    await door.call("delete_time_entry", time_entry=gone)
    await door.call("update_time_entry", time_entry=noted, note="Another thing")
    refusal = await refused(house, door, "restore_invoice", invoice=draft["id"])
    assert refusal.code == "conflict"
    assert refusal.message.startswith(f"The draft {draft['id']} cannot be restored as it was: ")
    became = {one["what"]: (one["was"], one["now"]) for one in refusal.error["difference"]}
    assert became == {
        f"entry {longer}": ("2h at 90.00", "6h"),
        f"entry {dull}": ("3h at 90.00", "not billable any more"),
        f"entry {gone}": ("4h at 90.00", "deleted"),
        f"entry {noted}": ("5h at 90.00", "changed"),
    }


async def test_a_draft_whose_time_is_billed_or_priced_anew_does_not_come_back(
    house: House, door: Door
) -> None:
    await work_at_acme(door, "1h")
    draft = await drafted(door)
    await door.call("cancel_invoice", invoice=draft["id"])
    other = await drafted(door)
    refusal = await refused(house, door, "restore_invoice", invoice=draft["id"])
    assert refusal.error["difference"][0]["now"] == f"billed on {other['id']}"
    await door.call("delete_invoice", invoice=other["id"])
    await door.call("set_rate", rate="100", project="redesign")
    refusal = await refused(house, door, "restore_invoice", invoice=draft["id"])
    assert refusal.error["difference"][0]["now"] == "priced at 100.00"


async def test_what_was_issued_or_is_there_is_not_restored(house: House, door: Door) -> None:
    await work_at_acme(door, "1h")
    draft = await drafted(door)
    refusal = await refused(house, door, "restore_invoice", invoice=draft["id"])
    assert refusal.message.endswith("is a draft; there is nothing to restore.")
    sent = await confirmed(door, "send_invoice", invoice=draft["id"])
    await confirmed(door, "cancel_invoice", invoice=sent["number"])
    refusal = await refused(house, door, "restore_invoice", invoice=sent["number"])
    assert refusal.message.endswith("cannot be restored; duplicate it instead.")


# Duplicating.


async def test_a_live_invoice_is_duplicated_without_its_time(house: House, door: Door) -> None:
    await work_at_acme(door, "1h", "2h")
    draft = await drafted(door, notes="Thank you", po_number="PO-7")
    await door.call("update_invoice", invoice=draft["id"], lines=[HOSTING], discount="10%")
    sent = await confirmed(door, "send_invoice", invoice=draft["id"])
    copy = await door.call("duplicate_invoice", invoice=sent["number"])
    assert (copy["status"], copy["notes"], copy["po_number"]) == ("DRAFT", "Thank you", "PO-7")
    assert (copy["payment_terms"], copy["discount_amount"]) == (14, "3.10")
    assert [line["description"] for line in copy["lines"]] == ["Hosting"]
    assert copy["warnings"] == [
        "Left out Website redesign: 2 of its 2 entries cannot come along, one is billed on "
        f"{sent['number']}."
    ]
    again = await door.call("duplicate_invoice", invoice=sent["number"])
    assert (again["id"], again["repeated"]) == (copy["id"], True)
    more = await door.call("duplicate_invoice", invoice=sent["number"], allow_duplicate=True)
    assert more["id"] != copy["id"]


async def test_a_cancelled_invoice_is_duplicated_with_what_is_free(
    house: House, door: Door
) -> None:
    first, second = await work_at_acme(door, "1h", "2h")
    await door.call(
        "create_project", client="Acme", name="Logo", rate_type="FIXED", fixed_fee_amount="500"
    )
    sent = await issued(door, group_by="entry", discount="550.00")
    assert sent["subtotal"] == "770.00"
    await confirmed(door, "cancel_invoice", invoice=sent["number"])
    await door.call("set_rate", rate="100", project="redesign", rate_from="2026-11-01")
    copy = await door.call("duplicate_invoice", invoice=sent["number"])
    assert (copy["subtotal"], copy["discount_amount"]) == ("800.00", "550.00")
    assert (
        copy["warnings"] == ["2026-11-20 · Website redesign: 100.00 an hour now, 90.00 then."] * 2
    )
    live = [subject for subject, is_live in await claims(house) if is_live]
    assert {first["id"], second["id"]} < set(live)
    assert len(live) == 3

    await door.call("delete_invoice", invoice=copy["id"])
    await door.call("delete_time_entry", time_entry=first["id"])
    await door.call("update_project", project="Logo", rate_type="NON_BILLABLE")
    rest = await door.call("duplicate_invoice", invoice=sent["number"], allow_duplicate=True)
    assert (rest["subtotal"], rest["discount_amount"]) == ("200.00", "0.00")
    assert rest["warnings"] == [
        "Left out 2026-11-20 · Website redesign: its entry is deleted.",
        "Left out Logo · fixed fee: its fee is not to be billed now.",
        "2026-11-20 · Website redesign: 100.00 an hour now, 90.00 then.",
        "Left out the discount of 550.00: it is over what is left.",
    ]


async def test_a_duplicate_says_what_costs_something_else_than_it_did(
    house: House, door: Door, clock: Clock
) -> None:
    [entry] = await work_at_acme(door, "2h")
    await door.call("create_project", client="Acme", name="Shop", hourly_rate="50")
    await logged(door, "1h", project="Shop")
    await door.call(
        "create_project", client="Acme", name="Logo", rate_type="FIXED", fixed_fee_amount="1000"
    )
    sent = await issued(door)
    await confirmed(door, "cancel_invoice", invoice=sent["number"])
    same = await door.call("duplicate_invoice", invoice=sent["number"])
    assert (same["total"], same["warnings"]) == (sent["total"], [])
    await door.call("delete_invoice", invoice=same["id"])

    await door.call("update_project", project="redesign", hourly_rate="150")
    await door.call("update_project", project="Logo", fixed_fee_amount="1200")
    copy = await door.call("duplicate_invoice", invoice=sent["number"], allow_duplicate=True)
    assert copy["warnings"] == [
        "Website redesign: 150.00 an hour now, 90.00 then.",
        "Logo · fixed fee: 1200.00 now, 1000.00 then.",
    ]
    await door.call("delete_invoice", invoice=copy["id"])
    await door.call("update_project", project="redesign", hourly_rate="90")
    await door.call("update_time_entry", time_entry=entry["id"], duration="3h")
    longer = await door.call("duplicate_invoice", invoice=sent["number"], allow_duplicate=True)
    assert longer["warnings"][0] == "Website redesign: 270.00 now, 180.00 then."


async def test_a_duplicate_of_time_alone_is_empty_and_one_below_nothing_refused(
    house: House, door: Door
) -> None:
    await work_at_acme(door, "1h")
    draft = await drafted(door)
    empty = await door.call("duplicate_invoice", invoice=draft["id"])
    assert (empty["lines"], empty["total"]) == ([], "0.00")
    assert empty["warnings"] == [
        f"Left out Website redesign: its entry is billed on {draft['id']}.",
        "It has no lines yet: add some to it.",
    ]
    await door.call("update_invoice", invoice=draft["id"], lines=[REBATE])
    refusal = await refused(house, door, "duplicate_invoice", invoice=draft["id"])
    assert refusal.code == "conflict"
    assert "it would come to less than nothing" in refusal.message
    assert await logged(door, "1h")


# All of it.


async def test_the_doctor_finds_nothing_at_any_step(house: House, database_url: str) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    await work_at_acme(door, "1h", "2h")
    await door.call(
        "create_project", client="Acme", name="Logo", rate_type="FIXED", fixed_fee_amount="500"
    )
    draft = (await drafted(door))["id"]
    steps: list[tuple[str, dict[str, Any]]] = [
        ("update_invoice", {"lines": [HOSTING, REBATE], "discount": "5%"}),
        ("delete_invoice", {}),
        ("restore_invoice", {}),
        ("update_invoice", {"lines": [REBATE]}),
        ("cancel_invoice", {}),
    ]
    for operation, given in steps:
        await door.call(operation, invoice=draft, **given)
        assert await diagnose(database_url) == [], operation
    copy = (await door.call("duplicate_invoice", invoice=draft))["id"]
    assert await diagnose(database_url) == []
    await confirmed(door, "send_invoice", invoice=copy)
    await confirmed(door, "cancel_invoice", invoice=copy)
    await door.call("restore_invoice", invoice=draft)
    await confirmed(door, "send_invoice", invoice=draft)
    assert await diagnose(database_url) == []
