"""Reports: where time and money went."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.charts import report_drawn
from hoursmith_mcp.core.reports.kinds import KindName
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.report_page import report_written
from hoursmith_mcp.reporting import ReportWanted, report_of
from hoursmith_mcp.schemas.arguments import (
    ClientRef,
    DayText,
    GroupingText,
    MemberRef,
    PeriodText,
    ProjectRef,
    Tag,
    TaskRef,
)
from hoursmith_mcp.schemas.events import EVERY_KIND
from hoursmith_mcp.schemas.reports import Report


# What is seldom asked takes no room in the list; list_time_entries shows what most of it is.
@operation(
    toolset="reports",
    scope=Scope.REPORTS_READ,
    least=Role.MEMBER,
    rest="GET /reports/{kind}",
    resource="hoursmith://reports/{kind}",
    page=Page(
        "Report", touched_by=EVERY_KIND, importance=70, writer=report_written, picture=report_drawn
    ),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    unlisted=("from_date", "to_date", "task", "member", "tag", "billable", "limit"),
)
async def report(
    call: Call,
    kind: Annotated[KindName, Field(description="What it is of.")],
    period: PeriodText | None = None,
    from_date: DayText | None = None,
    to_date: DayText | None = None,
    group_by: GroupingText | None = None,
    client: ClientRef | None = None,
    project: ProjectRef | None = None,
    task: TaskRef | None = None,
    member: MemberRef | None = None,
    tag: Annotated[Tag, Field(description="Only with this tag.")] | None = None,
    billable: Annotated[bool, Field(description="Billable or not.")] | None = None,
    limit: Annotated[
        int, Field(ge=1, le=10_000, description="How many rows; the others are summed.")
    ]
    | None = None,
) -> Report:
    """Report hours or money by group, with totals and those of the period before."""
    wanted = ReportWanted(
        period=period,
        from_date=from_date,
        to_date=to_date,
        group_by=group_by,
        client=client,
        project=project,
        task=task,
        member=member,
        tag=tag,
        billable=billable,
        limit=limit,
    )
    return await report_of(call, kind, wanted)
