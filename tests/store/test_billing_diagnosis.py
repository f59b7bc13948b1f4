"""The doctor sees whatever contradicts itself in what was billed and paid."""

from __future__ import annotations

import pytest
from contradictions import assert_each_is_found
from houses import InProcess
from traffic import Traffic

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio

THE_SENT = "(SELECT MAX(id) FROM invoice WHERE status = 'SENT')"
A_DRAFT = (
    "(SELECT MAX(id) FROM invoice WHERE status = 'DRAFT' AND currency = 'EUR' "
    "AND deleted_at IS NULL)"
)
A_CLAIM = (
    f"(SELECT MAX(subject_id) FROM billing_claim WHERE released_at IS NULL "
    f"AND subject_kind = 'entry' AND invoice_id = {THE_SENT})"
)
A_LINE = f"(SELECT MAX(id) FROM invoice_line WHERE kind = 'time' AND invoice_id = {THE_SENT})"
A_LINE_OF_A_DRAFT = f"(SELECT MAX(id) FROM invoice_line WHERE invoice_id = {A_DRAFT})"
THE_FEE = "(SELECT MAX(id) FROM invoice_line WHERE kind = 'fee')"

PLANTED = {
    "a total that is not net and tax": (
        f"UPDATE invoice SET total = total + 1, paid = paid + 1 WHERE id = {THE_SENT}",
        {"invoice.sums", "invoice.payments"},
    ),
    "a net that is not what the lines come to": (
        f"UPDATE invoice SET lines_total = lines_total + 1, net = net + 1, total = total + 1 "
        f"WHERE id = {THE_SENT}",
        {"invoice.sums"},
    ),
    "more paid than was owed": (
        f"UPDATE invoice SET paid = total + 1 WHERE id = {THE_SENT}",
        {"invoice.balance", "invoice.payments"},
    ),
    "paid, with money due": (
        f"UPDATE invoice SET status = 'PAID' WHERE id = {THE_SENT}",
        {"invoice.balance"},
    ),
    "a payment that was not counted": (
        "UPDATE payment SET voided_at = NULL",
        {"invoice.payments"},
    ),
    "a gap in the numbers": (
        "UPDATE organization SET invoice_sequence = invoice_sequence + 1",
        {"invoice.numbers"},
    ),
    "an entry that was billed and looks free": (
        f"UPDATE time_entry SET line_id = NULL WHERE id = {A_CLAIM}",
        {"claim.entry"},
    ),
    "a claim that was let go under its entry": (
        f"UPDATE billing_claim SET released_at = 1 WHERE subject_id = {A_CLAIM}",
        {"claim.entry", "claim.lost"},
    ),
    "a claim that is left behind": (
        f"UPDATE invoice SET status = 'CANCELLED', paid = 0 WHERE id = {THE_SENT}",
        {"claim.left", "invoice.payments"},
    ),
    "time that changed after it was billed": (
        f"UPDATE time_entry SET duration_seconds = duration_seconds + 1 WHERE id = {A_CLAIM}",
        {"claim.time"},
    ),
    "a fee that is charged by nothing": (
        "UPDATE project SET fee_line_id = (SELECT MAX(id) FROM invoice_line) "
        "WHERE rate_type <> 'FIXED'",
        {"claim.fee"},
    ),
    "a line that is not quantity times price": (
        f"UPDATE invoice_line SET quantity = quantity + 10000 WHERE id = {A_LINE}",
        {"line.amount", "line.quantity"},
    ),
    "a claim of what stands that let its hours go": (
        f"UPDATE billing_claim SET released_at = 1 WHERE invoice_id = {A_DRAFT}",
        {"claim.entry", "claim.lost"},
    ),
    "a draft with another tax": (
        f"UPDATE invoice SET tax = tax + 1, total = total + 1 WHERE id = {A_DRAFT}",
        {"invoice.sums"},
    ),
    "an issued invoice with another tax": (
        f"UPDATE invoice SET tax = tax + 1, total = total + 1 WHERE id = {THE_SENT}",
        {"invoice.sums"},
    ),
    "a discount over the lines": (
        f"UPDATE invoice SET discount_percent = NULL, discount_amount = 99999999 "
        f"WHERE id = {THE_SENT}",
        {"invoice.sums"},
    ),
    "a currency that is none": (
        f"UPDATE invoice SET currency = 'XYZ' WHERE id = {A_DRAFT}",
        {"currency.unknown"},
    ),
    "a line with another tax rate": (
        f"UPDATE invoice_line SET tax_rate = 70000 WHERE id = {A_LINE_OF_A_DRAFT}",
        {"invoice.sums"},
    ),
    "a line that charges for other time": (
        f"UPDATE invoice_line SET billed_seconds = billed_seconds + 60 "
        f"WHERE id = {A_LINE_OF_A_DRAFT}",
        {"line.quantity", "line.claims"},
    ),
    "a fee that is not quantity times price": (
        f"UPDATE invoice_line SET unit_price = unit_price + 10000 WHERE id = {THE_FEE}",
        {"line.amount"},
    ),
    "claims that come to another amount": (
        f"UPDATE billing_claim SET amount = amount + 1 WHERE subject_id = {A_CLAIM}",
        {"line.claims"},
    ),
    "claims that come to other time": (
        f"UPDATE billing_claim SET billed_seconds = billed_seconds + 1 WHERE line_id = {A_LINE}",
        {"line.claims"},
    ),
    "a claim on a line of another invoice": (
        f"UPDATE billing_claim SET invoice_id = {A_DRAFT} WHERE subject_id = {A_CLAIM}",
        {"claim.line"},
    ),
    "an entry that was deleted after it was billed": (
        f"UPDATE time_entry SET deleted_at = 1 WHERE id = {A_CLAIM}",
        {"claim.subject"},
    ),
    "an entry that is not billable after it was billed": (
        f"UPDATE time_entry SET billable = false WHERE id = {A_CLAIM}",
        {"claim.subject"},
    ),
    "sent, without a number": (
        f"UPDATE invoice SET number = NULL, number_key = NULL WHERE id = {THE_SENT}",
        {"invoice.issued"},
    ),
    "a series that goes back": (
        "UPDATE invoice SET issue_date = '2020-01-01' WHERE sequence = 2",
        {"invoice.days"},
    ),
    "written off, with money due": (
        f"UPDATE invoice SET status = 'WRITTEN_OFF' WHERE id = {THE_SENT}",
        {"invoice.balance"},
    ),
}


@pytest.fixture
async def bills(house: tuple[Runtime, Caller], past_day: Traffic) -> None:
    """Leave something that was issued and partly paid, and two drafts."""
    say = InProcess(*house).call
    await say("create_client", name="Cyber", currency="JPY")
    fixed = {"rate_type": "FIXED", "fixed_fee_amount": "240000"}
    await say("create_project", client="Cyber", name="Poster", **fixed)
    await say("log_time", project=past_day.ids["project"], duration="50m", date="yesterday")
    for client in ("Acme", "Cyber"):
        proposed = await say("preview_invoice", client=client)
        await say("create_invoice", proposal=proposed["proposal"])


@pytest.mark.usefixtures("bills")
async def test_what_contradicts_itself_is_found(database_url: str) -> None:
    assert await diagnose(database_url) == []
    await assert_each_is_found(database_url, PLANTED)
