"""How SQLite finds rows: by an index that leads to them, however many others a house has.

A house for tests is small, and so nothing is slow in it. But SQLite is told of a large one, and
plans for that: what it would read can be asked at any size.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from billing_scenes import confirmed, drafted, issued, logged, work_at_acme
from houses import Clock, Door, InProcess, open_house
from rows import add_member
from sqlalchemy import Engine, event

from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio

GROWING = {
    "activity",
    "billing_claim",
    "event",
    "invoice",
    "invoice_line",
    "payment",
    "proposal",
    "stored_answer",
    "time_entry",
}

Statements = dict[str, Any]


@contextmanager
def statements() -> Generator[Statements]:
    """Yield what is run meanwhile: each statement, and what it was given."""
    found: Statements = {}

    def see(_c: Any, _u: Any, text: str, given: Any, _x: Any, many: bool) -> None:
        if re.match("SELECT|UPDATE|DELETE", text):
            found.setdefault(text, given[0] if many else given)

    event.listen(Engine, "before_cursor_execute", see)
    yield found
    event.remove(Engine, "before_cursor_execute", see)


def wide_steps(sqlite_url: str, seen: Statements) -> Iterator[str]:
    """Yield the steps that read all that an organisation has of a table that grows."""
    sqlite: Any = importlib.import_module("sqlite3")
    connection = sqlite.connect(sqlite_url.partition("///")[2])
    for text, given in seen.items():
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", given)]
        sorts = any("ORDER BY" in step for step in steps)
        for step in steps:
            verb, table, *how = step.split(maxsplit=2)
            wide = verb == "SCAN" or (verb == "SEARCH" and how[0].endswith("(organization_id=?)"))
            # The first of what an index has in order is a page, or an extreme.
            if table in GROWING and wide and (sorts or not re.search(r"LIMIT \?|max\(", text)):
                yield f"{step}, for {' '.join(text.split())}"
    connection.close()


def rows_of_time(sqlite_url: str, seen: Statements) -> list[tuple[Any, ...]]:
    """Return all rows that statements read of time entries."""
    sqlite: Any = importlib.import_module("sqlite3")
    connection = sqlite.connect(sqlite_url.partition("///")[2])
    found = [
        row
        for text, given in seen.items()
        if "FROM time_entry" in text
        for row in connection.execute(text, given)
    ]
    connection.close()
    return found


async def a_loop_of_billing(door: Door) -> None:
    """Go from work to money, and back again, and look at everything on the way."""
    await work_at_acme(door, "2h", "1h30m")
    await door.call("list_unbilled")
    await door.call("list_unbilled", client="Acme", period="this month", lines=True)
    draft = await drafted(door, period="this month")
    await door.call("explain_amount", invoice=draft["id"])
    await door.call("delete_invoice", invoice=draft["id"])
    await door.call("restore_invoice", invoice=draft["id"])
    await door.call("update_invoice", invoice=draft["id"], discount="10%")
    await door.call("cancel_invoice", invoice=draft["id"])
    sent = await issued(door)
    paid = await door.call("record_payment", invoice=sent["number"], amount="10")
    await look_at_money(door, sent["number"])
    await door.call("void_payment", payment=paid["id"])
    await confirmed(door, "cancel_invoice", invoice=sent["number"])
    await door.call("duplicate_invoice", invoice=sent["number"])


async def look_at_money(door: Door, number: str) -> None:
    await door.call("list_invoices")
    await door.call("list_invoices", client="Acme")
    await door.call("list_invoices", status=["SENT", "PAID"])
    await door.call("list_invoices", period="2026")
    await door.call("filter_invoices", client_name="Acme")
    page = await door.call("filter_invoices", limit=1)
    await door.call("filter_invoices", limit=1, cursor=page["next_cursor"])
    for order in ("issueDate", "-dueDate", "number", "-updatedAt"):
        await door.call("filter_invoices", sort=order)
    for things in ("invoice_lines", "payments"):
        page = await door.call(f"filter_{things}", limit=1)
        if "next_cursor" in page:
            await door.call(f"filter_{things}", limit=1, cursor=page["next_cursor"])
        await door.call(f"filter_{things}", invoice_id=page[things][0]["invoice_id"])
    await door.call("list_unpaid_invoices")
    await door.call("list_unpaid_invoices", client="Acme")
    await door.call("list_unpaid_invoices", overdue_only=True)
    await door.call("get_invoice", invoice=number)
    await door.call("get_client_account", client="Acme")


async def days_of_work(door: Door) -> None:
    entry, *_ = await logged(door, "1h", "2h")
    await door.call("update_time_entry", time_entry=entry["id"], duration="3h")
    await door.call("list_time_entries")
    await door.call("list_time_entries", project="redesign")
    await door.call("list_time_entries", client="Acme")
    await door.call("list_time_entries", period="this week")
    await door.call("filter_time_entries")
    await door.call("filter_time_entries", sort="entryDate", billable=True)
    for order in ("id", "createdAt", "-durationSeconds", "-updatedAt"):
        await door.call("filter_time_entries", sort=order)
    for part in ({"project_id": entry["project_id"]}, {"user_id": entry["user_id"]}):
        await door.call("filter_time_entries", **part)
    await door.call("filter_time_entries", task_id=new_id("tk", 0, bytes(10)))
    for part in ({"client_id": entry["client_id"]}, {"client_name": "Acme"}):
        await door.call("filter_time_entries", **part, sort="-durationSeconds")
    await door.call("overview")


async def days_of_a_member(runtime: Runtime, owner: Door) -> None:
    """Do what a Member does in a day, with time and tasks."""
    caller = await add_member(runtime, "Ben")
    await owner.call("create_task", project="redesign", name="Menu", assignees=["Ben"])
    bens = InProcess(runtime, caller)
    await days_of_work(bens)
    await bens.call("find", archived=True)
    await bens.call("list_tasks", assignee="Ben")
    await bens.call("get_task", task="Menu")
    await bens.call("get_project", project="redesign")
    await bens.call("get_timesheet", week="this week")
    await bens.call("update_task", task="Menu", status="DONE")


async def taking_back(door: Door, clock: Clock) -> None:
    clock.advance(seconds=1)
    await logged(door, "10m")
    clock.advance(seconds=1)
    undone = await door.call("undo")
    await door.call("undo", activity=undone["id"])
    member = (await door.call("overview"))["user_id"]
    for narrow in ({}, {"member": member}, {"tool": "undo"}, {"about": "Acme"}, {"run": "n"}):
        page = await door.call("list_activity", limit=1, period="this week", **narrow)
        if page["more"]:
            cursor = page["next_cursor"]
            await door.call("list_activity", limit=1, period="this week", **narrow, cursor=cursor)
    for made in (
        await door.call("create_client", name="Globex"),
        await door.call("create_project", client="Acme", name="Shop"),
        await door.call("create_task", project="redesign", name="Sketch"),
    ):
        clock.advance(seconds=1)
        [line, *_] = (await door.call("list_activity", about=made["id"]))["activity"]
        await door.call("undo", activity=line["id"])


async def test_no_call_reads_all_that_an_organisation_ever_did(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        with statements() as seen:
            await a_loop_of_billing(door)
            await days_of_work(door)
            await days_of_a_member(runtime, door)
            await taking_back(door, clock)
        assert sorted(wide_steps(sqlite_url, seen)) == []
    assert len(seen) > 50


async def test_what_a_fee_pays_for_is_not_read_as_unbilled(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door, "2h")
        fee = {"rate_type": "FIXED", "fixed_fee_amount": "1000"}
        logo = await door.call("create_project", client="Acme", name="Logo", **fee)
        await logged(door, "1h", "3h", project="Logo")
        await issued(door, projects=["Logo"])
        with statements() as seen:
            await door.call("list_unbilled")
            await door.call("list_unbilled", client="Acme")
            await door.call("report", kind="unbilled")
        read = rows_of_time(sqlite_url, seen)
        assert read
        assert all(logo["id"] not in row for row in read)


async def test_what_was_spent_of_a_budget_is_added_up_by_the_database(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door)
        await door.call("update_project", project="redesign", budget_amount="5000")
        days = [f"2026-11-{day:02}" for day in range(1, 20)]
        for day in days:
            await door.call("log_time", project="redesign", duration="1h", date=day)
        await door.call("set_rate", project="redesign", rate="200", rate_from="2026-11-10")
        with statements() as seen:
            report = await door.call("report", kind="profitability", period="2026-11")
        assert report["totals"][0]["budget_spent"] == f"{9 * 90 + 10 * 200}.00"
        # What was worked now and before, and what was spent before the rate and since.
        assert len(rows_of_time(sqlite_url, seen)) == 1 + 2


async def test_of_hours_no_more_groups_are_read_than_are_listed(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door)
        for day in ("2026-11-02", "2026-11-03", "2026-11-09", "2026-11-16"):
            await door.call("log_time", project="redesign", duration="1h", date=day)
        for by in ("day, client", "week, project", "member, week"):
            given: dict[str, Any] = {"kind": "time", "group_by": by, "limit": 2}
            with statements() as seen:
                report = await door.call("report", from_date="2026-11-01", **given)
            # The two newest, and all that was worked in the period before, which is nothing.
            assert len(rows_of_time(sqlite_url, seen)) == 2
            assert [row["hours"] for row in report["rows"]][:2] == ["1", "1"]
            assert report["rows"][-1]["others"] == (1 if "week" in by else 2)
