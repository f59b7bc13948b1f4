"""What must hold of schedules: a day is run once, a run says what came of it, none is late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from hoursmith_mcp.core.instants import HOUR_US, load_zone, wall_time_us
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.schedules import next_day
from hoursmith_mcp.core.stored_schedules import MAKE_ANEW, fault_of
from hoursmith_mcp.store.diagnosis.breach import MOST_OF_A_KIND, Breach
from hoursmith_mcp.store.diagnosis.invariant import Invariant

LATE_US = HOUR_US
"""What was due so long ago is not about to be run any more."""

_SOMEBODY_RUNS = (
    "Let a process run that runs schedules, `hoursmith-mcp serve` or an assistant's; where one "
    "runs, its log says why it does not."
)
_PLAN_ANEW = "Plan it anew with update_invoice_schedule(rule=…), or delete it."
_MADE = "('drafted', 'issued')"

SCHEDULES = (
    Invariant(
        "schedule.state",
        "SELECT id, state FROM schedule WHERE state NOT IN ('active', 'paused')",
        "The schedule {id} is {state}, and there is no such state.",
    ),
    Invariant(
        "schedule.next_day",
        "SELECT s.id, s.next_day AS next, MAX(r.due_day) AS last FROM schedule s "
        "JOIN schedule_run r ON r.schedule_id = s.id "
        "WHERE s.deleted_at IS NULL AND s.state = 'active' "
        "AND r.outcome NOT IN ('nothing', 'refused', 'missed') "
        "GROUP BY s.id, s.next_day HAVING MAX(r.due_day) >= s.next_day",
        "The schedule {id} waits for {next}, and is done with {last} already.",
        _PLAN_ANEW,
    ),
    Invariant(
        "schedule.runs",
        "SELECT s.id, s.runs, COUNT(r.number) AS noted FROM schedule s "
        "LEFT JOIN schedule_run r ON r.schedule_id = s.id GROUP BY s.id, s.runs "
        "HAVING COUNT(r.number) <> s.runs OR COALESCE(MAX(r.number), 0) <> s.runs "
        "OR COALESCE(MIN(r.number), 1) <> 1",
        "The schedule {id} counts {runs} runs, and the {noted} that were noted deny that.",
    ),
    Invariant(
        "schedule_run.schedule",
        "SELECT r.schedule_id AS id, r.number FROM schedule_run r "
        "LEFT JOIN schedule s ON s.id = r.schedule_id WHERE s.id IS NULL",
        "There is a run {number} of the schedule {id}, which is not there.",
    ),
    Invariant(
        "schedule_run.outcome",
        "SELECT schedule_id AS id, number, outcome FROM schedule_run WHERE outcome NOT IN "
        "('drafted', 'issued', 'nothing', 'refused', 'missed', 'skipped') "
        "OR (outcome = 'refused' AND reason IS NULL)",
        "The run {number} of the schedule {id} ended as {outcome}, and does not say why.",
    ),
    Invariant(
        "schedule_run.invoice",
        "SELECT r.schedule_id AS id, r.number, r.outcome FROM schedule_run r "
        "LEFT JOIN invoice i ON i.id = r.invoice_id "
        f"WHERE (r.outcome IN {_MADE} AND i.id IS NULL) "
        f"OR (r.outcome NOT IN {_MADE} AND r.invoice_id IS NOT NULL) "
        "OR (r.outcome = 'issued' AND i.number IS NULL)",
        "The run {number} of the schedule {id} ended as {outcome}, and its invoice denies that.",
    ),
    Invariant(
        "schedule_run.invoice_of_several",
        "SELECT invoice_id AS id, COUNT(*) AS runs FROM schedule_run "
        "WHERE invoice_id IS NOT NULL GROUP BY invoice_id HAVING COUNT(*) > 1",
        "{runs} runs say that they made the invoice {id}.",
    ),
)

_WAITING = text(
    "SELECT s.id, s.rule, s.start_day, s.next_day, s.minute_of_day, s.billed, s.selection, "
    "s.state, o.time_zone AS zone_name FROM schedule s "
    "JOIN organization o ON o.id = s.organization_id "
    "WHERE s.deleted_at IS NULL ORDER BY s.id"
)


def broken_plans(connection: Connection, now_us: int | None) -> Iterator[Breach]:
    """Yield which schedules wait for a day that their rule does not name, or that has passed."""
    found: Counter[str] = Counter()
    for row in connection.execute(_WAITING):
        breach = _in_rule(row) or (_in_time(row, now_us) if now_us is not None else None)
        if breach is not None:
            found[breach.code] += 1
            if found[breach.code] <= MOST_OF_A_KIND:
                yield breach


def _in_rule(row: Row[Any]) -> Breach | None:
    fault = fault_of(row)
    if fault is not None:
        return Breach("schedule.unreadable", f"The schedule {row.id}: {fault}", MAKE_ANEW)
    if row.next_day is None:
        return None
    rule, start = parse_rule(row.rule), date.fromisoformat(row.start_day)
    day = date.fromisoformat(row.next_day)
    if next_day(rule, start, after=day - timedelta(days=1)) == day:
        return None
    message = f"The schedule {row.id} waits for {day}, and {row.rule} does not name that day."
    return Breach("schedule.day", message, _PLAN_ANEW)


def _in_time(row: Row[Any], now_us: int) -> Breach | None:
    if row.state != "active" or row.next_day is None:
        return None
    day = date.fromisoformat(row.next_day)
    try:
        zone = load_zone(row.zone_name)
    except Refusal:
        return None  # The zone is its organisation's, and is told of as that.
    if wall_time_us(day, row.minute_of_day, zone) >= now_us - LATE_US:
        return None
    message = f"The schedule {row.id} was due on {day}, and nobody has run it since."
    return Breach("schedule.overdue", message, _SOMEBODY_RUNS)
