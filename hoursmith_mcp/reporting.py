"""A report as any component asks for it: what was said is resolved, reckoned and shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import reading
from hoursmith_mcp.core.reports.comparing import period_before
from hoursmith_mcp.core.reports.figures import Asked
from hoursmith_mcp.core.reports.kinds import (
    KINDS,
    Kind,
    KindName,
    Narrowing,
    parse_groupings,
    refuse_narrowing,
)
from hoursmith_mcp.errors import Forbidden, InvalidInput
from hoursmith_mcp.schemas.reports import Report, report_out

if TYPE_CHECKING:
    from hoursmith_mcp.call import Call
    from hoursmith_mcp.core.periods import Period


@dataclass(frozen=True)
class ReportWanted:
    """What is asked of a report, as callers say it; what is None is left to its kind."""

    period: str | None = None
    from_date: str | None = None
    to_date: str | None = None
    group_by: str | None = None
    client: str | None = None
    project: str | None = None
    task: str | None = None
    member: str | None = None
    tag: str | None = None
    billable: bool | None = None
    limit: int | None = None

    @property
    def narrowing(self) -> list[Narrowing]:
        """What it is narrowed by."""
        said: dict[Narrowing, object] = {
            "client": self.client,
            "project": self.project,
            "task": self.task,
            "member": self.member,
            "tag": self.tag,
            "billable": self.billable,
        }
        return [name for name, value in said.items() if value is not None]


async def asked_of(call: Call, name: KindName, wanted: ReportWanted) -> Asked:
    """Return what is asked of a report, in ids and days; raises what `report_of` raises for it."""
    kind = KINDS[name]
    _permit(call, kind)
    return await _resolved(call, kind, wanted)


async def report_of(call: Call, name: KindName, wanted: ReportWanted) -> Report:
    """Return a report.

    Raises Forbidden for a kind that is not for the caller, InvalidInput for a period that cannot be
    read, and for what the kind cannot be grouped or narrowed by.
    """
    asked = await asked_of(call, name, wanted)
    table = await call.store.reports.table(asked)
    if asked.kind.usual_period is None or asked.period is None or asked.period.is_open:
        return report_out(asked, table, None)
    before = period_before(asked.period)
    asked_before = replace(asked, period=before, groupings=(), with_limits=False)
    table_before = await call.store.reports.table(asked_before)
    return report_out(asked, table, (before, table_before))


def _permit(call: Call, kind: Kind) -> None:
    if kind.of_money:
        call.permit(Scope.INVOICES_READ, Role.MANAGER)
    if kind.of_whole_days and call.actor.is_limited:
        raise Forbidden(
            f"{kind.name} tells of whole days, and this token reaches some projects only: use one "
            "that is not limited."
        )


async def _resolved(call: Call, kind: Kind, wanted: ReportWanted) -> Asked:
    with reading("kind"):
        refuse_narrowing(kind, wanted.narrowing)
    groupings = kind.usual_groupings
    if wanted.group_by is not None:
        with reading("group_by"):
            groupings = parse_groupings(kind, wanted.group_by)
    client_id, project_id, task_id = await _things(call, wanted)
    member = wanted.member
    return Asked(
        kind=kind,
        groupings=groupings,
        period=_period(call, kind, wanted),
        today=call.organization_today,
        week_start=call.actor.week_start,
        currency=call.actor.currency,
        client_id=client_id,
        project_id=project_id,
        task_id=task_id,
        member_id=(await call.store.memberships.find_ever(member)).id if member else None,
        tag=wanted.tag,
        billable=wanted.billable,
        limit=wanted.limit,
    )


async def _things(call: Call, wanted: ReportWanted) -> tuple[str | None, str | None, str | None]:
    """Return the ids of client, project and task; refuse what is of another than the one named.

    Nothing would be of both, and a report of nothing looks as if nothing had been done.
    """
    store = call.store
    client = await store.clients.find(wanted.client, writing=False) if wanted.client else None
    project = await store.projects.find(wanted.project, writing=False) if wanted.project else None
    task = await store.tasks.find(wanted.task, writing=False) if wanted.task else None
    if client and project and project.client_id != client.id:
        _refuse_another("project", project.name, "client", project.client_name)
    if project and task and task.project_id != project.id:
        _refuse_another("task", task.name, "project", task.project_name)
    if client and task and task.client_id != client.id:
        _refuse_another("task", task.name, "client", task.client_name)
    return (
        client.id if client else None,
        project.id if project else None,
        task.id if task else None,
    )


def _refuse_another(noun: str, name: str, owner: str, owner_name: str) -> NoReturn:
    sentence = f"{noun}: {name} is a {noun} of {owner_name}; leave {owner} out, or name that."
    raise InvalidInput(sentence, fields={noun: sentence})


def _period(call: Call, kind: Kind, wanted: ReportWanted) -> Period | None:
    said = call.days(wanted.period, wanted.from_date, wanted.to_date)
    if said is not None and not kind.takes_period:
        sentence = f"period: {kind.name} tells how things stand today; leave it out."
        raise InvalidInput(sentence, fields={"period": sentence})
    if said is None and kind.usual_period is not None:
        return call.period(kind.usual_period, "period")
    return said
