"""What the database itself holds fast: what is issued stays, and nothing is charged for twice."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import confirmed, drafted, issued, logged, work_at_acme
from houses import Door, open_door
from raw_sql import copied, run_raw
from rows import everything
from scenes import House
from sqlalchemy.exc import DBAPIError, IntegrityError

pytestmark = pytest.mark.anyio

FROZEN = (
    "number = 'X'",
    "number = NULL",
    "number_key = NULL",
    "sequence = 99",
    "total = total + 1",
    "lines_total = 0",
    "discount = 1",
    "net = 0",
    "tax = 0",
    "currency = 'USD'",
    "bill_to_name = 'Somebody'",
    "bill_to_address = NULL",
    "bill_to_tax_number = 'X'",
    "seller_name = 'Somebody'",
    "issue_date = '2020-01-01'",
    "due_date = '2030-01-01'",
    "payment_terms_days = 1",
    "po_number = 'X'",
    "notes = 'X'",
    "bank_details = 'X'",
    "sent_at = 1",
    "created_at = 1",
    "deleted_at = 1",
    "client_id = 'X'",
    "proposal_id = NULL",
)


async def a_draft_and_an_issued_one(door: Door) -> tuple[Any, Any]:
    """Make both, each over time of its own."""
    await work_at_acme(door, "2h")
    sent = await issued(door)
    await logged(door, "1h")
    return await drafted(door), sent


async def test_what_is_issued_cannot_be_changed_past_the_program(
    house: House, database_url: str
) -> None:
    runtime, caller = house
    async with open_door("in-process", runtime, caller) as door:
        draft, sent = await a_draft_and_an_issued_one(door)
        paid = await door.call("record_payment", invoice=sent["id"], amount="14.20", note="TX 1")
        before = await everything(runtime)
        claim = f"invoice_id = '{sent['id']}'"
        line = before["invoice_line"]
        of_sent = next(row["id"] for row in line if row["invoice_id"] == sent["id"])
        refusals = [
            *(f"UPDATE invoice SET {change} WHERE id = '{sent['id']}'" for change in FROZEN),
            "DELETE FROM invoice",
            f"DELETE FROM invoice WHERE id = '{draft['id']}'",
            f"UPDATE invoice_line SET amount = 1 WHERE {claim}",
            f"UPDATE invoice_line SET description = 'X' WHERE {claim}",
            f"UPDATE invoice_line SET invoice_id = '{draft['id']}' WHERE {claim}",
            f"DELETE FROM invoice_line WHERE {claim}",
            copied("invoice_line", of_sent, id="il_2", position=2),
            f"UPDATE billing_claim SET amount = 1 WHERE {claim}",
            f"UPDATE billing_claim SET subject_id = 'te_2' WHERE {claim}",
            f"UPDATE billing_claim SET invoice_id = '{draft['id']}' WHERE {claim}",
            f"UPDATE billing_claim SET billed_seconds = 0 WHERE {claim}",
            f"UPDATE billing_claim SET released_at = 1 WHERE {claim}",
            "DELETE FROM billing_claim",
            "UPDATE payment SET amount = 1",
            "UPDATE payment SET received_on = '2020-01-01'",
            "UPDATE payment SET note = NULL",
            "DELETE FROM payment",
            f"UPDATE invoice SET status = 'DRAFT' WHERE id = '{sent['id']}'",
            copied("payment", paid["id"], id="pay_2", invoice_id=draft["id"]),
        ]
        for statement in refusals:
            with pytest.raises(DBAPIError, match="is refused: its rows are never changed"):
                await run_raw(database_url, statement)
        assert await everything(runtime) == before
        # A draft is worked on, and what became of an invoice goes on.
        await run_raw(database_url, f"UPDATE invoice SET notes = 'X' WHERE id = '{draft['id']}'")
        await run_raw(
            database_url,
            f"UPDATE invoice_line SET description = 'X' WHERE invoice_id = '{draft['id']}'",
        )
        await run_raw(database_url, f"UPDATE invoice SET paid = 0 WHERE id = '{sent['id']}'")


async def test_what_was_cancelled_and_voided_stays_so(house: House, database_url: str) -> None:
    runtime, caller = house
    async with open_door("in-process", runtime, caller) as door:
        _, sent = await a_draft_and_an_issued_one(door)
        paid = await door.call("record_payment", invoice=sent["id"], amount="14.20")
        await door.call("void_payment", payment=paid["id"])
        await confirmed(door, "cancel_invoice", invoice=sent["id"])
        before = await everything(runtime)
        claim = next(
            row["line_id"] for row in before["billing_claim"] if row["invoice_id"] == sent["id"]
        )
        for statement in (
            "UPDATE payment SET voided_at = NULL",
            f"UPDATE invoice SET status = 'SENT' WHERE id = '{sent['id']}'",
            f"UPDATE billing_claim SET released_at = NULL WHERE line_id = '{claim}'",
            f"INSERT INTO billing_claim SELECT * FROM billing_claim WHERE line_id = '{claim}'",
        ):
            with pytest.raises(DBAPIError, match="is refused: its rows are never changed"):
                await run_raw(database_url, statement)
        assert await everything(runtime) == before


async def test_a_line_cannot_be_slipped_onto_what_is_issued(
    house: House, database_url: str
) -> None:
    runtime, caller = house
    async with open_door("in-process", runtime, caller) as door:
        draft, sent = await a_draft_and_an_issued_one(door)
        move = (
            f"UPDATE invoice_line SET invoice_id = '{sent['id']}', position = 2 "
            f"WHERE invoice_id = '{draft['id']}'"
        )
        with pytest.raises(DBAPIError, match="is refused"):
            await run_raw(database_url, move)


async def test_a_subject_has_one_live_claim(house: House, database_url: str) -> None:
    runtime, caller = house
    async with open_door("in-process", runtime, caller) as door:
        [entry] = await work_at_acme(door, "2h")
        first = await drafted(door)
        await door.call("cancel_invoice", invoice=first["id"])
        second = await issued(door)
        rows = (await everything(runtime))["billing_claim"]
        lines = {row["invoice_id"]: row["line_id"] for row in rows}
        assert [row["subject_id"] for row in rows] == [entry["id"]] * 2

        revived = (
            f"UPDATE billing_claim SET released_at = NULL WHERE line_id = '{lines[first['id']]}'"
        )
        with pytest.raises(IntegrityError):
            await run_raw(database_url, revived)
        assert (await everything(runtime))["billing_claim"] == rows
        # Without the index nothing else stands in the way: it is the index that holds.
        await run_raw(database_url, "DROP INDEX uq_billing_claim_live")
        await run_raw(database_url, revived)
        live = [
            row
            for row in (await everything(runtime))["billing_claim"]
            if row["released_at"] is None
        ]
        assert {row["invoice_id"] for row in live} == {first["id"], second["id"]}


async def test_no_number_place_or_proposal_is_used_twice(house: House, database_url: str) -> None:
    runtime, caller = house
    async with open_door("in-process", runtime, caller) as door:
        draft, sent = await a_draft_and_an_issued_one(door)
        taken = next(
            row for row in (await everything(runtime))["invoice"] if row["id"] == sent["id"]
        )
        for change in (
            f"number_key = '{taken['number_key']}'",
            f"sequence = {taken['sequence']}",
            f"proposal_id = '{taken['proposal_id']}'",
        ):
            with pytest.raises(IntegrityError):
                await run_raw(
                    database_url, f"UPDATE invoice SET {change} WHERE id = '{draft['id']}'"
                )
        assert (await confirmed(door, "send_invoice", invoice=draft["id"]))["number"].endswith("2")
