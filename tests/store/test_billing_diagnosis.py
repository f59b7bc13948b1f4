"""The doctor sees whatever contradicts itself in what was billed and paid."""

from __future__ import annotations

import pytest
from houses import Clock
from raw_sql import run_raw
from traffic import Traffic, run_a_day

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio

THE_SENT = "(SELECT MAX(id) FROM invoice WHERE status = 'SENT')"
A_CLAIM = "(SELECT MAX(subject_id) FROM billing_claim WHERE released_at IS NULL)"

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
        {"claim.entry"},
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
        "UPDATE invoice_line SET quantity = quantity + 10000 WHERE id = "
        f"(SELECT MAX(id) FROM invoice_line WHERE invoice_id = {THE_SENT})",
        {"line.amount"},
    ),
}


@pytest.fixture
async def day(house: tuple[Runtime, Caller], clock: Clock) -> Traffic:
    """Return a day on which something was issued and partly paid."""
    return await run_a_day(*house, clock)


@pytest.mark.parametrize(("statement", "codes"), PLANTED.values(), ids=PLANTED)
async def test_what_contradicts_itself_is_found(
    day: Traffic, database_url: str, statement: str, codes: set[str]
) -> None:
    await _without_rules(database_url, statement)
    breaches = await diagnose(database_url)
    assert {one.code for one in breaches if not one.code.startswith("trigger.")} == codes
    assert all(one.way_out for one in breaches)


async def _without_rules(database_url: str, statement: str) -> None:
    """Run what the database's own rules would refuse."""
    drop: list[str] = []
    if database_url.startswith("sqlite"):
        names = await run_raw(database_url, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
        drop = [f"DROP TRIGGER {name}" for (name,) in names]
    await run_raw(database_url, *drop, statement, checked=False)
