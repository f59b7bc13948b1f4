"""What a billed fee stands for stays as it is until the fee is free again."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import confirmed, drafted, logged, work_at_acme
from houses import Door
from scenes import House, refused

pytestmark = pytest.mark.anyio

CHANGES: tuple[dict[str, Any], ...] = (
    {"rate_type": "HOURLY", "hourly_rate": "100"},
    {"rate_type": "NON_BILLABLE"},
    {"fixed_fee_amount": "1500"},
    {"client": "Borg"},
)


async def test_hours_of_a_billed_fee_are_not_billed_again(house: House, door: Door) -> None:
    await work_at_acme(door)
    await door.call("create_client", name="Borg", currency="EUR")
    await door.call(
        "create_project", client="Acme", name="Logo", rate_type="FIXED", fixed_fee_amount="1000"
    )
    await logged(door, "3h", project="Logo")
    draft = (await drafted(door))["id"]

    async def stays(where: str, way_out: str) -> None:
        for change in CHANGES:
            refusal = await refused(house, door, "update_project", project="Logo", **change)
            assert (refusal.code, refusal.message) == (
                "conflict",
                f"The fee of Logo is on the {where}, so its rate_type, fixed_fee_amount and client "
                f"stay as they are. {way_out} first, or make a new project.",
            )
        # What says no more than is so, and what the fee does not rest on, is nobody's harm.
        same = {"rate_type": "FIXED", "fixed_fee_amount": "1000", "client": "Acme"}
        await door.call("update_project", project="Logo", description=where, **same)
        assert (await door.call("list_unbilled"))["clients"] == []

    await stays(f"draft {draft}", "Delete the draft with delete_invoice")
    await confirmed(door, "send_invoice", invoice=draft)
    await stays("invoice INV-2026-0001", "Cancel the invoice with cancel_invoice")
    await confirmed(door, "cancel_invoice", invoice=draft)
    await door.call("update_project", project="Logo", fixed_fee_amount="1500")
    changed = await door.call("update_project", project="Logo", **CHANGES[0])
    assert changed["rate_type"] == "HOURLY"
    assert (await door.call("list_unbilled"))["clients"][0]["total"] == "357.00"
