"""Schedules there are, and what became of each day that one was run."""

from __future__ import annotations

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import operation
from hoursmith_mcp.scheduling import shown_schedule
from hoursmith_mcp.schemas.arguments import ClientRef, Cursor, Limit, ScheduleRef
from hoursmith_mcp.schemas.paging import read_cursor, write_cursor
from hoursmith_mcp.schemas.schedules import (
    ScheduleOut,
    SchedulePage,
    ScheduleRunPage,
    schedule_out,
    schedule_run_out,
)


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    rest="GET /invoice-schedules",
    rest_defaults={"limit": 50},
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_invoice_schedules(
    call: Call, client: ClientRef | None = None, cursor: Cursor | None = None, limit: Limit = 20
) -> SchedulePage:
    """List the schedules of invoices, the newest first, with their next dates and last runs."""
    owner = await call.store.clients.find(client, writing=False) if client else None
    selection = ("schedules", owner.id if owner is not None else None)
    rows = await call.store.schedules.page(
        client_id=owner.id if owner is not None else None,
        before_id=read_cursor(cursor, selection)[1] if cursor is not None else None,
        limit=limit + 1,
    )
    shown = rows[:limit]
    runs = await call.store.schedules.last_runs([row.id for row in shown])
    return SchedulePage(
        schedules=[schedule_out(row, runs.get(row.id), of=call.actor) for row in shown],
        next_cursor=write_cursor(("", shown[-1].id), selection) if len(rows) > limit else None,
    )


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    rest="GET /invoice-schedules/{schedule}",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_invoice_schedule(call: Call, schedule: ScheduleRef) -> ScheduleOut:
    """Show a schedule of invoices, with its next dates and its last run."""
    return await shown_schedule(call, await call.store.schedules.find(schedule))


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    rest="GET /invoice-schedules/{schedule}/runs",
    rest_defaults={"limit": 50},
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_invoice_schedule_runs(
    call: Call,
    schedule: ScheduleRef,
    cursor: Cursor | None = None,
    limit: Limit = 20,
) -> ScheduleRunPage:
    """List the runs of a schedule, the last one first, each with its invoice or why not."""
    row = await call.store.schedules.find(schedule)
    selection = ("schedule runs", row.id)
    rows = await call.store.schedules.runs(
        row.id,
        before=int(read_cursor(cursor, selection)[1]) if cursor is not None else row.runs + 1,
        limit=limit + 1,
    )
    shown = rows[:limit]
    last = ("", str(shown[-1].number)) if len(rows) > limit else None
    return ScheduleRunPage(
        runs=[schedule_run_out(run) for run in shown],
        next_cursor=write_cursor(last, selection) if last is not None else None,
    )
