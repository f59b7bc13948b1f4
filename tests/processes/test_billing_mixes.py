"""A hundred calls of all kinds at once, over several processes: each is done whole, or refused."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from billing_scenes import confirmed
from houses import InProcess, open_house
from rows import everything
from serving import SERVE, ServerProcess, served

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

SERVERS = 4
SEED = 1
ALL_TOOLS = f"import os; os.environ['HOURSMITH_TOOLSETS'] = 'all'\n{SERVE}"
MIX = {
    "log_time": 8,
    "update_time_entry": 12,
    "delete_time_entry": 8,
    "preview_invoice": 8,
    "create_invoice": 14,
    "update_invoice": 5,
    "delete_invoice": 4,
    "restore_invoice": 6,
    "duplicate_invoice": 5,
    "send_invoice": 8,
    "record_payment": 10,
    "void_payment": 4,
    "cancel_invoice": 8,
}
CLEAN = {"conflict", "not_found"}
READ_ONLY = {"preview_invoice"}

Made = dict[str, Any]


@dataclass
class Targets:
    """What there is to fight over."""

    clients: list[str] = field(default_factory=list[str])
    entries: list[str] = field(default_factory=list[str])
    proposals: list[str] = field(default_factory=list[str])
    drafts: list[str] = field(default_factory=list[str])
    put_away: list[str] = field(default_factory=list[str])
    issued: list[str] = field(default_factory=list[str])
    payments: list[str] = field(default_factory=list[str])

    def arguments(self, operation: str, number: int, chance: random.Random) -> dict[str, Any]:
        """Choose what a call is about; others choose the same."""
        match operation:
            case "log_time":
                project = f"Work of {chance.choice(self.clients)}"
                return {"project": project, "duration": "1m", "note": f"Call {number}"}
            case "update_time_entry":
                entry = chance.choice(self.entries)
                return {"time_entry": entry, "note": f"Call {number}"}
            case "delete_time_entry":
                return {"time_entry": chance.choice(self.entries)}
            case "preview_invoice":
                return {"client": chance.choice(self.clients)}
            case "create_invoice":
                return {"proposal": chance.choice(self.proposals)}
            case "void_payment":
                return {"payment": chance.choice(self.payments)}
            case "record_payment":
                paid = {"invoice": chance.choice(self.issued), "amount": "80"}
                return {**paid, "note": f"Call {number}"}
            case "update_invoice":
                return {"invoice": chance.choice(self.drafts), "notes": f"Call {number}"}
            case "send_invoice" | "delete_invoice":
                return {"invoice": chance.choice(self.drafts)}
            case "restore_invoice":
                return {"invoice": chance.choice([*self.put_away, *self.drafts])}
            case _:
                return {"invoice": chance.choice([*self.drafts, *self.issued])}


async def set_the_scene(door: InProcess) -> Targets:
    """Make work that is open, drafted, put away, issued and partly paid, 240.00 EUR each."""
    there = Targets()
    stages = ["open"] * 3 + ["draft"] * 5 + ["deleted", "cancelled"] + ["sent"] * 3 + ["paid"] * 2
    for number, stage in enumerate(stages):
        name = f"Client {number:02}"
        there.clients.append(name)
        await door.call("create_client", name=name, currency="EUR")
        project = f"Work of {name}"
        await door.call("create_project", client=name, name=project, hourly_rate="120")
        for day in ("yesterday", "2 days ago"):
            entry = await door.call(
                "log_time", project=project, duration="1h", date=day, allow_duplicate=True
            )
            there.entries.append(entry["id"])
        await _bring_to(door, stage, name, there)
    return there


async def _bring_to(door: InProcess, stage: str, client: str, there: Targets) -> None:
    proposals = [(await door.call("preview_invoice", client=client))["proposal"] for _ in "ab"]
    there.proposals += proposals
    if stage == "open":
        return
    invoice = (await door.call("create_invoice", proposal=proposals[0]))["id"]
    if stage in ("deleted", "cancelled"):
        verb = "delete_invoice" if stage == "deleted" else "cancel_invoice"
        await door.call(verb, invoice=invoice)
        there.put_away.append(invoice)
        return
    if stage == "draft":
        there.drafts.append(invoice)
        return
    await confirmed(door, "send_invoice", invoice=invoice)
    there.issued.append(invoice)
    if stage == "paid":
        payment = await door.call("record_payment", invoice=invoice, amount="90")
        there.payments.append(payment["id"])


async def outcome(server: ServerProcess, tool: str, given: Mapping[str, Any]) -> Made:
    """Call a tool, say yes where it asks, and return what became of it."""
    data: Made = {}
    for arguments in (given, {**given, "confirm": ""}):
        if "confirm" in arguments:
            arguments = {**given, "confirm": data["confirm"]}
        result = await server.ask("tools/call", {"name": tool, "arguments": arguments})
        data = result["structuredContent"]
        if result["isError"] or "confirm" not in data:
            return {**data, "tool": tool, "refused": result["isError"]}
    raise AssertionError(f"{tool} asked twice: {data}")


async def mixed(servers: Sequence[ServerProcess], there: Targets, seed: int) -> list[Made]:
    """Make a hundred calls at once, in an order that the seed decides, and return the outcomes."""
    chance = random.Random(seed)
    operations = [one for one, count in MIX.items() for _ in range(count)]
    assert len(operations) == 100
    chance.shuffle(operations)
    plan = [(one, there.arguments(one, place, chance)) for place, one in enumerate(operations)]
    return await asyncio.gather(
        *(
            outcome(servers[place % SERVERS], operation, given)
            for place, (operation, given) in enumerate(plan)
        )
    )


async def test_a_hundred_calls_of_all_kinds_are_each_done_whole_or_refused(
    database_url: str, tmp_path: Path
) -> None:
    async with open_house(database_url) as (runtime, caller):
        there = await set_the_scene(InProcess(runtime, caller))
        before = await everything(runtime)
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(
                served(database_url, tmp_path, token=caller.token, command=("-c", ALL_TOOLS))
            )
            for _ in range(SERVERS)
        ]
        outcomes = await mixed(servers, there, SEED)
    assert [path.read_bytes() for path in tmp_path.glob("stderr*")] == [b""] * SERVERS
    refused = [one for one in outcomes if one["refused"]]
    done = [one for one in outcomes if not one["refused"]]
    assert {one["code"] for one in refused} <= CLEAN, refused
    assert len(refused) >= 20
    assert len({one["tool"] for one in done}) >= len(MIX) - 3
    assert await diagnose(database_url) == []
    async with open_house(database_url) as (runtime, _):
        rows = await everything(runtime)
    _nothing_is_half_written(before, rows, done)
    await _money_is_right(database_url, caller, done)


def _nothing_is_half_written(
    before: Mapping[str, list[dict[str, Any]]],
    rows: Mapping[str, list[dict[str, Any]]],
    done: Sequence[Made],
) -> None:
    """See that exactly the calls that were done have left their activity, and nobody else."""
    known = {one["id"] for one in before["activity"]}
    units = {
        one["unit_id"]: one["operation"]
        for one in rows["activity"]
        if one["id"] not in known and one["operation"] in MIX
    }
    changed = [one for one in done if one["tool"] not in READ_ONLY and not one.get("repeated")]
    assert Counter(units.values()) == Counter(one["tool"] for one in changed)
    added = {name: len(rows[name]) - len(before[name]) for name in ("invoice", "payment")}
    made = Counter(one["tool"] for one in changed)
    assert added["invoice"] == made["create_invoice"] + made["duplicate_invoice"]
    assert added["payment"] == made["record_payment"]
    proposed = len(rows["proposal"]) - len(before["proposal"])
    assert proposed == sum(one["tool"] == "preview_invoice" for one in done)
    lines = {one["id"]: one["invoice_id"] for one in rows["invoice_line"]}
    holders = {
        one["id"]
        for one in rows["invoice"]
        if one["status"] != "CANCELLED" and not one["deleted_at"]
    }
    live = {one["subject_id"] for one in rows["billing_claim"] if one["released_at"] is None}
    marked = {one["id"]: one["line_id"] for one in rows["time_entry"] if one["line_id"]}
    assert marked.keys() == live
    assert {lines[line] for line in marked.values()} <= holders


async def _money_is_right(database_url: str, caller: Caller, done: Sequence[Made]) -> None:
    """See that no invoice got more than it came to, and that numbers are without a gap."""
    async with open_house(database_url) as (runtime, owner):
        door = InProcess(runtime, caller if caller.token else owner)
        invoices = (await door.call("list_invoices", limit=200))["invoices"]
    numbers = sorted(one["number"] for one in invoices if "number" in one)
    assert [int(one.rsplit("-")[-1]) for one in numbers] == list(range(1, len(numbers) + 1))
    sent = {one["id"] for one in done if one["tool"] == "send_invoice"}
    assert sent <= {one["id"] for one in invoices if "number" in one}
    for one in invoices:
        if one["status"] in ("SENT", "PAID"):
            assert float(one["amount_paid"]) + float(one["amount_due"]) == float(one["total"])
            assert float(one["amount_due"]) >= 0
