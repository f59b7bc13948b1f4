"""A long day in a house: every operation of the catalogue, most of them several times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from billing_traffic import bill_a_month
from houses import Clock, InProcess, Refused

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime


@dataclass
class Traffic:
    """What was called in one house, and what was answered."""

    door: InProcess
    clock: Clock
    called: set[str] = field(default_factory=set[str])
    answers: list[Any] = field(default_factory=list[Any])
    ids: dict[str, str] = field(default_factory=dict[str, str])
    """One id of each kind of thing: client, project, task, member, time_entry, invoice, …"""

    async def say(self, operation: str, **given: Any) -> Any:
        """Call an operation, which must do it."""
        self.called.add(operation)
        answer = await self.door.call(operation, **given)
        self.answers.append(answer)
        return answer

    async def ask_too_much(self, operation: str, **given: Any) -> None:
        """Call an operation, which must refuse."""
        self.called.add(operation)
        try:
            answer = await self.door.call(operation, **given)
        except Refused as refused:
            self.answers.append(dict(refused.error))
        else:
            raise AssertionError(f"{operation} was not refused: {answer}")


async def run_a_day(runtime: Runtime, caller: Caller, clock: Clock, *, suffix: str = "") -> Traffic:
    """Call everything there is; the names of what is made end with `suffix`."""
    traffic = Traffic(InProcess(runtime, caller), clock)
    await _open_shop(traffic, suffix)
    await _plan(traffic, suffix)
    await _spend(traffic, suffix)
    await _work(traffic, suffix)
    await _look_around(traffic)
    await bill_a_month(traffic)
    await _let_bills_come_back(traffic)
    await _hand_out_tokens(traffic, suffix)
    await _let_in_and_out(traffic, suffix)
    await _tell_others(traffic)
    await _tidy_up(traffic, suffix)
    return traffic


async def _open_shop(traffic: Traffic, suffix: str) -> None:
    say = traffic.say
    overview = await say("overview")
    await say("set_up", currency="EUR", time_zone="Europe/Berlin", hourly_rate="80")
    await say("set_up", name=f"Studio{suffix}", your_email="ada@example.com", hourly_rate="82.5")
    client = await say("create_client", name=f"Acme{suffix}", default_rate="95", currency="EUR")
    await say("create_client", name=f"Acme{suffix}", default_rate="95", currency="EUR")
    await traffic.ask_too_much("create_client", name=f"acme{suffix}")
    await say("create_client", name=f"Borg{suffix}", currency="JPY")
    await say("update_client", client=f"Acme{suffix}", phone="123", default_rate="99.5")
    await traffic.ask_too_much("update_client", client="nobody at all", phone="1")
    ann = await say("create_contact", client=client["id"], email="ann@example.com", primary=True)
    bob = await say("create_contact", client=client["id"], email="bob@example.com")
    await say("update_contact", contact=bob["id"], primary=True, billing_default=True)
    await say("list_contacts", client=client["id"])
    await say("delete_contact", contact=ann["id"])
    traffic.ids |= {"contact": bob["id"]}
    traffic.ids |= {"client": client["id"], "member": overview["user_id"]}


async def _plan(traffic: Traffic, suffix: str) -> None:
    say = traffic.say
    web = await say("create_project", client=f"Acme{suffix}", name=f"Website{suffix}")
    await say(
        "create_project",
        client=f"Acme{suffix}",
        name=f"Logo{suffix}",
        rate_type="FIXED",
        fixed_fee_amount="1500.00",
    )
    await traffic.ask_too_much("create_project", client=web["client_id"], name=f"LOGO{suffix}")
    await say("update_project", project=web["id"], hourly_rate="120", budget_hours="40h")
    moved = {"project": f"Logo{suffix}", "client": f"Borg{suffix}"}
    await traffic.ask_too_much("update_project", **moved)
    await say("update_project", **moved, fixed_fee_amount="240000")
    await say("get_project", project=f"website{suffix}")
    me = traffic.ids["member"]
    task = await say("create_task", project=web["id"], name=f"Design{suffix}", assignees=[me])
    await say("create_task", project=f"Logo{suffix}", name=f"Sketch{suffix}")
    await say("list_project_members", project=web["id"])
    await say("add_project_member", project=f"Logo{suffix}", member=me)
    await say("remove_project_member", project=f"Logo{suffix}", member=me)
    await say("update_task", task=task["id"], status="IN_PROGRESS", priority="HIGH")
    await say("list_tasks", project=web["id"], assignee=me)
    await say("list_tasks", limit=1)
    traffic.ids |= {"project": web["id"], "task": task["id"]}


async def _spend(traffic: Traffic, suffix: str) -> None:
    say, ids = traffic.say, traffic.ids
    fare = {"client": ids["client"], "amount": "42.50", "project": ids["project"]}
    taxi = await say("create_expense", **fare, description="Taxi", category="TRAVEL")
    await say("create_expense", **fare, description="Taxi", category="TRAVEL")
    await traffic.ask_too_much(
        "create_expense", client=f"Borg{suffix}", amount="0.5", description="Font"
    )
    font = await say("create_expense", client=f"Borg{suffix}", amount="900", description="Font")
    await say("update_expense", expense=taxi["id"], amount="45", category="OTHER", project="")
    await say("delete_expense", expense=font["id"])
    ids["expense"] = taxi["id"]


async def _work(traffic: Traffic, suffix: str) -> None:
    say, web = traffic.say, traffic.ids["project"]
    entry = await say("log_time", project=web, duration="2h", task=f"design{suffix}", tags=["a"])
    await say("log_time", project=web, duration="2h", task=f"design{suffix}", tags=["a"])
    await traffic.ask_too_much("log_time", project=web, duration="23h")
    days = [{"project": web, "duration": "1h", "date": f"{n} days ago"} for n in range(1, 6)]
    await say("log_times", entries=days)
    await traffic.ask_too_much("log_times", entries=[*days, {"project": "?", "duration": "1h"}])
    await say("update_time_entry", time_entry=entry["id"], duration="90m", note="Homepage")
    await say("update_time_entry", time_entry=entry["id"], project=f"Logo{suffix}")
    await say("update_time_entry", time_entry=entry["id"], project=web)
    other = await say("log_time", project=web, duration="1h", date="yesterday", note="a slip")
    await say("delete_time_entry", time_entry=other["id"])
    await traffic.ask_too_much("delete_time_entry", time_entry=other["id"])
    slips = [await say("log_time", project=web, duration=f"{n}m", date="yesterday") for n in (3, 4)]
    ids = [slip["id"] for slip in slips]
    await say("update_time_entries", ids=[*ids, "te_nothing"], billable=False)
    await say("update_time_entries", ids=ids, delete=True)
    await say("start_timer", project=web, note="first")
    traffic.clock.advance(hours=1)
    await say("start_timer", project=f"Logo{suffix}")
    traffic.clock.advance(seconds=5)
    await say("stop_timer")
    await traffic.ask_too_much("stop_timer")
    await say("start_timer", project=web, task=f"design{suffix}")
    traffic.clock.advance(hours=30)
    await say("stop_timer")
    await say("start_timer", project=web)
    traffic.ids["time_entry"] = entry["id"]


async def _look_around(traffic: Traffic) -> None:
    say, ids = traffic.say, traffic.ids
    await say("overview")
    for kind in ("time", "utilisation", "gaps", "unbilled", "profitability", "revenue"):
        await say("report", kind=kind)
    await say("report", kind="time", group_by="client, task, member, tag, month", tag="a")
    await traffic.ask_too_much("report", kind="revenue", group_by="task")
    await say("list_expenses", client_name="acme", sort="-amount", limit=1)
    await say("get_expense", expense=ids["expense"])
    await say("list_time_entries", period="this month", project=ids["project"], search="home")
    page = await say("list_time_entries", client=ids["client"], task=ids["task"], limit=1)
    await say("list_time_entries", member=ids["member"], billable=True, limit=1)
    assert page["time_entries"]
    await say("find", query="a", archived=True)
    await say("export_data", kind="time", client=ids["client"], project=ids["project"])
    await say("find")
    await say("get_client", client=ids["client"])
    await say("get_task", task=ids["task"])
    await say("get_timesheet", week="this week")
    await say("get_report", kind="time", period="this month")
    await say("get_grouped_report", kind="revenue", period="2026", group_by="client")
    page = await say("list_activity", limit=2)
    await say("list_activity", limit=2, cursor=page["next_cursor"])
    await say("list_activity", member=ids["member"], tool="log_time", period="this week")
    await say("list_activity", about=ids["project"], run="nightly", program="tests")
    await say("get_activity", thing=ids["project"])
    await _turn_pages(traffic)
    await say("list_guides")
    await say("get_guide", guide="invoicing")
    for kind in ("client", "project", "task", "member"):
        await say("complete_name", kind=kind, typed="")


async def _turn_pages(traffic: Traffic) -> None:
    """Read lists as programs do, and single things."""
    say, ids = traffic.say, traffic.ids
    for thing in ("clients", "projects", "tasks", "members"):
        page = await say(f"filter_{thing}", limit=1)
        if "next_cursor" in page:
            await say(f"filter_{thing}", limit=1, cursor=page["next_cursor"])
    await say("filter_projects", client_name="nobody", client_id=ids["client"], status="ACTIVE")
    await say("filter_tasks", assignee_id=ids["member"], client_id=ids["client"])
    await say("filter_time_entries", client_name="nobody")
    page = await say("filter_time_entries", user_id=ids["member"], sort="-entryDate", limit=1)
    await say("filter_time_entries", running=True)
    await say("get_running_timer")
    await say("get_time_entry", time_entry=ids["time_entry"])
    await say("get_member", member=ids["member"])
    await say("get_me")
    await say("get_organization")


async def _let_bills_come_back(traffic: Traffic) -> None:
    """Plan invoices, and let the day of each come, one after another of the clock's days."""
    say, ids = traffic.say, traffic.ids
    given = {"client": ids["client"], "rule": "every day until the day before", "at": "00:00"}
    only = {"projects": [ids["project"]], "exclude": ["nothing so named"]}
    made = await say("create_invoice_schedule", **given, **only)
    schedule = {"schedule": made["id"]}
    await traffic.ask_too_much("create_invoice_schedule", **given, **only)
    await traffic.ask_too_much("create_invoice_schedule", **{**given, "rule": "every minute"})
    await say("list_invoice_schedules", limit=1)
    await say("get_invoice_schedule", **schedule)
    await say("update_invoice_schedule", **schedule, notes="Thanks", **only)
    await say("update_invoice_schedule", **schedule, paused=True)
    await say("update_invoice_schedule", **schedule, paused=False, missed="skip")
    await say("log_time", project=ids["project"], duration="7m", note="more")
    await say("run_invoice_schedule", **schedule, period="today")
    traffic.clock.advance(hours=24)
    await say("run_due_invoice_schedule", **schedule, due=await _due(traffic))
    # The next day passes while nothing runs, so it is missed; then there is nobody left to bill.
    traffic.clock.advance(hours=48)
    await say("run_due_invoice_schedule", **schedule, due=await _due(traffic))
    await say("skip_invoice_schedule", **schedule)
    await traffic.ask_too_much("skip_invoice_schedule", **schedule, due="2026-01-01")
    await say("list_invoice_schedules", client=ids["client"])
    page = await say("list_invoice_schedule_runs", **schedule, limit=1)
    await say("list_invoice_schedule_runs", **schedule, cursor=page["next_cursor"])
    await say("delete_invoice_schedule", **schedule)
    lost = await say("create_client", name=f"Passing {ids['client'][-6:]}")
    kept = await say("create_invoice_schedule", client=lost["id"], rule="every day", at="00:00")
    await _confirmed(traffic, "delete_client", client=lost["id"])
    traffic.clock.advance(hours=24)
    await say("run_due_invoice_schedule", schedule=kept["id"], due=await _due(traffic))
    ids["schedule"] = kept["id"]


async def _due(traffic: Traffic) -> str:
    """Return the day that the newest schedule waits for."""
    page = await traffic.say("list_invoice_schedules", limit=1)
    day: str = page["schedules"][0]["next_dates"][0].split()[1].strip(",")
    return day


async def _hand_out_tokens(traffic: Traffic, suffix: str) -> None:
    say = traffic.say
    wanted = {"name": f"phone{suffix}", "projects": [traffic.ids["project"]]}
    asked = await say("create_token", **wanted)
    token = await say("create_token", **wanted, confirm=asked["confirm"])
    await say("list_tokens")
    await say("revoke_token", token=token["id"])
    await traffic.ask_too_much("revoke_token", token=token["id"])
    asked = await say("create_token", name=f"tablet{suffix}")
    kept = await say("create_token", name=f"tablet{suffix}", confirm=asked["confirm"])
    traffic.ids["token"] = kept["id"]


async def _tell_others(traffic: Traffic) -> None:
    say = traffic.say
    given = {"url": "https://hooks.example.com/in", "events": ["invoice.*", "task.completed"]}
    made = await _confirmed(traffic, "create_webhook", **given)
    webhook = {"webhook": made["id"]}
    await traffic.ask_too_much("create_webhook", **{**given, "url": "https://127.0.0.1/"})
    await say("update_webhook", **webhook, projects=[traffic.ids["project"]], thin=True)
    await say("update_webhook", **webhook, paused=True)
    await traffic.ask_too_much("send_test_event", **webhook)
    await say("update_webhook", **webhook, paused=False)
    sent = await say("send_test_event", **webhook)
    await _confirmed(traffic, "rotate_webhook_secret", **webhook)
    await say("list_webhooks", limit=1)
    await say("get_webhook", **webhook)
    page = await say("list_events", types=["time_entry.*", "client.created"], limit=2)
    await say("list_events", after=page["next_cursor"], limit=1)
    await say("list_deliveries", **webhook, type="invoice.paid", period="this month", limit=1)
    await traffic.ask_too_much("replay_deliveries", delivery=sent["id"])
    await say("replay_deliveries", **webhook)
    await say("delete_webhook", **webhook)
    kept = await _confirmed(traffic, "create_webhook", **given)
    sent = await say("send_test_event", webhook=kept["id"])
    traffic.ids |= {"webhook": kept["id"], "delivery": sent["id"]}


async def _let_in_and_out(traffic: Traffic, suffix: str) -> None:
    say = traffic.say
    given = {"email": f"ben{suffix.strip()}@example.com", "name": f"Ben{suffix}"}
    invited = await _confirmed(traffic, "invite_member", **given, role="MANAGER")
    await traffic.ask_too_much("invite_member", **given)
    ben = await _joined(traffic, invited["code"])
    await ben.say("start_timer", project=traffic.ids["project"])
    traffic.clock.advance(minutes=5)
    await ben.say("list_members")
    await _confirmed(ben, "leave_organization")
    await say("list_members", removed=True, limit=1)
    back = await _confirmed(traffic, "invite_member", **given)
    await _joined(traffic, back["code"])
    await say("create_task", project=traffic.ids["project"], name="Due", assignees=[back["id"]])
    await say("update_member", member=back["id"], time_zone="Europe/Paris")
    await _confirmed(traffic, "update_member", member=back["id"], role="ADMIN")
    await _confirmed(traffic, "remove_member", member=back["id"])
    await _confirmed(traffic, "erase_member", member=back["id"])
    await traffic.ask_too_much("accept_invitation")


async def _confirmed(traffic: Traffic, operation: str, **given: Any) -> Any:
    asked = await traffic.say(operation, **given)
    return await traffic.say(operation, **given, confirm=asked["confirm"])


async def _joined(traffic: Traffic, code: str) -> Traffic:
    """Accept an invitation, and return the traffic of who has joined."""
    runtime = traffic.door.runtime
    guest = InProcess(runtime, Caller(door="test", token=code))
    token = (await guest.call("accept_invitation", name="Benjamin"))["token"]
    member = InProcess(runtime, Caller(door="test", token=token))
    return Traffic(member, traffic.clock, traffic.called, traffic.answers)


async def _tidy_up(traffic: Traffic, suffix: str) -> None:
    say = traffic.say
    await say("archive_task", task=f"Sketch{suffix}")
    await say("update_task", task=traffic.ids["task"], status="DONE", assignees=[])
    await say("archive_project", project=f"Logo{suffix}")
    await say("update_client", client=f"Borg{suffix}", archived=True)
    await say("create_client", name=f"Nobody{suffix}")
    await _confirmed(traffic, "delete_client", client=f"Nobody{suffix}")
    await traffic.ask_too_much("create_project", client=f"Borg{suffix}", name="Late")
    await _take_back(traffic)


async def _take_back(traffic: Traffic) -> None:
    say, web = traffic.say, traffic.ids["project"]
    traffic.clock.advance(seconds=1)
    await say("log_time", project=web, duration="10m", date="6 days ago", note="a slip")
    traffic.clock.advance(seconds=1)
    undone = await say("undo")
    traffic.clock.advance(seconds=1)
    await say("undo", activity=undone["id"])
    traffic.clock.advance(seconds=1)
    await traffic.ask_too_much("undo", activity=undone["id"])
    await traffic.ask_too_much("undo", run="no such run")
    traffic.ids["change"] = undone["id"]
