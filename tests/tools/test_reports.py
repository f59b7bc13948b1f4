"""Reports through the doors: what they say, to whom, and what they refuse."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from billing_scenes import confirmed, issued, logged, work_at_acme
from houses import Clock, Door, InProcess, Refused, open_house
from rows import add_member, limit_to_projects, travel

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store import session
from hoursmith_mcp.store.queries import open_work, reported_time, reports

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


async def test_hours_under_a_fee_are_told_until_it_is_billed(door: Door) -> None:
    await work_at_acme(door)
    fee = {"rate_type": "FIXED", "fixed_fee_amount": "1000"}
    await door.call("create_project", client="Acme", name="Logo", **fee)
    await door.call("log_time", project="Logo", duration="5h")
    for by in ("client", "project", "member, month", "task"):
        report = await door.call("report", kind="unbilled", group_by=by)
        assert [total["hours_under_fee"] for total in report["totals"]] == ["5"]
    sent = await issued(door)
    assert (await door.call("report", kind="unbilled"))["rows"] == []
    await confirmed(door, "cancel_invoice", invoice=sent["number"])
    [row] = (await door.call("report", kind="unbilled"))["rows"]
    assert (row["fees"], row["hours_under_fee"]) == ("1000.00", "5")


async def test_hours_that_were_billed_before_are_under_no_fee_that_is_agreed_on_later(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as house:
        door = InProcess(*house)
        await work_at_acme(door, "3h")
        await issued(door)
        fee = {"rate_type": "FIXED", "fixed_fee_amount": "1000"}
        await door.call("update_project", project="Website", **fee)
        await door.call("log_time", project="Website", duration="1h")
        [total] = (await door.call("report", kind="unbilled"))["totals"]
        assert (total["fees"], total["hours_under_fee"]) == ("1000.00", "1")


async def test_a_budget_is_used_at_the_prices_of_members_and_tasks(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("set_up", your_name="Ada", currency="EUR")
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Shop", budget_amount="1000")
        await door.call("create_task", project="Shop", name="Build")
        for task in ({}, {"task": "Build"}):
            await door.call("log_time", project="Shop", duration="1h", **task)
        for place, rate, spent in (
            ({"member": "Ada", "currency": "EUR"}, "50", "100.00"),
            ({"project": "Shop", "task": "Build"}, "120", "170.00"),
            ({"project": "Shop", "member": "Ada"}, "150", "300.00"),
        ):
            await door.call("set_rate", rate=rate, **place)
            [row] = (await door.call("report", kind="profitability"))["rows"]
            assert row["budget_spent"] == spent


async def test_what_was_invoiced_in_another_currency_is_never_added_to_the_present_one(
    door: Door,
) -> None:
    await work_at_acme(door, "2h")
    await issued(door)
    await door.call("update_client", client="Acme", currency="USD", default_rate="50")
    await logged(door, "1h")
    await door.call("set_rate", project="redesign", rate="50")
    await issued(door)
    rows = (await door.call("report", kind="profitability"))["rows"]
    told = {row["currency"]: (row.get("hours"), row["revenue_so_far"]) for row in rows}
    assert told == {"EUR": (None, "180.00"), "USD": ("3", "50.00")}
    assert [row.get("effective_rate") for row in rows] == [None, "16.67"]


async def test_what_a_client_paid_stays_theirs_when_the_project_goes_to_another(
    door: Door,
) -> None:
    await work_at_acme(door, "2h")
    await issued(door)
    await door.call("create_client", name="Bolt", currency="USD")
    await door.call("update_project", project="redesign", client="Bolt")
    by_client = {"kind": "profitability", "group_by": "client"}
    rows = (await door.call("report", **by_client))["rows"]
    assert [(one["client"], one.get("revenue"), one.get("hours")) for one in rows] == [
        ("Acme", "180.00", None),
        ("Bolt", None, "2"),
    ]
    for row in rows:
        only = await door.call("report", **by_client, client=row["client"])
        assert only["rows"] == [row]


async def test_what_cannot_be_reported_says_why(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door, "2h")
        for given, why in WRONG:
            with pytest.raises(Refused, match=why) as refused:
                await door.call("report", **given)
            assert refused.value.code == "validation_error"


async def test_what_is_called_alike_is_told_with_whose_it_is(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door, "3h")
        await door.call("create_client", name="Bolt", currency="EUR")
        other = await door.call("create_project", client="Bolt", name="Website redesign")
        for project, hours in (("acme redesign", "2h"), ("bolt redesign", "1h")):
            await door.call("create_task", project=project, name="Build")
            await door.call("log_time", project=project, task="Build", duration=hours)
        rows = (await door.call("report", kind="time", group_by="task"))["rows"]
        found = [(row.get("client"), row.get("project"), row.get("task")) for row in rows]
        assert found == [
            (None, None, None),
            ("Acme", "Website redesign", "Build"),
            ("Bolt", "Website redesign", "Build"),
        ]
        assert [row["hours"] for row in rows] == ["3", "2", "1"]
        rows = (await door.call("report", kind="time", group_by="project"))["rows"]
        assert [(row["client"], row["project"]) for row in rows] == [
            ("Acme", "Website redesign"),
            ("Bolt", "Website redesign"),
        ]
        assert rows[1]["project_id"] == other["id"]


async def test_what_is_of_another_than_the_one_named_is_refused(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door, "3h")
        await door.call("create_client", name="Bolt", currency="EUR")
        for project in ("App", "Shop"):
            await door.call("create_project", client="Bolt", name=project)
        await door.call("create_task", project="App", name="Build")
        for given, why in (
            ({"client": "Acme", "project": "App"}, "project: App is a project of Bolt; leave cl"),
            ({"project": "Shop", "task": "Build"}, "task: Build is a task of App; leave project"),
            ({"client": "Acme", "task": "Build"}, "task: Build is a task of Bolt; leave client"),
        ):
            with pytest.raises(Refused, match=why) as refused:
                await door.call("report", kind="time", **given)
            assert refused.value.code == "validation_error"
        both = await door.call("report", kind="time", client="Bolt", project="App", task="Build")
        assert both["rows"] == []


async def test_a_running_timer_is_of_the_periods_that_today_is_in(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door)
        await door.call("start_timer", project="redesign")
        clock.advance(minutes=90)
        for period, running in (("this month", ["1.5"]), ("last month", [])):
            told = await door.call("report", kind="unbilled", period=period)
            assert [row["running_hours"] for row in told["totals"]] == running


async def test_what_would_be_too_many_groups_says_what_to_narrow(
    sqlite_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reported_time, "MOST_GROUPS", 1)
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await _worked(door)
        await door.call("log_time", project="redesign", duration="1h", tags=["web"])
        with pytest.raises(Refused, match="more than 1 groups: take a shorter period"):
            await door.call("report", kind="time", group_by="tag")
        assert len((await door.call("report", kind="time", group_by="project"))["rows"]) == 1


async def test_what_takes_long_is_reckoned_where_it_holds_up_no_other_call(
    sqlite_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def watched(reckon: Any) -> Any:
        def reckoned(*given: Any, **more: Any) -> Any:
            threads.append(threading.current_thread())
            return reckon(*given, **more)

        return reckoned

    monkeypatch.setattr(session, "MOST_AT_ONCE", 0)
    for module, name in ((reports, "tabulate"), (open_work, "BillableTime")):
        monkeypatch.setattr(module, name, watched(getattr(module, name)))
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door, "2h")
        assert (await door.call("report", kind="unbilled"))["totals"][0]["hours"] == "2"
    assert len(threads) == 2
    assert threading.main_thread() not in threads


async def test_the_effective_rate_is_of_all_hours_and_invoices_so_far(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door, "2h")
        sent = await issued(door)
        clock.advance(hours=24 * 14)
        await door.call("log_time", project="redesign", duration="2h", date="today")
        [row] = (await door.call("report", kind="profitability", period="this month"))["rows"]
        assert (row["hours"], row.get("revenue"), row["hours_so_far"]) == ("2", None, "4")
        assert row["revenue_so_far"] == sent["subtotal"]
        assert Decimal(row["effective_rate"]) * 4 == Decimal(sent["subtotal"])


async def test_a_line_of_several_projects_is_earned_by_each_of_them_and_once(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as house:
        door = InProcess(*house)
        await work_at_acme(door, "2h")
        await door.call("create_project", client="Acme", name="Logo", hourly_rate="90")
        await logged(door, "1h", project="Logo")
        sent = await issued(door, group_by="member")
        report = await door.call("report", kind="profitability", period="this month")
        assert sorted(row["revenue"] for row in report["rows"]) == ["180.00", "90.00"]
        [total] = report["totals"]
        assert total["revenue"] == sent["subtotal"] == "270.00"


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
            with pytest.raises(Refused, match=r"not limited|invoices:read"):
                await liz.call("report", kind=kind)


async def test_what_is_due_ages_by_the_day_of_the_business_for_whoever_asks(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door, "2h")
        invoice = await issued(door)
        await travel(runtime, (await door.call("overview"))["user_id"], "Pacific/Honolulu")
        clock.advance(hours=15 * 24)
        [told] = (await door.call("report", kind="receivables"))["totals"]
        [owed] = (await door.call("overview"))["owed"]
        unpaid = await door.call("list_unpaid_invoices", overdue_only=True)
        assert told["days_1_to_30"] == owed["overdue"] == invoice["amount_due"]
        assert [one["overdue"] for one in unpaid["invoices"]] == [True]


async def test_a_period_without_a_first_day_has_none_before_it(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        door = InProcess(runtime, caller)
        await _worked(door)
        told = await door.call("report", kind="time", to_date="today")
        assert (told["period"], told["last_day"]) == ("until 2026-11-20", "2026-11-20")
        assert not told.keys() & {"first_day", "period_before", "totals_before"}
        assert [row["hours"] for row in told["totals"]] == ["2"]


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
