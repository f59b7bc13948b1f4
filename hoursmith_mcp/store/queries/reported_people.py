"""Who could have worked, and what they logged, for reports of working time."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func

from hoursmith_mcp.core.instants import local_day
from hoursmith_mcp.core.reports.figures import Asked
from hoursmith_mcp.core.reports.working_time import Logged, Person, Work
from hoursmith_mcp.core.working_patterns import USUAL_PATTERN
from hoursmith_mcp.store.queries.reported_time import asked_entries, sums_of_time
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Member, Organization, TimeEntry
from hoursmith_mcp.store.tenancy import TENANT, scoped
from hoursmith_mcp.store.zones import stored_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_entry = core_table(TimeEntry)
_member = core_table(Member)
_organization = core_table(Organization)

# Whoever has left is among them, without a name too: what they worked does not go away.
# Of each member by the index of their days: to group all time there is would read all of it.
_first_day = (
    select(func.min(_entry.c.entry_date))
    .where(
        _entry.c.organization_id == TENANT,
        _entry.c.member_id == _member.c.id,
        _entry.c.deleted_at.is_(None),
    )
    .scalar_subquery()
)
_PEOPLE = scoped(
    select(
        _member.c.id,
        _member.c.name,
        _member.c.time_zone,
        _member.c.working_pattern,
        _member.c.joined_at,
        _member.c.deleted_at,
        _first_day.label("first_day"),
    )
)
_ZONE = scoped(select(_organization.c.time_zone))


class _Zone(Shape):
    time_zone: str


class _Colleague(Shape):
    id: str
    name: str
    time_zone: str | None
    working_pattern: list[int] | None
    joined_at: int | None
    deleted_at: int | None
    first_day: str | None


async def work_by_day(session: Session, asked: Asked) -> Work:
    """Return what each member logged on each day."""
    work: defaultdict[str, dict[date, Logged]] = defaultdict(dict)
    for one in await sums_of_time(session, ("member_id", "on_day"), asked_entries(asked)):
        logged = Logged(int(one.seconds), int(one.billable_seconds))
        work[one.member_id][date.fromisoformat(one.on_day)] = logged
    return work


async def people(session: Session, asked: Asked) -> list[Person]:
    """Return who could have worked: those who joined, with the hours that are expected of them."""
    (organization,) = await session.all(_Zone, _ZONE)
    rows = await session.all(_Colleague, _PEOPLE)
    return [
        _person(row, row.time_zone or organization.time_zone)
        for row in rows
        if asked.member_id in (None, row.id)
    ]


def _person(row: _Colleague, zone_name: str) -> Person:
    zone = stored_zone(zone_name)
    return Person(
        id=row.id,
        name=row.name,
        pattern=row.working_pattern or USUAL_PATTERN,
        since=_since(row, zone) if row.joined_at is not None else None,
        left=local_day(row.deleted_at, zone) if row.deleted_at is not None else None,
    )


def _since(row: _Colleague, zone: ZoneInfo) -> date:
    """Return from when on somebody is there: who logged earlier time was there by then.

    A business begins with its past, and what is expected of a month is the same whatever the
    period that it is part of.
    """
    assert row.joined_at is not None, "who is there has joined"
    joined = local_day(row.joined_at, zone)
    return joined if row.first_day is None else min(joined, date.fromisoformat(row.first_day))
