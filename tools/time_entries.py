"""Time entries that are there: listing, correcting, deleting."""

from __future__ import annotations

from datetime import date as calendar_date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.core.periods import describe_period
from hoursmith_mcp.errors import Conflict, NotFound
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import (
    ClientRef,
    Cursor,
    Duration,
    EntryDay,
    Limit,
    Line,
    MemberRef,
    Note,
    PeriodText,
    ProjectRef,
    RestName,
    Tags,
    TaskRef,
    TimeEntryId,
)
from hoursmith_mcp.schemas.filters import TimeEntryFilter
from hoursmith_mcp.schemas.listing import Flag, Wanted
from hoursmith_mcp.schemas.listings import TIME_ENTRIES
from hoursmith_mcp.schemas.paging import read_cursor, write_cursor
from hoursmith_mcp.schemas.time_entries import (
    TimeEntryDeleted,
    TimeEntryOut,
    TimeEntryPage,
    listed_time_entry,
    running_entry,
    time_entry_out,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hoursmith_mcp.store.queries.claims import Billed
    from hoursmith_mcp.store.queries.time_entries import TimeEntryRow

OptionalTask = Annotated[Line, RestName("taskId"), Field(description="Name or id; empty for none.")]


@operation(
    toolset="time",
    scope=Scope.TIME_READ,
    least=Role.MEMBER,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_time_entries(
    call: Call,
    period: PeriodText | None = None,
    project: ProjectRef | None = None,
    client: ClientRef | None = None,
    task: TaskRef | None = None,
    member: MemberRef | None = None,
    billable: Annotated[bool, Field(description="Billable or not.")] | None = None,
    search: Annotated[Line, Field(description="Text in the note.")] | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 20,
) -> TimeEntryPage:
    """List logged time, the newest day first, with totals where a period is given."""
    days = call.period(period, "period") if period is not None else None
    store = call.store
    wanted = TimeEntryFilter(
        first_day=days.first.isoformat() if days else None,
        last_day=days.last.isoformat() if days else None,
        project_id=(await store.projects.find(project, writing=False)).id if project else None,
        client_id=(await store.clients.find(client, writing=False)).id if client else None,
        task_id=(await store.tasks.find(task, writing=False)).id if task else None,
        member_id=(await store.memberships.find_ever(member)).id if member else None,
        billable=billable,
        search=search or None,
    )
    after = read_cursor(cursor, wanted) if cursor is not None else None
    rows = await store.time_entries.page(wanted, after=after, limit=limit + 1)
    shown = rows[:limit]
    totals = await store.time_entries.totals(wanted) if days else None
    last = (shown[-1].entry_date, shown[-1].id) if len(rows) > limit else None
    return TimeEntryPage(
        time_entries=await _shown(call, shown),
        period=describe_period(days) if days else None,
        total_entries=totals.entries if totals else None,
        total_hours=hours_text(int(totals.seconds)) if totals else None,
        billable_hours=hours_text(int(totals.billable_seconds)) if totals else None,
        next_cursor=write_cursor(last, wanted) if last else None,
    )


@operation(
    toolset="time",
    scope=Scope.TIME_READ,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /time-entries",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def filter_time_entries(
    call: Call,
    wanted: Annotated[Wanted, TIME_ENTRIES],
    running: Annotated[Flag, Field(description="Your timer as it runs, and nothing else.")]
    | None = None,
) -> TimeEntryPage:
    """List logged time, filtered, sorted and searched by its fields; or the timer that runs."""
    if running:
        return TimeEntryPage(time_entries=await _running(call, wanted))
    page = await call.store.lists.page(wanted)
    rows = page.in_order(await call.store.time_entries.of_ids(page.ids))
    return TimeEntryPage(time_entries=await _listed(call, rows), next_cursor=page.next_cursor)


@operation(
    toolset="time",
    scope=Scope.TIME_READ,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /time-entries/{time_entry}",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_time_entry(call: Call, time_entry: TimeEntryId) -> TimeEntryOut:
    """Show a time entry."""
    return (await _listed(call, [await call.store.time_entries.get(time_entry)]))[0]


@operation(
    toolset="time",
    scope=Scope.TIME_READ,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /time-entries/running",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_running_timer(call: Call) -> TimeEntryOut:
    """Show your timer that runs, as the time entry that it is going to be."""
    row = await call.store.timers.of_member(call.actor.member_id)
    if row is None:
        raise NotFound("No timer is running. start_timer starts one.")
    return running_entry(
        row, member=call.actor.member_name, zone=call.actor.zone, now_us=call.now_us
    )


@operation(
    toolset="time",
    scope=Scope.TIME_WRITE,
    least=Role.MEMBER,
    rest="PATCH /time-entries/{time_entry}",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    rest_only=("member",),
    undo=BY_ROWS,
)
async def update_time_entry(
    call: Call,
    time_entry: TimeEntryId,
    duration: Annotated[Duration, Field(description="The new whole duration, as 2h.")]
    | None = None,
    date: EntryDay | None = None,
    project: ProjectRef | None = None,
    task: OptionalTask | None = None,
    note: Note | None = None,
    billable: Annotated[bool, Field(description="Charged for.")] | None = None,
    tags: Tags | None = None,
    member: Annotated[MemberRef, RestName("userId"), Field(description="Whose time it was.")]
    | None = None,
) -> TimeEntryOut:
    """Correct a time entry; what is left out stays as it is."""
    before = await call.store.time_entries.get_to_change(time_entry, of=call.only_of)
    changes: dict[str, Any] = {}
    if duration is not None:
        changes["duration_seconds"] = duration
    if date is not None:
        changes["entry_date"] = call.day(date, "date").isoformat()
    if project is not None:
        changes |= await _moved(call, before.project_id, project)
    if task is not None:
        project_id = changes.get("project_id", before.project_id)
        changes["task_id"] = await _task_id(call, project_id, task)
    if note is not None:
        changes["note"] = note or None
    if billable is not None:
        changes["billable"] = billable
    if tags is not None:
        changes["tags"] = tags
    if member is not None:
        changes["member_id"] = await _whose(
            call, before, member, changes.get("project_id", before.project_id)
        )
    changes = {name: new for name, new in changes.items() if getattr(before, name) != new}
    if not changes:
        return (await _shown(call, [before]))[0]
    await _refuse_long_day(call, before, changes)
    if {"duration_seconds", "entry_date"} & changes.keys():
        # A clock that measured something else would contradict them.
        changes |= {"started_at": None, "stopped_at": None}
    await _refuse_locked(call, before)
    row = await call.store.time_entries.update(before.id, changes)
    entry = time_entry_out(row)
    call.emit("time_entry.updated", entry, before=time_entry_out(before))
    return entry


@operation(
    toolset="time",
    scope=Scope.TIME_WRITE,
    least=Role.MEMBER,
    rest="DELETE /time-entries/{time_entry}",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def delete_time_entry(call: Call, time_entry: TimeEntryId) -> TimeEntryDeleted:
    """Delete a time entry."""
    row = await call.store.time_entries.get_to_change(time_entry, of=call.only_of)
    await _refuse_locked(call, row)
    entry = time_entry_out(row)
    await call.store.time_entries.remove(row.id)
    call.emit("time_entry.deleted", entry, gone=True)
    return TimeEntryDeleted(id=row.id, deleted=True, time_entry=entry)


async def _running(call: Call, wanted: Wanted) -> list[TimeEntryOut]:
    """Return the caller's timer, where it runs and is wanted."""
    row = await call.store.timers.of_member(call.actor.member_id)
    if row is None:
        return []
    entry = running_entry(
        row, member=call.actor.member_name, zone=call.actor.zone, now_us=call.now_us
    )
    values = dict(entry) | {
        "client_name": fold(row.client_name),
        "created_at": row.started_at,
        "updated_at": row.started_at,
    }
    return [entry] if wanted.lets_through(values, row.note or "") else []


async def _shown(call: Call, rows: Sequence[TimeEntryRow]) -> list[TimeEntryOut]:
    """Show entries, those that are billed with their invoice, to those who may see invoices."""
    lines = [row.line_id for row in rows if row.line_id is not None]
    if not lines or not call.may(Scope.INVOICES_READ, Role.MANAGER):
        return [time_entry_out(row) for row in rows]
    invoices = await call.store.invoices.of_lines(lines)
    return [time_entry_out(row, invoice_id=invoices.get(row.line_id or "")) for row in rows]


async def _listed(call: Call, rows: Sequence[TimeEntryRow]) -> list[TimeEntryOut]:
    """Show entries to programs, with what is billed for them to those who may see invoices."""
    ids = [row.id for row in rows if row.line_id is not None]
    billed: Mapping[str, Billed] = {}
    if ids and call.may(Scope.INVOICES_READ, Role.MANAGER):
        billed = await call.store.claims.billed(ids)
    return [listed_time_entry(row, billed.get(row.id)) for row in rows]


async def _refuse_locked(call: Call, row: TimeEntryRow) -> None:
    """Refuse to touch what is on a live invoice, a draft too, for owners as for anybody."""
    if row.line_id is None:
        return
    claim = await call.store.claims.live(row.id)
    if claim is None or not call.may(Scope.INVOICES_READ, Role.MANAGER):
        raise Conflict("That time is already billed, so it is locked.")
    invoice = await call.store.invoices.get(claim.invoice_id)
    if invoice.number is None:
        raise Conflict(
            f"That time is on the draft {invoice.id}, so it is locked. Cancel the draft with "
            "cancel_invoice to free it."
        )
    raise Conflict(
        f"That time is on the invoice {invoice.number}, so it is locked. Only cancelling that "
        "invoice with cancel_invoice frees it."
    )


async def _whose(call: Call, before: TimeEntryRow, member: str, project_id: str) -> str:
    """Return whose time it was all along, or becomes; giving it to somebody else is for admins."""
    found = await call.store.members.find(member)
    if found.id != before.member_id:
        call.permit(Scope.TIME_WRITE, Role.ADMIN)
        if Role[found.role] is Role.MEMBER:
            await call.store.enrolments.refuse_absent(project_id, found)
    return found.id


async def _refuse_long_day(call: Call, before: TimeEntryRow, changes: dict[str, Any]) -> None:
    if {"duration_seconds", "entry_date", "member_id"}.isdisjoint(changes):
        return
    day = changes.get("entry_date", before.entry_date)
    seconds = changes.get("duration_seconds", before.duration_seconds)
    member_id = changes.get("member_id", before.member_id)
    await call.store.time_entries.day_with(
        member_id,
        calendar_date.fromisoformat(day),
        seconds,
        instead_of=before if member_id == before.member_id else None,
    )


async def _moved(call: Call, old_project_id: str, project: str) -> dict[str, Any]:
    found = await call.store.projects.find(project, writing=True)
    if found.id == old_project_id:
        return {}
    found = await call.store.projects.find_open(found.id)
    # A task belongs to its project, so it does not move along.
    return {"project_id": found.id, "task_id": None}


async def _task_id(call: Call, project_id: str, task: str) -> str | None:
    if not task.strip():
        return None
    return (await call.store.tasks.find_open(project_id, task)).id
