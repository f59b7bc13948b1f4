"""A house in which work was logged, billed, paid and cancelled, and that others are told of."""

from __future__ import annotations

from billing_scenes import confirmed, drafted, issued, logged, work_at_acme
from houses import FRIDAY_MORNING_US, Clock, InProcess, open_house


async def bill(database_url: str) -> None:
    """Leave a paid, a sent, a cancelled and a deleted invoice, a draft, and open work."""
    async with open_house(database_url, clock=Clock(FRIDAY_MORNING_US)) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door, "1h", "2h 30m")
        paid = await issued(door)
        await door.call("record_payment", invoice=paid["id"])
        await logged(door, "3h", note="Zürich — “naïve” 日本", tags=["müde", "a,b"])
        await issued(door)
        await logged(door, "4h")
        sent = await issued(door)
        await confirmed(door, "cancel_invoice", invoice=sent["id"])
        await door.call("delete_invoice", invoice=(await drafted(door))["id"])
        await drafted(door)
        await logged(door, "5h")
        await door.call("start_timer", project="redesign")
        sink = {"url": "https://example.com/in", "events": ["client.created"]}
        await confirmed(door, "create_webhook", **sink)
