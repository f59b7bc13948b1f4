"""What is to be done today, each with the call that does it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.durations import format_duration, hours_text
from hoursmith_mcp.core.instants import local_day
from hoursmith_mcp.core.money import Money
from hoursmith_mcp.core.thin_days import ThinDay
from hoursmith_mcp.core.timers import LONG_SECONDS
from hoursmith_mcp.schemas.base import Hidden, OfMoney, Public, Unlisted
from hoursmith_mcp.schemas.invoices import balance

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from hoursmith_mcp.core.bills import Bill, OpenWork
    from hoursmith_mcp.schemas.time_entries import TimerOut
    from hoursmith_mcp.store.tables import Invoice

MOST_OF_EACH = 3
"""So many of one sort are told one by one; the others are counted."""


class NextArguments(Public):
    """What of a call's arguments is known already."""

    date: str | None = None
    project: Unlisted[str] | None = None
    webhook: str | None = None
    paused: bool | None = None
    invoice: Hidden[str] | None = None
    schedule: Hidden[str] | None = None
    period: Hidden[str] | None = None
    client: Hidden[str] | None = None
    status: Hidden[list[str]] | None = None
    overdue_only: Hidden[bool] | None = None


class NextCall(Public):
    """A call that is ready to be made, but for the arguments in `needs`: ask a person for those."""

    tool: str
    arguments: NextArguments = NextArguments()
    needs: Unlisted[list[str]] | None = None


class ToDo(Public):
    """Something to be done about time, or about the house."""

    what: str
    next_call: NextCall | None = None


class MoneyToDo(OfMoney):
    """Something to be done about money; `days` is for how long already."""

    what: str
    days: int | None = None
    next_call: NextCall | None = None


def settings_to_do(missing: Sequence[str]) -> list[ToDo]:
    """Say what has to be set before the first invoice."""
    if not missing:
        return []
    what = f"Invoices need what is not set yet: {', '.join(missing)}."
    return [ToDo(what=what, next_call=NextCall(tool="set_up", needs=[*missing]))]


def timer_to_do(timer: TimerOut | None) -> list[ToDo]:
    """Say what is to be done about a timer that runs."""
    if timer is None:
        return []
    what = f"The timer on {timer.project} is running."
    if timer.running_seconds > LONG_SECONDS:
        what = (
            f"The timer on {timer.project} has been running for "
            f"{format_duration(timer.running_seconds)}; was it forgotten?"
        )
    return [ToDo(what=what, next_call=NextCall(tool="stop_timer"))]


def thin_day_to_do(days: Sequence[ThinDay], project: str | None) -> list[ToDo]:
    """Say on which days of the last week time is missing, the latest first; in `project`, if one
    is taken to be meant."""
    needs = ["duration"] if project is not None else ["project", "duration"]
    return [
        ToDo(
            what=f"{describe_day(one.day)} has {hours_text(one.seconds)} h of "
            f"{hours_text(one.expected_seconds)} h: what else was done?",
            next_call=NextCall(
                tool="log_time",
                arguments=NextArguments(date=one.day.isoformat(), project=project),
                needs=needs,
            ),
        )
        for one in days
    ]


def overdue_to_do(unpaid: Sequence[Invoice], today: date) -> list[MoneyToDo]:
    """Say whom to remind of what is overdue, the longest due first."""
    late = [
        (row, (today - date.fromisoformat(row.due_date)).days)
        for row in unpaid
        if row.due_date is not None and row.due_date < today.isoformat()
    ]
    told = [
        MoneyToDo(
            what=f"{row.bill_to_name} owes {_money(balance(row).due, row.currency)} of "
            f"{row.number}: {_reminder(days)}",
            days=days,
            next_call=NextCall(
                tool="get_invoice", arguments=NextArguments(invoice=row.number or row.id)
            ),
        )
        for row, days in late[:MOST_OF_EACH]
    ]
    others = NextCall(tool="list_unpaid_invoices", arguments=NextArguments(overdue_only=True))
    return [*told, *others_to_do(len(late), "overdue invoice", "overdue invoices", others)]


def draft_to_do(drafts: Sequence[Invoice], today: date, zone: ZoneInfo) -> list[MoneyToDo]:
    """Say which drafts wait to be sent, the oldest first."""
    oldest = sorted(drafts, key=lambda row: (row.created_at, row.id))
    told = [
        MoneyToDo(
            what=f"A draft for {row.bill_to_name} over {_money(row.total, row.currency)} waits.",
            days=(today - local_day(row.created_at, zone)).days,
            next_call=NextCall(tool="send_invoice", arguments=NextArguments(invoice=row.id)),
        )
        for row in oldest[:MOST_OF_EACH]
    ]
    others = NextCall(tool="list_invoices", arguments=NextArguments(status=["DRAFT"]))
    return [*told, *others_to_do(len(drafts), "draft", "drafts", others)]


def unbilled_to_do(works: Sequence[tuple[OpenWork, Bill | None]], today: date) -> list[MoneyToDo]:
    """Say what of whom can be billed, the oldest work first; fees have no day and come last."""
    aged = [(_days_open(work, today), work, bill) for work, bill in works]
    aged.sort(key=lambda one: (one[0] is None, -(one[0] or 0)))
    told = [
        MoneyToDo(
            what=_unbilled(work, bill),
            days=days,
            next_call=_billing(work),
        )
        for days, work, bill in aged[:MOST_OF_EACH]
    ]
    client, clients = "client with unbilled work", "clients with unbilled work"
    return [*told, *others_to_do(len(works), client, clients, NextCall(tool="list_unbilled"))]


def others_to_do(many: int, one: str, several: str, ask: NextCall) -> list[MoneyToDo]:
    """Count what of one sort is not told, with the call that lists it."""
    what = _others(many, one, several)
    return [MoneyToDo(what=what, next_call=ask)] if what is not None else []


def other_webhooks(many: int) -> list[ToDo]:
    """Count the webhooks that are not told of."""
    what = _others(many, "webhook to look after", "webhooks to look after")
    ask = NextCall(tool="list_webhooks")
    return [ToDo(what=what, next_call=ask)] if what is not None else []


def _reminder(days: int) -> str:
    """Say how to remind somebody who is so many days late."""
    if days < 14:
        return "send a friendly reminder."
    if days <= 30:
        return "send a plain reminder."
    return "send a firm reminder with a last date."


def _others(many: int, one: str, several: str) -> str | None:
    rest = many - MOST_OF_EACH
    return f"{rest} more {one if rest == 1 else several}." if rest > 0 else None


def _days_open(work: OpenWork, today: date) -> int | None:
    days = [*(time.day for time in work.times), *(one.day for one in work.unpriced)]
    return (today - min(days)).days if days else None


def _unbilled(work: OpenWork, bill: Bill | None) -> str:
    without = sum(one.seconds for one in work.unpriced)
    if bill is None or not bill.lines:
        return f"{work.client} cannot be billed yet: {hours_text(without)} h have no rate."
    seconds = sum(time.seconds for time in work.times) + without
    of = [*([f"{hours_text(seconds)} h"] if seconds else []), *(["fees"] if work.fees else [])]
    unpriced = f", {hours_text(without)} h of it without a rate" if without else ""
    worth = _money(bill.totals.total, bill.currency)
    taxed = " with tax" if bill.totals.tax else ""
    return f"{work.client} can be billed {worth}{taxed}: {' and '.join(of)}{unpriced}."


def _billing(work: OpenWork) -> NextCall:
    """Return the call that bills open work, or shows what keeps it from being billed."""
    ready = bool(work.times or work.fees) and not work.unpriced
    tool = "preview_invoice" if ready else "list_unbilled"
    return NextCall(tool=tool, arguments=NextArguments(client=work.client_id))


def _money(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).text()} {currency}"
