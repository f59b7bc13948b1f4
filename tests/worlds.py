"""Two houses with the same people, work, ids, clock and claims, that differ in what is hidden.

Everything that is about money or made of it is different: rates, fees, budgets, tax, currency,
rounding, discounts, totals, expenses, what was paid and what is therefore settled, what is billed
by itself. Whatever order, sum or threshold somebody makes of amounts comes out otherwise in the
other house. So do addresses, notes and contacts of clients; and one house has a client, projects,
work, a schedule and what it made that the other has not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from houses import Clock, InProcess
from rows import add_member, everything

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime

MEMBER = "Mia Member"
PROJECTS = ("Website", "Logo", "Support", "Archive")
"""Those that the member is on; nobody put them on "Secret"."""

RUN = "a manager's run"
"""What the member did while they were a manager."""

AMONG_THE_HIDDEN = "Hush"
"""What all is called that one house has and the other has not."""

REPLAYED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("undo", {}, "undone"),
    ("log_time", {"project": "Support", "duration": "10m", "note": "keyed"}, "logged"),
    ("start_timer", {"project": "Website"}, "started"),
)
"""What the member did under keys while they were a manager, without giving an amount."""

TASKS = ("Design", "Build", "Copy")
NOTES = ("homepage", "hosting", "review")


@dataclass(frozen=True)
class Amounts:
    """What one house asks for its work; lists go by project."""

    currency: str
    rates: tuple[str, ...]
    client_rates: tuple[str, str]
    own_rate: str
    task_rates: tuple[str, str, str]
    fee: str | None
    budgets: tuple[dict[str, str], ...]
    tax: str
    discount: str
    rounding: tuple[str, str]
    terms_days: int
    hosting: str
    paid: str | None
    new_rate: str
    bank_details: str
    number_pattern: str
    contact: str
    has_more: bool


DEAR = Amounts(
    currency="EUR",
    rates=("190.5", "45", "120.25", "60"),
    client_rates=("95", "110.10"),
    own_rate="131.31",
    task_rates=("210", "140", "70"),
    fee="4800.00",
    budgets=({"budget_hours": "3h"}, {"budget_amount": "9000"}, {}, {"budget_hours": "900h"}),
    tax="19",
    discount="5%",
    rounding=("15", "up"),
    terms_days=14,
    hosting="25.00",
    paid=None,
    new_rate="250",
    bank_details="IBAN DE00 1234",
    number_pattern="INV-{yyyy}-{number:4}",
    contact="Adele",
    has_more=True,
)
CHEAP = Amounts(
    currency="USD",
    rates=("12", "77.7777", "0", "300"),
    client_rates=("8.8", "1"),
    own_rate="9",
    task_rates=("5", "6", "7"),
    fee=None,
    budgets=({"budget_amount": "1"}, {}, {"budget_hours": "1h"}, {"budget_amount": "77"}),
    tax="7.7",
    discount="0.37",
    rounding=("0", "nearest"),
    terms_days=30,
    hosting="1",
    paid="0.5",
    new_rate="13",
    bank_details="None yet",
    number_pattern="{yy}{number:6}",
    contact="Zoe",
    has_more=False,
)

MADE_OF_AMOUNTS: dict[str, set[str]] = {
    "organization": {
        "currency",
        "default_tax_rate",
        "payment_terms_days",
        "bank_details",
        "rounding_minutes",
        "rounding_mode",
        "invoice_number_pattern",
    },
    "client": {"default_tax_rate", "address", "contact_name", "notes"},
    "client_contact": {"name", "email"},
    "project": {
        "rate_type",
        "fixed_fee",
        "budget_seconds",
        "budget_amount",
        "updated_at",
        "version",
    },
    "time_entry": set(),
    "timer": set(),
    "task": set(),
    "task_assignee": set(),
    "member": set(),
    "project_member": set(),
    "expense": {"amount", "currency"},
    "schedule": {"selection"},
    "billing_claim": {"amount", "rate_id", "billed_seconds"},
}
"""The tables in which both houses have the same rows, but for columns that amounts decide."""


def seeded(seed: int) -> Any:
    """Return a source of chance that gives the same again."""
    return random.Random(seed).randbytes


async def build(runtime: Runtime, owner: Caller, clock: Clock, amounts: Amounts) -> Caller:
    """Fill a house that was just founded, and return its member, who was a manager once."""
    house = InProcess(runtime, owner)
    await _open_shop(house, amounts)
    member = await add_member(runtime, MEMBER, role="MANAGER")
    mia = InProcess(runtime, member)
    await _plan(house, amounts)
    await _work(mia, house, clock)
    invoice = await _bill(house, amounts)
    await _manage(InProcess(runtime, replace(member, run=RUN)), amounts, clock)
    clock.advance(seconds=1)
    await _settle(house, invoice, amounts)
    await house.call("update_member", member=MEMBER, role="MEMBER")
    for project in PROJECTS:
        await house.call("add_project_member", project=project, member=MEMBER)
    clock.advance(hours=1)
    if amounts.has_more:
        await _do_more(house)
    clock.advance(hours=1)
    return member


async def _open_shop(house: InProcess, amounts: Amounts) -> None:
    minutes, mode = amounts.rounding
    await house.call(
        "set_up",
        name="Studio",
        time_zone="UTC",
        currency=amounts.currency,
        default_tax_rate=amounts.tax,
        payment_terms=amounts.terms_days,
        bank_details=amounts.bank_details,
        invoice_number_pattern=amounts.number_pattern,
        rounding_minutes=int(minutes),
        rounding_mode=mode,
        address="1 Main Street",
        your_name="Olga Owner",
    )


async def _plan(house: InProcess, amounts: Amounts) -> None:
    for name, rate in zip(("Acme", "Borg"), amounts.client_rates, strict=True):
        await house.call(
            "create_client",
            name=name,
            default_rate=rate,
            default_tax_rate=amounts.tax,
            billing_address=f"1 {amounts.contact} Road",
            contact_name=amounts.contact,
            notes=f"Ask {amounts.contact}.",
        )
        email = f"{amounts.contact}@example.com"
        await house.call("create_contact", client=name, name=amounts.contact, email=email)
    for place, name in enumerate(PROJECTS):
        await house.call(
            "create_project",
            client="Acme" if place % 2 == 0 else "Borg",
            name=name,
            hourly_rate=amounts.rates[place],
            **amounts.budgets[place],
        )
    await house.call("create_project", client="Borg", name="Secret")
    for name, rate in zip(TASKS, amounts.task_rates, strict=True):
        await house.call("create_task", project="Website", name=name, assignees=[MEMBER])
        await house.call("set_rate", task=name, rate=rate)
    await house.call("set_rate", member=MEMBER, rate=amounts.own_rate)


async def _work(mia: InProcess, house: InProcess, clock: Clock) -> None:
    for place, project in enumerate(PROJECTS * 3):
        await mia.call(
            "log_time",
            project=project,
            duration=f"{20 + place}m",
            date=f"{place % 6 + 1} days ago",
            note=NOTES[place % 3],
            tags=[NOTES[place % 2]],
            **({"task": TASKS[place % 3]} if project == "Website" else {}),
        )
        clock.advance(minutes=3)
    await house.call("log_time", project="Secret", duration="3h", note="nobody's business")
    await house.call("log_time", project="Website", duration="2h", note="somebody else's")


async def _bill(house: InProcess, amounts: Amounts) -> str:
    exclude = ["homepage"]
    proposed = await house.call(
        "preview_invoice", client="Acme", exclude=exclude, discount=amounts.discount
    )
    sent = await house.call("create_invoice", proposal=proposed["proposal"])
    hosting = {"description": "Hosting", "quantity": "1", "unit_price": amounts.hosting}
    await house.call("update_invoice", invoice=sent["id"], lines=[hosting])
    asked = await house.call("send_invoice", invoice=sent["id"])
    await house.call("send_invoice", invoice=sent["id"], confirm=asked["confirm"])
    proposed = await house.call("preview_invoice", client="Borg", projects=["Archive"])
    await house.call("create_invoice", proposal=proposed["proposal"])
    await house.call("create_expense", client="Acme", description="Domain", amount=amounts.hosting)
    return str(sent["id"])


async def _settle(house: InProcess, invoice: str, amounts: Amounts) -> None:
    """Do last what has more or fewer consequences: from here on, chance goes another way."""
    paid = {"amount": amounts.paid} if amounts.paid is not None else {}
    await house.call("record_payment", invoice=invoice, **paid)
    if amounts.fee is not None:
        await house.call(
            "update_project", project="Logo", rate_type="FIXED", fixed_fee_amount=amounts.fee
        )


async def _manage(mia: InProcess, amounts: Amounts, clock: Clock) -> None:
    """Let the member do in a run, and under keys, what a manager may; it tells of amounts."""
    priced = {"project": "Support", "hourly_rate": amounts.new_rate}
    for project in ("Website", "Secret"):
        clock.advance(seconds=1)
        await mia.call("update_project", project=project, hourly_rate=amounts.new_rate)
    clock.advance(seconds=1)
    await mia.call("update_client", client="Acme", default_rate=amounts.new_rate, notes="changed")
    clock.advance(seconds=1)
    await mia.call(
        "create_invoice_schedule", client="Borg", rule="monthly", discount=amounts.discount
    )
    clock.advance(seconds=1)
    await mia.call("update_project", key="priced", **priced)
    clock.advance(seconds=1)
    await mia.call("undo", key="undone")
    clock.advance(seconds=1)
    await mia.call("log_time", key="logged", project="Support", duration="10m", note="keyed")
    await mia.call("list_unbilled")
    clock.advance(seconds=1)
    await mia.call("start_timer", project="Website", key="started")


async def _do_more(house: InProcess) -> None:
    """Begin and log what the other house has nothing of, for a client that both have, too."""
    named = {"name": AMONG_THE_HIDDEN}
    await house.call("create_client", **named, default_rate="77.77")
    for client in ("Acme", AMONG_THE_HIDDEN):
        await house.call("create_contact", client=client, email="hush@example.com", **named)
        project = await house.call("create_project", client=client, **named)
        await house.call("create_task", project=project["id"], **named)
        note = AMONG_THE_HIDDEN
        await house.call(
            "log_time", project=project["id"], duration="1h", date="yesterday", note=note
        )
    # What others do on the member's projects is hidden from them, too.
    shared = {"project": "Website", "task": "Design", "note": "somebody else's"}
    await house.call("log_time", **shared, duration="45m")
    scheduled = await house.call("create_invoice_schedule", client=note, rule="weekly")
    await house.call("run_invoice_schedule", schedule=scheduled["id"], period="this month")
    await house.call("create_expense", client="Acme", description=note, amount="99.99")


async def same_but_for_amounts(one: Runtime, other: Runtime) -> None:
    """See that two houses have the same rows, and that what amounts decide is different.

    One of them has more; but that came last.
    """
    first, second = await everything(one), await everything(other)
    for table, columns in MADE_OF_AMOUNTS.items():
        common = first[table][: len(second[table])]
        rows = [
            [{name: row[name] for name in row if name not in columns} for row in found]
            for found in (common, second[table])
        ]
        assert rows[0] == rows[1], table
        assert bool(columns) == (common != second[table]), table
    for table, amount in (("rate", "rate"), ("invoice", "total"), ("payment", "amount")):
        assert {row[amount] for row in first[table]}.isdisjoint(
            row[amount] for row in second[table] if row[amount]
        )
