"""What was confirmed is all that is done: not only the sentence that was shown."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import ONE_DOOR, confirmed, drafted, issued, work_at_acme
from houses import Door, open_door
from rows import add_member
from scenes import House, refused
from sqlalchemy import update

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.tables import Token

pytestmark = pytest.mark.anyio

CHANGED = (
    "Something has changed since that was confirmed. Call again without confirm, look at what it "
    "would do, and confirm that."
)
EXTRA = {"description": "Extra", "quantity": "1", "tax_rate": "19"}
LINES = [{**EXTRA, "unit_price": "100"}, {**EXTRA, "unit_price": "-100"}]
UNSEEN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("update_invoice", {"notes": "Pay to another account"}),
    ("update_invoice", {"po_number": "4711"}),
    ("update_invoice", {"lines": LINES}),
    ("update_client", {"client": "Acme", "billing_address": "2 Canyon Road"}),
    ("update_client", {"client": "Acme", "tax_number": "DE123"}),
    ("set_up", {"name": "Another seller"}),
    ("set_up", {"address": "Elsewhere 1"}),
    ("set_up", {"tax_id": "DE456"}),
    ("set_up", {"bank_details": "DE00 1234"}),
)


async def test_a_confirmation_covers_all_that_is_frozen(house: House, door: Door) -> None:
    await work_at_acme(door, "2h")
    draft = (await drafted(door))["id"]
    asked = await door.call("send_invoice", invoice=draft)
    for operation, given in UNSEEN:
        which = {"invoice": draft} if operation == "update_invoice" else {}
        await door.call(operation, **which, **given)
        refusal = await refused(
            house, door, "send_invoice", invoice=draft, confirm=asked["confirm"]
        )
        assert (refusal.code, refusal.message) == ("conflict", CHANGED), given
        before, asked = asked, await door.call("send_invoice", invoice=draft)
        assert asked.keys() == {"would", "confirm"}
        assert asked["would"] == before["would"], "the sentence alone does not tell"
    # What is no part of the invoice does not stand in the way.
    await door.call("update_client", client="Acme", notes="Likes blue")
    sent = await door.call("send_invoice", invoice=draft, confirm=asked["confirm"])
    assert sent["number"] == "INV-2026-0001"


@ONE_DOOR
async def test_cancelling_is_confirmed_for_the_invoice_as_it_was(house: House, door: Door) -> None:
    await work_at_acme(door, "2h")
    invoice = (await issued(door))["id"]
    asked = await door.call("cancel_invoice", invoice=invoice)
    payment = await door.call("record_payment", invoice=invoice, amount="10")
    await door.call("void_payment", payment=payment["id"])
    refusal = await refused(
        house, door, "cancel_invoice", invoice=invoice, confirm=asked["confirm"]
    )
    assert refusal.message == CHANGED
    assert (await confirmed(door, "cancel_invoice", invoice=invoice))["status"] == "CANCELLED"


async def _only(house: House, caller: Caller, scopes: str) -> None:
    """Leave a token no more than these scopes."""
    table = core_table(Token)
    which = table.c.prefix == caller.token.split("_")[2]

    async def unit(session: Session) -> None:
        await session.unscoped(update(table).where(which).values(scopes=scopes).returning(table))

    await (await house[0].database()).write(unit)


@ONE_DOOR
async def test_a_draft_is_cancelled_without_the_right_to_send(house: House, door: Door) -> None:
    await work_at_acme(door, "2h")
    sent = await issued(door)
    await door.call("log_time", project="redesign", duration="1h")
    draft = await drafted(door)
    mia = await add_member(house[0], "Mia", role="MANAGER")
    await _only(house, mia, "invoices:read invoices:write")
    async with open_door(door.name, house[0], mia) as mias:
        refusal = await refused(house, mias, "cancel_invoice", invoice=sent["id"])
        assert (refusal.code, refusal.message) == (
            "forbidden_scope",
            "That needs a token with the scope invoices:send.",
        )
        cancelled = await mias.call("cancel_invoice", invoice=draft["id"])
        assert cancelled["status"] == "CANCELLED"
