"""What there is to do today, in a house where everything waits: each call that is offered works."""

from __future__ import annotations

from collections import Counter

import pytest
from billing_scenes import confirmed
from houses import SECRET_KEY, Clock, Door, InProcess, open_house
from raw_sql import run_raw

pytestmark = pytest.mark.anyio

PERSON_SAYS = {"project": "App", "duration": "1h"}
"""What only a person can say of a call that is offered."""

IN_ORDER = [
    "stop_timer",
    "update_webhook",
    "list_deliveries",
    "list_webhooks",
    "log_time",
    "update_invoice_schedule",
    "list_invoice_schedules",
    "get_invoice",
    "list_unpaid_invoices",
    "send_invoice",
    "list_invoices",
    "list_unbilled",
    "preview_invoice",
]
FOUR = ("Acme", "Bolt", "Core", "Dune")


async def billed(door: Door, client: str, *, sent: bool) -> None:
    """Make an invoice of a client's time of three months ago."""
    await door.call(
        "log_time",
        project=f"{client} site",
        duration="1h",
        date="90 days ago",
        allow_duplicate=True,
    )
    proposed = await door.call("preview_invoice", client=client)
    draft = await door.call("create_invoice", proposal=proposed["proposal"])
    if sent:
        await confirmed(door, "send_invoice", invoice=draft["id"], issue_date="2026-08-25")


async def fill(door: Door, clock: Clock, database_url: str) -> None:
    """Let four of everything wait."""
    await door.call("set_up", name="Studio", time_zone="UTC", address="1 Main St", currency="EUR")
    for name in FOUR:
        await door.call("create_client", name=name, default_rate="90", billing_address="1 Road")
        await door.call("create_project", client=name, name=f"{name} site")
        await billed(door, name, sent=True)
        await billed(door, name, sent=False)
        await door.call("create_invoice_schedule", client=name, rule="monthly on the 1st")
        await confirmed(door, "create_webhook", url=f"https://{name}.example.com/", events=["*"])
    for name in ("No rate", "Fees"):
        await door.call("create_client", name=name)
    await door.call("create_project", client="No rate", name="App")
    fee = {"rate_type": "FIXED", "fixed_fee_amount": "500"}
    await door.call("create_project", client="Fees", name="Logo", **fee)
    for day in ("2 days ago", "9 days ago"):
        await door.call("log_time", project="App", duration="1h", date=day)
    await door.call("start_timer", project="App")
    clock.advance(hours=9)
    await run_raw(
        database_url,
        "UPDATE schedule SET state = 'paused', paused_because = 'The rate is gone.'",
        "UPDATE webhook_endpoint SET failures = 9",
        "UPDATE webhook_endpoint SET state = 'disabled', disabled_because = 'It only failed.' "
        "WHERE url LIKE '%bolt%'",
    )


@pytest.mark.ci
async def test_each_call_that_is_offered_is_accepted_as_it_stands(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock, secret_key=SECRET_KEY) as (runtime, owner):
        door = InProcess(runtime, owner)
        await fill(door, clock, sqlite_url)
        shown = await door.call("overview")
        to_do = [*shown["to_do"], *shown["to_do_about_money"]]
        offered = [one["next_call"]["tool"] for one in to_do]
        assert list(dict.fromkeys(offered)) == IN_ORDER
        assert max(Counter(offered).values()) <= 5  # working days of a week
        assert [one["what"] for one in to_do if one["what"][0] == "1"] == [
            "1 more webhook to look after.",
            "1 more schedule that is paused.",
            "1 more overdue invoice.",
            "1 more draft.",
        ]
        for one in to_do:
            call = one["next_call"]
            said = {name: PERSON_SAYS[name] for name in call.get("needs", ())}
            await door.call(call["tool"], **call["arguments"], **said)
