"""Exports: lists as files, for spreadsheets and other programs."""

from __future__ import annotations

import shlex
from typing import Annotated

from pydantic import Field

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.periods import Period, describe_period
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.operation import Operation, operation
from hoursmith_mcp.reporting import ReportWanted, asked_of
from hoursmith_mcp.schemas.arguments import ClientRef, GroupingText, PeriodText, ProjectRef
from hoursmith_mcp.schemas.exports import (
    EXPORTS,
    FORMATS,
    Export,
    ExportFormat,
    ExportKind,
    ExportLink,
    file_stem,
)


@operation(
    toolset="reports",
    scope=None,
    least=Role.MEMBER,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def export_data(
    call: Call,
    kind: Annotated[ExportKind, Field(description="What is wanted.")],
    format: Annotated[ExportFormat, Field(description="Of the file.")] = "csv",
    period: PeriodText | None = None,
    client: ClientRef | None = None,
    project: ProjectRef | None = None,
    group_by: GroupingText | None = None,
) -> ExportLink:
    """Give the address of a file with all time, invoices, lines, payments, expenses, clients,
    projects or tasks, or a report."""
    listing = call.look_up(EXPORTS[kind].operation)
    assert listing is not None, "each kind is what an operation lists"
    if listing.scope is not None:
        call.permit(listing.scope, listing.least)
    days = call.period(period, "period") if period is not None else None
    if EXPORTS[kind].given:
        given = await _asked(call, kind, days, client, project, group_by)
    else:
        if group_by is not None:
            raise _missing(kind, "group_by")
        given = await _filters(call, kind, listing, days, client, project)
    words = {"period": describe_period(days) if days is not None else None, "group_by": group_by}
    words |= {"client": client, "project": project}
    narrowed = [shlex.quote(f"{name}={word}") for name, word in words.items() if word is not None]
    command = " ".join(["hoursmith-mcp export", kind, *narrowed, "-o", f"{kind}.{format}"])
    stem = file_stem(kind, describe_period(days)) if days is not None else kind
    return ExportLink(
        uri=Export(kind, format, given).address,
        name=f"{stem}.{format}",
        media_type=FORMATS[format],
        first_day=days.first.isoformat() if days is not None else None,
        last_day=days.last.isoformat() if days is not None else None,
        larger=f"`{command}` and the REST API write files of any size.",
    )


async def _asked(
    call: Call,
    kind: ExportKind,
    days: Period | None,
    client: str | None,
    project: str | None,
    group_by: str | None,
) -> dict[str, str]:
    """Return what is asked of a report, in ids and days; raises what asking for one raises."""
    period = describe_period(days) if days is not None else None
    wanted = ReportWanted(period=period, group_by=group_by, client=client, project=project)
    asked = await asked_of(call, EXPORTS[kind].given["kind"], wanted)
    found = {
        "period": period,
        "group_by": ",".join(asked.groupings) if group_by is not None else None,
        "client": asked.client_id,
        "project": asked.project_id,
    }
    return {name: value for name, value in found.items() if value is not None}


async def _filters(
    call: Call,
    kind: ExportKind,
    listing: Operation,
    days: Period | None,
    client: str | None,
    project: str | None,
) -> dict[str, str]:
    """Return what is wanted in ids and days; raises InvalidInput for what the kind has not."""
    given: dict[str, str] = {}
    if client is not None:
        given["client_id"] = (await call.store.clients.find(client, writing=False)).id
    if project is not None:
        given["project_id"] = (await call.store.projects.find(project, writing=False)).id
    for name in given:
        if name not in listing.arguments.names:
            raise _missing(kind, name.removesuffix("_id"))
    if days is not None:
        day = EXPORTS[kind].day
        if day is None:
            raise _missing(kind, "period")
        given |= {f"{day}_from": days.first.isoformat(), f"{day}_to": days.last.isoformat()}
    return given


def _missing(kind: ExportKind, what: str) -> InvalidInput:
    return InvalidInput(f"What is exported of {kind} has no {what}: leave it out.")
