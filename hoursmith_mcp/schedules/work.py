"""What the runner does itself, where nobody is there any more in whose name it could."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from hoursmith_mcp.core.ids import ENTROPY_BYTES, new_id
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.schedules import next_day
from hoursmith_mcp.schemas.keeping import kept
from hoursmith_mcp.schemas.schedules import schedule_out
from hoursmith_mcp.store.queries.ledger import take_turn, write_event
from hoursmith_mcp.store.queries.organizations import Organizations
from hoursmith_mcp.store.queries.schedules import ACTIVE, PAUSED, Schedules
from hoursmith_mcp.store.revision import require_revision
from hoursmith_mcp.unit import compact_json

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.schedules import DueRow
    from hoursmith_mcp.store.session import Session

REFUSED = "refused"
NO_RIGHT = "Whoever it belongs to may not bill any more."


@dataclass(frozen=True)
class _Calendar:
    organization_zone_name: str
    week_start: int


async def give_up(session: Session, row: DueRow, entropy: Callable[[int], bytes]) -> None:
    """Pause a schedule that came due and may not be run, and tell so; once, whoever does it."""
    await require_revision(session)
    session.organization_id = row.organization_id
    await take_turn(session)
    schedules = Schedules(session)
    found = await schedules.get(row.id)
    if (found.state, found.next_day, found.member_id) != (ACTIVE, row.next_day, row.member_id):
        return
    day = date.fromisoformat(row.next_day)
    coming = next_day(parse_rule(found.rule), date.fromisoformat(found.start_day), after=day)
    paused = {
        "state": PAUSED,
        "paused_because": NO_RIGHT,
        "next_day": coming.isoformat() if coming is not None else None,
    }
    run = {"due_day": row.next_day, "outcome": REFUSED, "reason": NO_RIGHT}
    after = await schedules.add_run(found, run, paused)
    organization = await Organizations(session).get()
    calendar = _Calendar(organization.time_zone, organization.week_start)
    last = (await schedules.last_runs([row.id])).get(row.id)
    await write_event(
        session,
        id=new_id("ev", session.now_us, entropy(ENTROPY_BYTES)),
        type="schedule.failed",
        version=1,
        subject_id=row.id,
        project_id=None,
        member_id=row.member_id,
        data=compact_json(kept(schedule_out(after, last, of=calendar))),
    )
