"""What projects used up of their fees and budgets, for reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, literal

from hoursmith_mcp.core.rates import RateBook, RateLevel
from hoursmith_mcp.core.reports.figures import Asked
from hoursmith_mcp.core.reports.worth import Worked, worth_by_project
from hoursmith_mcp.schemas.filters import TimeEntryFilter
from hoursmith_mcp.store.queries.open_work import OpenWorks
from hoursmith_mcp.store.queries.reported_time import TimeSum, sums_of_time
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Project, TimeEntry
from hoursmith_mcp.store.tenancy import scoped

MOST_SPANS = 500
"""Between how many changes of prices time is added up; with more of them, day by day."""

_Days = tuple[str, ...]

_entry = core_table(TimeEntry)
_project = core_table(Project)
_client = core_table(Client)

_LIMITED = scoped(
    select(
        _project.c.id,
        _project.c.client_id,
        _project.c.status,
        _project.c.rate_type,
        _project.c.fixed_fee,
        _project.c.budget_amount,
        _project.c.budget_seconds,
        _client.c.currency,
    )
    .select_from(_project.join(_client, _client.c.id == _project.c.client_id))
    .where(
        _project.c.deleted_at.is_(None),
        _project.c.fixed_fee.is_not(None)
        | _project.c.budget_amount.is_not(None)
        | _project.c.budget_seconds.is_not(None),
    )
)


class Limited(Shape):
    """A project with a fee or a budget; `currency` is its client's own, if it has one."""

    id: str
    client_id: str
    status: str
    rate_type: str
    fixed_fee: int | None
    budget_amount: int | None
    budget_seconds: int | None
    currency: str | None


async def limited_projects(
    session: Session, asked: Asked, touched: Collection[str | None]
) -> list[Limited]:
    """Return what a report tells of projects with fees and budgets: the active and the touched."""
    return [
        row
        for row in await session.all(Limited, _LIMITED)
        if (row.id in touched or row.status == "ACTIVE")
        and asked.client_id in (None, row.client_id)
        and asked.project_id in (None, row.id)
    ]


async def used_by_project(
    session: Session,
    last: date,
    limited: Sequence[Limited],
    touched: Collection[str],
    currency: str | None,
) -> dict[str, dict[str, int]]:
    """Return the hours of projects from the beginning to a day, and what these used up of fees and
    budgets.

    `touched` are other projects, without fees and budgets or with; `currency` is that of clients
    without one of their own.
    """
    priced = {row.id: row for row in limited if _has_amount(row)}
    told = {row.id for row in limited}.union(touched)
    timed = sorted(told - priced.keys())
    sums: Sequence[TimeSum] = ()
    if timed:
        sums = await _sums(session, ["project_id"], last, timed)
    rates = await _rates(session, priced.values())
    worked: list[TimeSum] = []
    for changes, ids in _by_changes(priced.values(), rates).items():
        worked += await _sums(session, _priced_by(rates), last, ids, since=_since(changes))
    worth = worth_by_project((_worked(one, priced, currency) for one in worked), rates)
    seconds: dict[str, int] = defaultdict(int)
    for one in (*sums, *worked):
        seconds[one.project_id] += int(one.seconds)
    used = {row.id: _used(row, worth.get(row.id, 0), seconds[row.id]) for row in limited}
    return {one: {"hours_so_far": seconds[one], **used.get(one, {})} for one in told}


async def _rates(session: Session, rows: Collection[Limited]) -> RateBook:
    if not rows:
        return RateBook(())
    ids, clients = [row.id for row in rows], {row.client_id for row in rows}
    return await OpenWorks(session).rate_book(projects=ids, clients=clients)


def _priced_by(rates: RateBook) -> list[str]:
    """Return what the price of an hour depends on beside the day: tasks only where one has its own.

    PostgreSQL cannot know how few of all tasks, members and projects go together, and would make
    ready for all of them. SQLite goes by members in any case, in the order of their days.
    """
    columns = ["project_id", "member_id"]
    return [*columns, "task_id"] if RateLevel.TASK in rates.levels else columns


def _by_changes(rows: Iterable[Limited], rates: RateBook) -> Mapping[_Days, list[str]]:
    """Put projects together whose prices change on the same days: mostly there are few such days,
    and the others have their own."""
    found: dict[_Days, list[str]] = defaultdict(list)
    for row in rows:
        days = rates.changes(project_id=row.id, client_id=row.client_id)
        found[tuple(day.isoformat() for day in days)].append(row.id)
    return found


async def _sums(
    session: Session,
    columns: Sequence[str],
    last: date,
    project_ids: list[str],
    **more: ColumnElement[Any],
) -> Sequence[TimeSum]:
    until = TimeEntryFilter(last_day=last.isoformat())
    return await sums_of_time(session, columns, until, _entry.c.project_id.in_(project_ids), **more)


def _since(changes: _Days) -> ColumnElement[Any]:
    """Return the last of some days, in their order, up to an entry's own; before all of them, "".

    Between two days on which rates change a member's hour costs the same, so that the database can
    add those up. The search is one in halves, as there may be many such days.
    """
    day: ColumnElement[Any] = _entry.c.entry_date
    if len(changes) > MOST_SPANS:
        return day

    def search(days: _Days, before: str) -> ColumnElement[Any]:
        if not days:
            return literal(before)
        middle = len(days) // 2
        earlier, later = search(days[:middle], before), search(days[middle + 1 :], days[middle])
        return case((day < days[middle], earlier), else_=later)

    return search(changes, "")


def _has_amount(row: Limited) -> bool:
    return row.fixed_fee is not None or row.budget_amount is not None


def _worked(one: TimeSum, projects: Mapping[str, Limited], currency: str | None) -> Worked:
    project = projects[one.project_id]
    return Worked(
        project_id=one.project_id,
        client_id=project.client_id,
        # Where no task has a price of its own, they were not asked for.
        task_id=getattr(one, "task_id", None),
        member_id=one.member_id,
        day=date.fromisoformat(one.since) if one.since else date.min,
        seconds=int(one.billable_seconds),
        currency=project.currency or currency,
    )


def _used(row: Limited, worth: int, seconds: int) -> dict[str, int]:
    values: dict[str, int] = {}
    if row.rate_type == "FIXED" and row.fixed_fee:
        values |= {"fee": row.fixed_fee, "fee_spent": worth}
    if row.budget_amount is not None:
        values |= {"budget_amount": row.budget_amount, "budget_spent": worth}
    if row.budget_seconds is not None:
        values |= {"budget_hours": row.budget_seconds, "budget_hours_spent": seconds}
    return values
