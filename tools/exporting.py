"""Exports: lists as files, for spreadsheets and other programs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.call import Call
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.arguments import ClientRef, PeriodText, ProjectRef
from hoursmith_mcp.schemas.exports import (
    EXPORTS,
    FORMATS,
    Export,
    ExportFormat,
    ExportKind,
    ExportLink,
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
) -> ExportLink:
    """Give the address of a file with all time, invoices, lines, payments, expenses, clients,
    projects or tasks."""
    listing = call.look_up(EXPORTS[kind].operation)
    assert listing is not None, "each kind is the list of an operation"
    if listing.scope is not None:
        call.permit(listing.scope, listing.least)
    given: dict[str, str] = {}
    if client is not None:
        given["client_id"] = (await call.store.clients.find(client, writing=False)).id
    if project is not None:
        given["project_id"] = (await call.store.projects.find(project, writing=False)).id
    for name in given:
        if name not in listing.arguments.names:
            what = name.removesuffix("_id")
            raise InvalidInput(f"What is exported of {kind} has no {what}: leave it out.")
    first_day = last_day = None
    if period is not None:
        day = EXPORTS[kind].day
        if day is None:
            raise InvalidInput(f"What is exported of {kind} has no period: leave it out.")
        wanted = call.period(period, "period")
        first_day, last_day = wanted.first.isoformat(), wanted.last.isoformat()
        given |= {f"{day}_from": first_day, f"{day}_to": last_day}
    export = Export(kind, format, given)
    return ExportLink(
        uri=export.address,
        name=f"{kind}.{format}",
        media_type=FORMATS[format],
        first_day=first_day,
        last_day=last_day,
        larger=f"`hoursmith-mcp export {kind} -o {kind}.{format}` and the REST API write files of "
        "any size.",
    )
