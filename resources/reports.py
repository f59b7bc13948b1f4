"""Reports of a period, to be read and to be looked at."""

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
from hoursmith_mcp.schemas.arguments import Line, PeriodText
from hoursmith_mcp.schemas.events import EVERY_KIND
from hoursmith_mcp.schemas.reports import Report

REPORT = Page(
    "Report", touched_by=EVERY_KIND, importance=70, writer=report_written, picture=report_drawn
)
MOST_GROUPS = 366
"""How many groups a page lists: a year by day."""


@operation(
    toolset="reports",
    scope=Scope.REPORTS_READ,
    least=Role.MEMBER,
    mcp=False,
    resource="hoursmith://reports/{kind}/{period}",
    page=REPORT,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_report(
    call: Call,
    kind: Annotated[KindName, Field(description="What it is of.")],
    period: PeriodText,
) -> Report:
    """Report hours or money of a period, grouped as is usual."""
    return await report_of(call, kind, ReportWanted(period=period, limit=MOST_GROUPS))


@operation(
    toolset="reports",
    scope=Scope.REPORTS_READ,
    least=Role.MEMBER,
    mcp=False,
    resource="hoursmith://reports/{kind}/{period}/{group_by}",
    page=REPORT,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_grouped_report(
    call: Call,
    kind: Annotated[KindName, Field(description="What it is of.")],
    period: PeriodText,
    group_by: Annotated[
        Line, Field(description="client, project, task, member, tag, day, week, month.")
    ],
) -> Report:
    """Report hours or money of a period by a grouping: hours by week, revenue by client."""
    wanted = ReportWanted(period=period, group_by=group_by, limit=MOST_GROUPS)
    return await report_of(call, kind, wanted)
