"""No page reads differently without an event of a kind that it says may touch it."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from billing_scenes import confirmed, drafted, issued, logged, work_at_acme
from houses import Clock, InProcess, open_house

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.changes import Changed
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.events import EVERY_KIND

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

BY_THE_CLOCK = {"running_for", "running_seconds"}
"""What differs by itself as time goes by."""


class Watched(InProcess):
    """A door behind which every page is read before and after each call."""

    seen: dict[str, set[str]]

    async def pages(self) -> dict[str, Any]:
        """Read every page that can be read."""
        found: dict[str, Any] = {}
        for address, one in self.runtime.catalogue.resources.items():
            names = [name for name in one.arguments.names if f"{{{name}}}" in address]
            for given in self._named(names):
                try:
                    answer = await self.runtime.invoke(one, self.caller, given)
                except Exception as error:
                    found[f"{address} {given}"] = str(error)
                else:
                    found[f"{address} {given}"] = _still(answer.data)
        return found

    def _named(self, names: list[str]) -> list[dict[str, str]]:
        values = {
            "client": ["Acme", "Globex", "Acme Ltd"],
            "project": ["Website redesign", "Care"],
            "task": ["Wireframes"],
            "invoice": ["INV-2026-0001"],
            "week": ["this week"],
            "kind": ["time", "unbilled", "receivables"],
            "period": ["this year"],
            "group_by": ["client"],
            "guide": ["api"],
            "thing": [],
        }
        return [
            dict(zip(names, given, strict=True))
            for given in product(*(values[name] for name in names))
        ]

    async def call(self, operation: str, /, *, key: str | None = None, **given: Any) -> Any:
        """Call an operation, and see that whatever reads differently was to be expected."""
        before = await self.pages()
        kinds: set[str] = set()

        def note(changed: Changed) -> None:
            kinds.update(changed.kinds)

        stop = self.runtime.announcements.listen(note)
        answer = await super().call(operation, key=key, **given)
        stop()
        after = await self.pages()
        assert kinds <= set(EVERY_KIND)
        for name, text in after.items():
            page = self.runtime.catalogue.resources[name.partition(" ")[0]].page
            assert page is not None
            if text != before[name]:
                assert kinds & set(page.touched_by), (operation, name, kinds)
                TOUCHED.setdefault(name.partition(" ")[0], set()).update(kinds)
        return answer


TOUCHED: dict[str, set[str]] = {}


def _still(data: Any) -> str:
    text = json.dumps(data)
    return text if not any(name in text for name in BY_THE_CLOCK) else _without_clock(data)


def _without_clock(data: Any) -> str:
    timer = {name: value for name, value in data["timer"].items() if name not in BY_THE_CLOCK}
    return json.dumps({**data, "timer": timer})


async def test_what_reads_differently_was_touched(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        await a_month(_watched(runtime, caller), clock)
    assert TOUCHED.keys() == {
        address
        for address, one in runtime.catalogue.resources.items()
        if one.page is not None and one.page.touched_by and "thing" not in address
    }


def _watched(runtime: Runtime, caller: Caller) -> Watched:
    return Watched(runtime, caller)


async def a_month(door: Watched, clock: Clock) -> None:
    """Do something of everything."""
    await work_at_acme(door, "1h", "30m")
    await door.call("set_up", name="Studio Lovelace", week_start="sunday", your_name="Ada")
    await door.call("create_client", name="Globex")
    await door.call(
        "create_project", client="Globex", name="Care", rate_type="FIXED", fixed_fee_amount="400"
    )
    await door.call("update_project", project="Care", fixed_fee_amount="500")
    await door.call("create_task", project="redesign", name="Wireframes", assignees=["Ada"])
    await door.call("update_task", task="Wireframes", status="DONE")
    await door.call("set_rate", project="redesign", rate="95")
    await door.call("set_rate", member="Ada", rate="99")
    await door.call("set_rate", client="Globex", rate="70")
    await door.call("set_rounding", minutes="30")
    await door.call("set_rounding", client="Acme", minutes="15")
    await door.call("start_timer", project="redesign", task="Wireframes")
    clock.advance(minutes=20)
    await door.call("start_timer", project="care")
    clock.advance(seconds=20)
    await door.call("stop_timer")
    entry = (await logged(door, "2h"))[0]["id"]
    await door.call("update_time_entry", time_entry=entry, duration="3h", project="care")
    await door.call("delete_time_entry", time_entry=entry)
    await logged(door, "45m", task="Wireframes")
    draft = await drafted(door)
    await door.call("update_invoice", invoice=draft["id"], notes="Thank you.")
    await door.call("delete_invoice", invoice=draft["id"])
    await door.call("restore_invoice", invoice=draft["id"])
    await door.call("delete_invoice", invoice=draft["id"])
    sent = await issued(door)
    await door.call("update_client", client="Acme", name="Acme Ltd", default_tax_rate="7")
    payment = await door.call("record_payment", invoice=sent["number"], amount="10")
    await door.call("void_payment", payment=payment["id"])
    await confirmed(door, "cancel_invoice", invoice=sent["number"])
    await door.call("duplicate_invoice", invoice=sent["number"])
    await door.call("update_project", project="redesign", status="ARCHIVED")
    await door.call("set_up", hourly_rate="70", your_name="Ada Lovelace")
