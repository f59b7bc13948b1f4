"""Schedules as any component handles them: what is said of their days, and how they are shown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from hoursmith_mcp.call import reading
from hoursmith_mcp.core.billed_days import read_billed, split_billed, usual_billed
from hoursmith_mcp.core.instants import wall_time_us
from hoursmith_mcp.core.schedule_timing import Timing
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.stored_schedules import MAKE_ANEW, fault_of
from hoursmith_mcp.core.times_of_day import parse_time_of_day
from hoursmith_mcp.errors import Conflict, InvalidInput
from hoursmith_mcp.schemas.schedules import ScheduleOut, schedule_out

if TYPE_CHECKING:
    from hoursmith_mcp.call import Call
    from hoursmith_mcp.core.schedules import Rule
    from hoursmith_mcp.schemas.rules import Every
    from hoursmith_mcp.store.queries.schedules import ScheduleRow


async def sound_schedule(call: Call, text: str) -> ScheduleRow:
    """Return the schedule that an id or its client's name means.

    Raises NotFound or InvalidInput where none or several are meant, and Conflict where it is
    spoilt, so that nothing is guessed.
    """
    row = await call.store.schedules.find(text)
    fault = fault_of(row)
    if fault is not None:
        raise Conflict(f"{fault} {MAKE_ANEW}")
    return row


async def shown_schedule(call: Call, row: ScheduleRow) -> ScheduleOut:
    """Show a schedule, with how it went last."""
    runs = await call.store.schedules.last_runs([row.id])
    return schedule_out(row, runs.get(row.id), of=call.actor)


def timing_of(
    call: Call,
    *,
    rule: str | None = None,
    every: Every | None = None,
    bills: str | None = None,
    starting: str | None = None,
    at: str | None = None,
    row: ScheduleRow | None = None,
) -> Timing:
    """Return when, and for which days; what is not given stays as it is."""
    before = Timing.read(row) if row is not None else None
    meant, said = _rule(rule, every, before)
    with reading("bills"):
        wanted = bills or said
        usual = before.billed if before and meant.is_as(before.rule) else usual_billed(meant)
        billed = read_billed(wanted) if wanted else usual
    with reading("at"):
        minute = parse_time_of_day(at) if at is not None else before.minute if before else 0
    if starting:
        start = call.due_day(starting, "starting")
    elif before is not None and meant == before.rule:
        start = before.start
    else:
        start = _first_day(call, minute)
    return Timing(meant, start, minute, billed)


def _first_day(call: Call, minute: int) -> date:
    """Return today, or tomorrow where the time of day has passed: what is past does not count."""
    today, zone = call.organization_today, call.actor.organization_zone
    return today if wall_time_us(today, minute, zone) > call.now_us else today + timedelta(days=1)


def _rule(words: str | None, parts: Every | None, before: Timing | None) -> tuple[Rule, str | None]:
    """Return a rule, and what was said within its words of the days that it bills."""
    if words and parts is not None:
        raise InvalidInput("Give rule or every, not both: they say the same in two ways.")
    if parts is not None:
        with reading("every"):
            return parts.rule(), None
    if not words and before is not None:
        return before.rule, None
    with reading("rule"):
        said, billed = split_billed(words or "")
        return parse_rule(said), billed


def next_day_of(call: Call, timing: Timing, done: str | None = None) -> str:
    """Return the first day that is yet to come, after the last one that was `done`."""
    with reading("rule"):
        return timing.next_day(call.actor.organization_zone, now_us=call.now_us, done=done)
