"""Reports through the doors: what they say, to whom, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import issued, work_at_acme
from houses import Clock, Door, InProcess, Refused, open_house
from rows import add_member, limit_to_projects

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "time", "period": "2026-10-05..2026-10-01"}, "is after"),
    ({"kind": "time", "from_date": "today", "to_date": "yesterday"}, "swap them"),
    ({"kind": "time", "period": "october", "from_date": "today"}, "not both"),
    ({"kind": "time", "group_by": "colour"}, "nothing to group by"),
    ({"kind": "revenue", "group_by": "tag"}, "revenue has no tag"),
    ({"kind": "gaps", "client": "Acme"}, "not narrowed by client"),
    ({"kind": "receivables", "period": "october"}, "stand today"),
    ({"kind": "profit"}, "must be one of"),
]


async def test_unbilled_work_is_what_a_preview_would_say(door: Door) -> None:
    await work_at_acme(door, "2h", "1h30m")
    preview = await door.call("preview_invoice", client="Acme")
    [total] = (await door.call("report", kind="unbilled"))["totals"]
    assert (total["amount"], total["currency"]) == (preview["subtotal"], preview["currency"])
    sent = await issued(door)
    [owed] = (await door.call("report", kind="receivables"))["totals"]
    assert owed["amount"] == owed["current"] == sent["amount_due"]
    assert (await door.call("report", kind="unbilled"))["totals"] == []


async def test_what_cannot_be_reported_says_why(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door, "2h")
        for given, why in WRONG:
            with pytest.raises(Refused, match=why) as refused:
                await door.call("report", **given)
            assert refused.value.code == "validation_error"


async def test_a_member_reports_on_themselves_and_on_no_money(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        owner = InProcess(runtime, caller)
        [entry, *_] = await _worked(owner)
        ben = await _member(runtime, owner, entry)
        await ben.call("log_time", project=entry["project_id"], duration="1h")
        told = await ben.call("report", kind="time", group_by="member, project")
        assert [(row["member"], row["hours"]) for row in told["rows"]] == [("Ben", "1")]
        assert [row["member"] for row in (await ben.call("report", kind="gaps"))["rows"]] == []
        for kind in ("unbilled", "revenue", "profitability", "receivables"):
            with pytest.raises(Refused, match="role MANAGER"):
                await ben.call("report", kind=kind)


async def test_a_limited_token_is_told_of_no_whole_days(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        owner = InProcess(runtime, caller)
        [entry, *_] = await _worked(owner)
        limited = await add_member(runtime, "Liz", role="MANAGER")
        await limit_to_projects(runtime, "Liz", [entry["project_id"]])
        liz = InProcess(runtime, limited)
        assert (await liz.call("report", kind="time"))["totals"][0]["hours"] == "2"
        for kind in ("utilisation", "gaps", "unbilled"):
            with pytest.raises(Refused, match="not limited|invoices:read"):
                await liz.call("report", kind=kind)


async def test_expected_hours_are_those_of_the_member(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await _worked(door)
        changed = await door.call("update_member", member="Owner", working_hours="fri 4h")
        assert (changed["weekly_hours"], changed["working_pattern"]) == ("4", "fri 4h")
        [row] = (await door.call("report", kind="utilisation", period="this week"))["rows"]
        assert (row["expected_hours"], row["utilisation"]) == ("4", "50")
        clock.advance(hours=24)
        [gap] = (await door.call("report", kind="gaps", period="this week"))["rows"]
        assert (gap["day"], gap["missing_hours"]) == ("2026-11-20", "2")


async def _worked(door: Door) -> list[dict[str, Any]]:
    await work_at_acme(door)
    entry = await door.call("log_time", project="redesign", duration="2h")
    return [entry]


async def _member(runtime: Runtime, owner: InProcess, entry: dict[str, Any]) -> InProcess:
    caller: Caller = await add_member(runtime, "Ben")
    await owner.call("add_project_member", project=entry["project_id"], member="Ben")
    return InProcess(runtime, caller)
