"""A house with some of everything that is documented, and what in it goes by which name."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx2
from billing_scenes import confirmed
from houses import Clock, InProcess
from rest_calls import key, rest_client
from rows import add_member

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.json_values import is_array, is_object

KEYS = count()


@dataclass(frozen=True)
class Documented:
    """A house: its API as its owner and as a member call it, and things by their names."""

    owner: httpx2.AsyncClient
    member: httpx2.AsyncClient
    nobody: httpx2.AsyncClient
    clock: Clock
    things: dict[str, str]

    def filled(self, value: Any) -> Any:
        """Return a value with ids in the place of names in braces, at every depth."""
        if is_object(value):
            return {name: self.filled(inner) for name, inner in value.items()}
        if is_array(value):
            return [self.filled(inner) for inner in value]
        if isinstance(value, str) and "{" in value:
            return value.format_map(self.things)
        return value

    async def say(self, address: str, **body: Any) -> dict[str, Any]:
        """Make something, and let a day go by."""
        answer = await self.owner.post(address, json=body, headers=key(f"house {next(KEYS)}"))
        assert answer.status_code == 201, answer.text
        self.clock.advance(hours=24)
        made: dict[str, Any] = answer.json()["data"]
        return made


async def build(
    runtime: Runtime, caller: Caller, clock: Clock, stack: AsyncExitStack
) -> Documented:
    """Open a business over its API, as a script that was written for the documents would."""
    mia = await add_member(runtime, "Mia")
    script = (await issue_token(runtime, name="script")).token
    owner, member, nobody = [
        await stack.enter_async_context(rest_client(runtime, token))
        for token in (script, mia.token, "hsk_live_nothing")
    ]
    house = Documented(owner, member, nobody, clock, {})
    door = InProcess(runtime, caller)
    given = {"your_email": "ada@example.com", "currency": "EUR", "time_zone": "UTC"}
    texts = {"legal_name": "Studio Ltd", "tax_id": "DE1", "email": "us@example.com"}
    await door.call("set_up", name="Studio", website="https://us.example", **given, **texts)
    me = (await house.owner.get("me")).json()["data"]
    mine = (await house.member.get("me")).json()["data"]
    house.things.update({"owner": me["userId"], "member": mine["userId"]})
    await _open_shop(house)
    await door.call("add_project_member", project=house.things["project"], member="Mia")
    await _work(house)
    await _bill(house, door)
    await _correct(house)
    started = await house.owner.post(
        "timers", json={"projectId": house.things["project"]}, headers=key("timer")
    )
    assert started.status_code < 300, started.text
    return house


async def _open_shop(house: Documented) -> None:
    say = house.say
    parts = {
        "billingLine1": "Street 1",
        "billingLine2": "Back",
        "billingCity": "Bonn",
        "billingRegion": "NRW",
        "billingPostalCode": "53111",
        "billingCountry": "Germany",
    }
    acme = await say(
        "clients",
        name="Acme",
        contactName="Ann Archer",
        email="ann@acme.example",
        phone="1",
        website="https://acme.example",
        currency="EUR",
        notes="Pays late",
        taxNumber="DE9",
        defaultRate=90,
        defaultPaymentTerms=30,
        defaultTaxRate=19,
        requirePoNumber=False,
        billingEmail="bills@acme.example",
        **parts,
    )
    borg = await say("clients", name="Borg", email="locutus@borg.example", currency="EUR")
    idle = await say("clients", name="Idle")
    web = await say(
        "projects",
        clientId=acme["id"],
        name="Website",
        description="Relaunch",
        color="#1e90ff",
        hourlyRate="95.5",
        budgetHours=40,
        startDate="2026-11-02",
        dueDate="2026-12-24",
    )
    logo = await say(
        "projects",
        clientId=borg["id"],
        name="Logo",
        rateType="FIXED",
        fixedFeeAmount="1500",
        budgetAmount=2000,
        status="COMPLETED",
        startDate="2026-10-01",
        dueDate="2026-11-30",
    )
    await say("projects", clientId=acme["id"], name="Support")
    house.things.update({"client": acme["id"], "idle_client": idle["id"], "borg": borg["id"]})
    house.things.update({"project": web["id"], "other_project": logo["id"]})


async def _work(house: Documented) -> None:
    say, things = house.say, house.things
    design = await say(
        "tasks",
        projectId=things["project"],
        name="Design",
        description="Sketches",
        assigneeIds=[things["member"]],
        estimatedHours="3.5",
        billable=True,
        priority="HIGH",
        tags=["ui"],
        startDate="2026-11-02",
        dueDate="2026-12-01",
        endDate="2026-11-30",
    )
    sketch = await say(
        "tasks",
        projectId=things["other_project"],
        name="Ink",
        billable=False,
        status="DONE",
        startDate="2026-10-05",
        dueDate="2026-11-05",
    )
    await say("tasks", projectId=things["project"], name="Test", priority="LOW")
    things.update({"task": design["id"], "other_task": sketch["id"]})
    entry = await say(
        "time-entries",
        projectId=things["project"],
        taskId=things["task"],
        entryDate="2026-11-02",
        duration="1h30m",
        note="Menu",
    )
    given: dict[str, Any] = {"projectId": things["other_project"], "billable": False}
    ink = await say("time-entries", **given, entryDate="2026-11-09", durationSeconds=600)
    things["old_entry"] = ink["id"]
    given = {"projectId": things["project"], "userId": things["member"]}
    await say("time-entries", **given, entryDate="2026-11-05", duration="2h")
    things["billed_entry"] = entry["id"]
    ferry = await say(
        "expenses",
        clientId=things["client"],
        description="Ferry",
        amount="42.50",
        expenseDate="2026-11-02",
        projectId=things["project"],
        category="OTHER",
        customCategory="Ships",
    )
    given = {"clientId": things["borg"], "billable": False, "expenseDate": "2026-11-09"}
    await say("expenses", **given, description="Font", amount=900, category="SOFTWARE")
    things["expense"] = ferry["id"]


async def _bill(house: Documented, door: InProcess) -> None:
    """Bill what was done: an invoice that is paid, one in part, and a draft."""
    things, clock = house.things, house.clock
    for period, paid in (("2026-11-02", None), ("2026-11-05", "10")):
        proposed = await door.call("preview_invoice", client="Acme", period=period)
        draft = await door.call("create_invoice", proposal=proposed["proposal"])
        await door.call("update_invoice", invoice=draft["id"], notes=f"For {period}")
        await confirmed(door, "send_invoice", invoice=draft["id"])
        clock.advance(hours=24)
        await door.call("record_payment", invoice=draft["id"], **({"amount": paid} if paid else {}))
        things.setdefault("invoice", draft["id"])
    proposed = await door.call("preview_invoice", client="Borg")
    await door.call("create_invoice", proposal=proposed["proposal"])
    started = {"projectId": things["project"], "note": "Call"}
    await house.owner.post("timers", json=started, headers=key("call"))
    clock.advance(hours=1)
    await house.owner.post("timers/stop", json={}, headers=key("hung up"))
    entry = await house.say(
        "time-entries", projectId=things["project"], entryDate="2026-11-10", duration="15m"
    )
    things["entry"] = entry["id"]


async def _correct(house: Documented) -> None:
    """Change what is old, so that what was changed last is not what came last."""
    for address, body in (
        ("clients/{client}", {"phone": "2"}),
        ("projects/{other_project}", {"description": "Old and new"}),
        ("tasks/{task}", {"priority": "MEDIUM"}),
        ("expenses/{expense}", {"amount": "45"}),
        ("time-entries/{old_entry}", {"note": "Ink, black"}),
    ):
        answer = await house.owner.patch(house.filled(address), json=body)
        assert answer.status_code == 200, answer.text
        house.clock.advance(hours=24)
