"""A small studio with three months of work and money behind it, the same every time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from billing_scenes import confirmed
from houses import Door, InProcess
from rows import add_member

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime

FIRST_MONDAY = date(2026, 8, 31)
WEEKS = 12
CLIENTS = (("Acme", "EUR"), ("Globex & Sons", "EUR"), ("Kaizen KK", "JPY"))
PROJECTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Acme", "Website redesign", {"hourly_rate": "90", "budget_hours": "100h"}),
    ("Acme", "Care", {"rate_type": "FIXED", "fixed_fee_amount": "12000", "hourly_rate": "80"}),
    ("Globex & Sons", "Annual report", {"hourly_rate": "110", "budget_amount": "15000"}),
    ("Kaizen KK", "Localisation", {"hourly_rate": "9000"}),
    ("Kaizen KK", "Studio time", {"rate_type": "NON_BILLABLE"}),
)
HOURS = (4, 1, 2, 3, 1, 5, 2, 0, 6, 3, 2, 4, 1, 3, 5, 2, 7)
"""How long things take; its length shares no factor with how many things there are."""

BILLED = (("Acme", 9), ("Globex & Sons", 9), ("Kaizen KK", 9), ("Acme", 10), ("Globex & Sons", 10))


async def furnish(runtime: Runtime, owner: Caller) -> None:
    """Fill a house that was just founded."""
    door = InProcess(runtime, owner)
    await door.call(
        "set_up",
        name="Ada's Studio",
        your_name="Ada",
        time_zone="UTC",
        currency="EUR",
        address="2 Mesa Street",
        payment_terms=14,
    )
    for name, currency in CLIENTS:
        await door.call(
            "create_client", name=name, currency=currency, billing_address="1 Canyon Road"
        )
    for client, name, terms in PROJECTS:
        await door.call("create_project", client=client, name=name, **terms)
    mia = InProcess(runtime, await add_member(runtime, "Mia", role="MANAGER"))
    for week in range(WEEKS):
        await door.call("log_times", entries=_week(week, 0))
        await mia.call("log_times", entries=_week(week, 3))
    for client, month in BILLED:
        await _bill(door, client, month)


def _week(week: int, beginning: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for weekday in range(5):
        day = FIRST_MONDAY + timedelta(days=7 * week + weekday)
        for place, (_, project, _) in enumerate(PROJECTS):
            hours = HOURS[(week * 25 + weekday * 5 + place + beginning) % len(HOURS)]
            if hours and (place + weekday + beginning) % 3:
                entry = {"project": project, "duration": f"{hours * 30}m", "date": day.isoformat()}
                found.append(entry)
    return found


async def _bill(door: Door, client: str, month: int) -> None:
    proposed = await door.call("preview_invoice", client=client, period=f"2026-{month:02}")
    draft = await door.call("create_invoice", proposal=proposed["proposal"])
    issue_date = date(2026, month + 1, 2)
    sent = await confirmed(
        door, "send_invoice", invoice=draft["id"], issue_date=issue_date.isoformat()
    )
    if (client, month) != ("Globex & Sons", 9):
        received_on = min(issue_date + timedelta(days=12), date(2026, 11, 20))
        amount = {} if month == 9 else {"amount": "500"}
        await door.call(
            "record_payment", invoice=sent["number"], received_on=received_on.isoformat(), **amount
        )
