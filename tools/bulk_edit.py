"""Many time entries at once: each that can be is changed, and of the others it is said why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import TimeEntryId
from hoursmith_mcp.schemas.bulk_edits import EditedTimeEntry, Outcome, TimeEntriesEdited
from hoursmith_mcp.schemas.time_entries import time_entry_out

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.time_entries import TimeEntryRow

MOST_ENTRIES = 200
DONE = ("updated", "deleted")

Ids = Annotated[
    list[TimeEntryId],
    Field(min_length=1, max_length=MOST_ENTRIES, description="Time entry ids, 200 at most."),
]


@operation(
    toolset="time",
    scope=Scope.TIME_WRITE,
    least=Role.MEMBER,
    mcp=False,
    rest="PATCH /time-entries/bulk",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
)
async def update_time_entries(
    call: Call,
    ids: Ids,
    billable: Annotated[bool, Field(description="Charged for.")] | None = None,
    delete: Annotated[bool, Field(description="Delete them instead.")] = False,
) -> TimeEntriesEdited:
    """Make time entries billable or not, or delete them; those that cannot be are skipped."""
    if delete == (billable is not None):
        raise InvalidInput("Give either billable, true or false, or delete=true.")
    wanted = list(dict.fromkeys(one.strip().lower() for one in ids))
    rows = {row.id: row for row in await call.store.time_entries.of_ids(wanted)}
    reached = await call.store.projects.reached([row.project_id for row in rows.values()])
    results: list[EditedTimeEntry] = []
    for one in wanted:
        outcome = await _edit(call, rows.get(one), reached, billable)
        results.append(EditedTimeEntry(id=one, outcome=outcome))
    changed = sum(result.outcome in DONE for result in results)
    unchanged = sum(result.outcome == "unchanged" for result in results)
    return TimeEntriesEdited(
        changed=changed, skipped=len(results) - changed - unchanged, results=results
    )


async def _edit(
    call: Call, row: TimeEntryRow | None, reached: set[str], billable: bool | None
) -> Outcome:
    if row is None or call.only_of not in (None, row.member_id):
        return "not_found"
    if row.project_id not in reached:
        return "not_permitted"
    if row.line_id is not None:
        return "locked"
    before = time_entry_out(row)
    if billable is None:
        await call.store.time_entries.remove(row.id)
        call.emit("time_entry.deleted", before, gone=True)
        return "deleted"
    if row.billable == billable:
        return "unchanged"
    after = await call.store.time_entries.update(row.id, {"billable": billable})
    call.emit("time_entry.updated", time_entry_out(after), before=before)
    return "updated"
