"""Unbilled work for reports, and what stops more of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain

from hoursmith_mcp.core.reports.figures import Asked, Figure, Key, keys_of_day
from hoursmith_mcp.core.reports.kinds import Grouping
from hoursmith_mcp.core.reports.unbilled import unbilled_figures
from hoursmith_mcp.core.timers import US
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.store.queries.open_work import OpenWorks
from hoursmith_mcp.store.queries.reported_names import ReportedNames, names_of
from hoursmith_mcp.store.queries.reported_time import (
    COLUMN_OF,
    TimeSum,
    asked_entries,
    sums_of_time,
)
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Project, TimeEntry, Timer
from hoursmith_mcp.store.tenancy import TENANT, scoped

_entry = core_table(TimeEntry)
_project = core_table(Project)
_timer = core_table(Timer)

_RUNNING = scoped(select(_timer).where(_timer.c.billable.is_(True)))
# What a fee pays for is billed by no hour; once that is charged, they are no work to be billed.
_UNDER_FEE = (
    _entry.c.billable.is_(True),
    _entry.c.line_id.is_(None),
    _entry.c.project_id.in_(
        select(_project.c.id).where(
            _project.c.rate_type == "FIXED",
            _project.c.fee_line_id.is_(None),
            _project.c.deleted_at.is_(None),
            _project.c.organization_id == TENANT,
        )
    ),
)


async def unbilled_report_figures(session: Session, asked: Asked) -> Iterable[Figure]:
    """Return unbilled work as it would be billed, and the time that is not: under fees, running."""
    works = await OpenWorks(session).of(
        Selection(
            client_id=asked.client_id,
            period=asked.period,
            project_ids=(asked.project_id,) if asked.project_id is not None else None,
        )
    )
    under_fees = await _under_fees(session, asked)
    running = await _running(session, asked)
    return chain(unbilled_figures(works, asked.today), under_fees, running)


async def _under_fees(session: Session, asked: Asked) -> list[Figure]:
    # A fee may cover years of work, so no more is told apart than is asked for.
    columns = ["project_id", *(COLUMN_OF[one] for one in asked.groupings)]
    sums = await sums_of_time(session, columns, asked_entries(asked), *_UNDER_FEE)
    names = await names_of(
        session,
        projects=[one.project_id for one in sums],
        tasks=[one.task_id for one in sums] if "task_id" in columns else (),
        members=[one.member_id for one in sums] if "member_id" in columns else (),
    )
    return [_under_fee(one, columns, names, asked) for one in sums]


def _under_fee(
    one: TimeSum, columns: Collection[str], names: ReportedNames, asked: Asked
) -> Figure:
    task_id = one.task_id if "task_id" in columns else None
    member_id = one.member_id if "member_id" in columns else None
    keys = _keys(names, one.project_id, task_id, member_id)
    if "in_month" in columns:
        keys["month"] = Key(one.in_month)
    currency = names.projects[one.project_id].currency or asked.currency
    return Figure(keys, {"hours_under_fee": int(one.seconds)}, currency)


async def _running(session: Session, asked: Asked) -> list[Figure]:
    if asked.period is not None and asked.today not in asked.period:
        return []
    rows = await session.all(Timer, _RUNNING)
    names = await names_of(
        session,
        projects=[row.project_id for row in rows],
        tasks=[row.task_id for row in rows],
        members=[row.member_id for row in rows],
    )
    return [
        Figure(
            {
                **keys_of_day(asked.today, asked.week_start),
                **_keys(names, row.project_id, row.task_id, row.member_id),
            },
            {"running_hours": max(session.now_us - row.started_at, 0) // US},
            names.projects[row.project_id].currency or asked.currency,
        )
        for row in rows
        if asked.project_id in (None, row.project_id)
        and asked.client_id in (None, names.projects[row.project_id].client_id)
    ]


def _keys(
    names: ReportedNames, project_id: str, task_id: str | None, member_id: str | None
) -> dict[Grouping, Key]:
    keys: dict[Grouping, Key] = {
        "client": names.client_of(project_id),
        "project": names.project(project_id),
    }
    if member_id is not None:
        keys["member"] = Key(names.members[member_id], member_id)
    if task_id is not None:
        keys["task"] = Key(names.tasks[task_id], task_id)
    return keys
