"""What a schedule bills of some days, and what of before them stays open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.core.billable_time import OpenTime
from hoursmith_mcp.core.billed_days import Billed, billed_days
from hoursmith_mcp.core.durations import format_duration
from hoursmith_mcp.core.exclusions import leave_out, standing_wishes
from hoursmith_mcp.core.periods import BEGINNING, Period
from hoursmith_mcp.core.stored_schedules import DISCOUNT_CURRENCY, read_selection
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.schemas.filters import Selection

if TYPE_CHECKING:
    from hoursmith_mcp.call import Call
    from hoursmith_mcp.core.bills import OpenWork
    from hoursmith_mcp.store.queries.schedules import ScheduleRow


def days_billed(call: Call, row: ScheduleRow, day: date) -> Period:
    """Return the days that a schedule bills on a day."""
    return billed_days(Billed(row.billed), day, week_start=call.actor.week_start)


async def previewed_selection(call: Call, row: ScheduleRow, days: Period) -> dict[str, Any]:
    """Return what previewing is given beside client and days, as the work of these days has it."""
    given = read_selection(row.selection)
    await _refuse_other_currency(call, row, given.pop(DISCOUNT_CURRENCY, None))
    if wishes := given.pop("exclude", None):
        work = await _open(call, row, days)
        given["exclude"] = standing_wishes(work, wishes) if work is not None else []
    return given


async def _refuse_other_currency(call: Call, row: ScheduleRow, said_in: str | None) -> None:
    """Raise Conflict where a discount is an amount in another currency than the client's of now."""
    if said_in is None:
        return
    owner = await call.store.clients.find(row.client_id, writing=False)
    currency = owner.currency or call.actor.currency
    if currency != said_in:
        raise Conflict(
            f"The discount of that schedule is an amount in {said_in}, and {owner.name} is billed "
            f"in {currency}. Say another with update_invoice_schedule(discount=…)."
        )


async def work_to_bill(call: Call, row: ScheduleRow, days: Period) -> OpenWork | None:
    """Return the open work of some days, or None; raises NotFound where whose it is is gone."""
    await call.store.clients.find(row.client_id, writing=False)
    for project_id in read_selection(row.selection).get("projects", []):
        await call.store.projects.find(project_id, writing=False)
    return await _left(call, row, days)


async def left_outside(call: Call, row: ScheduleRow, days: Period) -> str | None:
    """Say which time of before these days stays open, and how it is billed."""
    if days.first == BEGINNING:
        return None
    before = Period(BEGINNING, days.first - timedelta(days=1))
    work = await _left(call, row, before, with_fees=False)
    if work is None:
        return None
    entries: list[OpenTime] = [*work.times, *work.unpriced]
    hours = format_duration(sum(one.seconds for one in entries))
    first = min(one.day for one in entries)
    return (
        f"{hours} of before {days.first} stay open: bill them with run_invoice_schedule(period="
        f'"{first}..{before.last}").'
    )


async def _left(
    call: Call, row: ScheduleRow, days: Period, *, with_fees: bool = True
) -> OpenWork | None:
    work = await _open(call, row, days, with_fees=with_fees)
    if work is None:
        return None
    wishes = read_selection(row.selection).get("exclude", [])
    work, _ = leave_out(work, standing_wishes(work, wishes))
    return work if work.times or work.unpriced or work.fees else None


async def _open(
    call: Call, row: ScheduleRow, days: Period, *, with_fees: bool = True
) -> OpenWork | None:
    projects = read_selection(row.selection).get("projects")
    selection = Selection(
        client_id=row.client_id,
        period=days,
        project_ids=tuple(projects) if projects else None,
        with_fees=with_fees,
    )
    works = await call.store.open_work.of(selection)
    return works[0] if works else None
