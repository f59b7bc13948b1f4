"""Unbilled work for reports, and what stops more of it."""

from __future__ import annotations

from hoursmith_mcp.core.reports.figures import Asked, Figure, Key, Keys, keys_of_day
from hoursmith_mcp.core.reports.kinds import Grouping
from hoursmith_mcp.core.reports.unbilled import unbilled_figures
from hoursmith_mcp.core.timers import US
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.store.queries.open_work import OpenWorks
from hoursmith_mcp.store.queries.reported_names import ReportedNames, names_of
from hoursmith_mcp.store.queries.reported_time import asked_entries, sums_of_time
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Project, TimeEntry, Timer
from hoursmith_mcp.store.tenancy import TENANT, scoped

_entry = core_table(TimeEntry)
_project = core_table(Project)
_timer = core_table(Timer)

_RUNNING = scoped(select(_timer).where(_timer.c.billable.is_(True)))
# What a fee pays for is billed by no hour.
_UNDER_FEE = (
    _entry.c.billable.is_(True),
    _entry.c.line_id.is_(None),
    _entry.c.project_id.in_(
        select(_project.c.id).where(
            _project.c.rate_type == "FIXED",
            _project.c.deleted_at.is_(None),
            _project.c.organization_id == TENANT,
        )
    ),
)


async def unbilled_report_figures(session: Session, asked: Asked) -> list[Figure]:
    """Return unbilled work as it would be billed, and the time that is not: under fees, running."""
    works = await OpenWorks(session).of(
        Selection(
            client_id=asked.client_id,
            period=asked.period,
            project_ids=(asked.project_id,) if asked.project_id is not None else None,
        )
    )
    return [
        *unbilled_figures(works, asked.today),
        *await _under_fees(session, asked),
        *await _running(session, asked),
    ]


async def _under_fees(session: Session, asked: Asked) -> list[Figure]:
    columns = ("project_id", "task_id", "member_id", "in_month")
    sums = await sums_of_time(session, columns, asked_entries(asked), *_UNDER_FEE)
    names = await names_of(
        session,
        projects=[one.project_id for one in sums],
        tasks=[one.task_id for one in sums],
        members=[one.member_id for one in sums],
    )
    return [
        Figure(
            {
                **_keys(names, one.project_id, one.task_id, one.member_id),
                "month": Key(one.in_month),
            },
            {"hours_under_fee": int(one.seconds)},
            names.projects[one.project_id].currency or asked.currency,
        )
        for one in sums
    ]


async def _running(session: Session, asked: Asked) -> list[Figure]:
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


def _keys(names: ReportedNames, project_id: str, task_id: str | None, member_id: str) -> Keys:
    keys: dict[Grouping, Key] = {
        "client": names.client_of(project_id),
        "project": names.project(project_id),
        "member": Key(names.members[member_id], member_id),
    }
    if task_id is not None:
        keys["task"] = Key(names.tasks[task_id], task_id)
    return keys
