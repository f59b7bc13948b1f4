"""What the runner does itself, where the operation that runs a schedule cannot."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.core.billed_days import Billed, billed_days
from hoursmith_mcp.core.ids import ENTROPY_BYTES, new_id
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.schedules import next_day
from hoursmith_mcp.core.stored_schedules import MAKE_ANEW, fault_of
from hoursmith_mcp.schemas.keeping import kept
from hoursmith_mcp.schemas.schedules import schedule_out
from hoursmith_mcp.store.queries.ledger import take_turn, write_event
from hoursmith_mcp.store.queries.organizations import Organizations
from hoursmith_mcp.store.queries.schedules import ACTIVE, PAUSED, Schedules
from hoursmith_mcp.store.revision import require_revision
from hoursmith_mcp.unit import compact_json

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.schedules import DueRow, ScheduleRow
    from hoursmith_mcp.store.session import Session
    from hoursmith_mcp.store.tables import Organization

REFUSED = "refused"
NO_RIGHT = "Whoever it belongs to may not bill any more."
FAULTS = "It failed again and again by a fault of the program, which the server's log tells of."


@dataclass(frozen=True)
class _Calendar:
    organization_zone_name: str
    week_start: int


async def give_up(
    session: Session, row: DueRow, entropy: Callable[[int], bytes], *, has_right: bool
) -> None:
    """Note that a schedule that came due is not run, and tell so; once, whoever does it.

    It is paused where nobody's right is left to run it by, or its row is spoilt; else its next day
    is another try.
    """
    found = await _still_due(session, row)
    if found is None:
        return
    organization = await Organizations(session).get()
    fault = fault_of(found)
    if fault is not None:
        reason = f"{fault} {MAKE_ANEW}"
        run: dict[str, Any] = {"reason": reason}
        with suppress(ValueError):
            run["due_day"] = date.fromisoformat(row.next_day).isoformat()
        moved: dict[str, Any] = {"state": PAUSED, "paused_because": reason}
    else:
        run = _refused_day(found, row, organization.week_start)
        run |= {"reason": FAULTS if has_right else NO_RIGHT}
        moved = _moved_on(found, row)
        if not has_right:
            moved |= {"state": PAUSED, "paused_because": NO_RIGHT}
    after = await Schedules(session).add_run(found, {**run, "outcome": REFUSED}, moved)
    await _tell(session, after, organization, entropy)


async def set_aside(session: Session, row: DueRow, entropy: Callable[[int], bytes]) -> None:
    """Pause a schedule of which not even that it is not run can be noted, and tell so."""
    if await _still_due(session, row) is not None:
        paused = {"state": PAUSED, "paused_because": FAULTS}
        after = await Schedules(session).update(row.id, paused)
        await _tell(session, after, await Organizations(session).get(), entropy)


async def _still_due(session: Session, row: DueRow) -> ScheduleRow | None:
    """Return a schedule, once its organisation's turn has come, if it still waits for that day."""
    await require_revision(session)
    session.organization_id = row.organization_id
    await take_turn(session)
    found = await Schedules(session).get(row.id)
    waits = (found.state, found.next_day, found.member_id) == (ACTIVE, row.next_day, row.member_id)
    return found if waits else None


def _refused_day(found: ScheduleRow, row: DueRow, week_start: int) -> dict[str, Any]:
    day = date.fromisoformat(row.next_day)
    days = billed_days(Billed(found.billed), day, week_start=week_start)
    first, last = days.first.isoformat(), days.last.isoformat()
    return {"due_day": row.next_day, "first_day": first, "last_day": last}


def _moved_on(found: ScheduleRow, row: DueRow) -> dict[str, Any]:
    day, start = date.fromisoformat(row.next_day), date.fromisoformat(found.start_day)
    coming = next_day(parse_rule(found.rule), start, after=day)
    return {"next_day": coming.isoformat() if coming is not None else None}


async def _tell(
    session: Session,
    after: ScheduleRow,
    organization: Organization,
    entropy: Callable[[int], bytes],
) -> None:
    calendar = _Calendar(organization.time_zone, organization.week_start)
    last = (await Schedules(session).last_runs([after.id])).get(after.id)
    await write_event(
        session,
        id=new_id("ev", session.now_us, entropy(ENTROPY_BYTES)),
        type="schedule.failed",
        version=1,
        subject_id=after.id,
        project_id=None,
        member_id=after.member_id,
        data=compact_json(kept(schedule_out(after, last, of=calendar))),
    )
