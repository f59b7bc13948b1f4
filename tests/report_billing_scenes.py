"""What is billed of a random house before it is reported on, and what becomes of the invoices."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from houses import InProcess
from random_houses import Client, House
from report_scenes import EDGES
from rows import change_invoice

TERMS_DAYS = 14
BILLED_BY = ("project, task", "task", "date", "member", "entry")
HOSTING = {"description": "Hosting", "quantity": "1", "unit_price": "3"}


async def bill_some(chance: random.Random, house: House, door: InProcess, today: date) -> None:
    """Bill some of the work, on days that go on, and let invoices come to what they may come to."""
    ages = (0, *EDGES)
    days = sorted(today - timedelta(days=chance.choice(ages) + TERMS_DAYS) for _ in house.clients)
    for client, day in zip(house.clients, days, strict=True):
        last = max([one.day for one in client.entries if one.day <= day.isoformat()], default="")
        entries = [entry for entry in client.entries if entry.day <= last]
        if not house.worked(client, entries) or house.unpriced(client, entries):
            continue
        draft = await _draft(chance, client, last, door)
        fate = chance.choice(["sent"] * 4 + ["cancelled", "draft", "deleted"])
        if fate == "deleted":
            await door.call("delete_invoice", invoice=draft)
        if fate in ("sent", "cancelled"):
            given = {"invoice": draft, "issue_date": day.isoformat()}
            sent = await _confirmed(door, "send_invoice", **given)
            await _settle(chance, sent, day, door, pays=fate == "sent")
        if fate == "cancelled":
            await _confirmed(door, "cancel_invoice", invoice=draft)
        if fate in ("sent", "draft"):
            for entry in entries:
                entry.is_billed = entry.is_charged
            for project in client.projects:
                project.fee_is_charged = bool(project.fee)


async def _draft(chance: random.Random, client: Client, last: str, door: InProcess) -> str:
    off = chance.choice([{}, {"discount": "7%"}])
    chosen: dict[str, Any] = {
        "client": client.id,
        "to_date": last,
        "group_by": chance.choice(BILLED_BY),
    }
    proposed = await door.call("preview_invoice", **chosen, **off)
    draft: str = (await door.call("create_invoice", proposal=proposed["proposal"]))["id"]
    if chance.random() < 0.5:
        await door.call("update_invoice", invoice=draft, lines=[HOSTING])
    return draft


async def _settle(
    chance: random.Random, sent: dict[str, Any], day: date, door: InProcess, *, pays: bool
) -> None:
    """Take what comes in, void what did not, and change what is due as no tool does yet."""
    if Fraction(sent["amount_due"]) <= 3:
        return
    received_on = chance.choice(["today", max(day, date(2026, 11, 3)).isoformat()])
    paid: dict[str, Any] = {
        "invoice": sent["id"],
        "received_on": received_on,
        "allow_duplicate": True,
    }
    if chance.random() < 0.4:
        by_mistake = await door.call("record_payment", amount="2", **paid)
        await door.call("void_payment", payment=by_mistake["id"])
    if not pays:
        return
    fate = chance.choice(["paid", "written off", "refunded", *["partly paid"] * 4])
    if fate == "paid":
        await door.call("record_payment", amount=sent["amount_due"], **paid)
        return
    if fate == "refunded" or (fate == "partly paid" and chance.random() < 0.6):
        await door.call("record_payment", amount="3", **paid)
    if fate == "refunded":
        await change_invoice(door.runtime, sent["id"], refunded=2, credited=1, written_off=1)
    if fate == "written off":
        await _write_off(sent, door)


async def _write_off(sent: dict[str, Any], door: InProcess) -> None:
    whole = int(sent["amount_due"].replace(".", ""))
    await change_invoice(door.runtime, sent["id"], written_off=whole, status="WRITTEN_OFF")


async def _confirmed(door: InProcess, tool: str, **given: Any) -> dict[str, Any]:
    asked = await door.call(tool, **given)
    done: dict[str, Any] = await door.call(tool, **given, confirm=asked["confirm"])
    return done
