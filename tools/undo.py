"""Taking changes back: the last one, one that is named, or all of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from hoursmith_mcp.access.levels import permit_level
from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.errors import Conflict, Forbidden, InvalidInput, NotFound
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.activity import Told, Undone, read_sides, undone_change
from hoursmith_mcp.schemas.arguments import Line
from hoursmith_mcp.schemas.base import Public
from hoursmith_mcp.schemas.time_entries import TimerStopped, timer_out

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.undo import ChangeRow

REVERSED = {
    "invoice.cancelled": "invoice.restored",
    "invoice.deleted": "invoice.restored",
    "payment.recorded": "payment.voided",
    "project.member_added": "project.member_removed",
    "project.member_removed": "project.member_added",
}
"""What is told where an act of ours is not simply made, changed or deleted."""

_OF_A_TIMER = ("id", "project_id", "user_id")


@operation(
    toolset="admin",
    scope=None,
    least=Role.MEMBER,
    rest="POST /undo",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def undo(
    call: Call,
    activity: Annotated[Line, Field(description="Id of a change, of list_activity.")] | None = None,
    run: Annotated[Line, Field(description="All of a run.")] | None = None,
) -> Undone:
    """Take back your last change through this client, or what is named."""
    told = await _meant(call, activity, run)
    for lines in told:
        await _permit(call, lines)
    telling = call.may(Scope.INVOICES_READ, Role.MANAGER)
    for lines in told:
        await call.store.undo.take_back(lines, only_of=call.only_of, telling=telling)
        for line in lines:
            await _tell(call, line)
    taken = [line for lines in told for line in lines]
    await call.store.undo.refuse_assigned_outside(_projects(taken))
    for line in {line.subject_id: line for line in taken}.values():
        await _refuse_other_money(call, line)
    return Undone(
        id=call.unit_id,
        message=_message(taken, run),
        undone=[undone_change(line) for line in taken],
    )


async def _meant(
    call: Call, activity: str | None, run: str | None
) -> Sequence[Sequence[ChangeRow]]:
    """Return the lines of each unit that is to be taken back, the latest unit first."""
    if activity and run:
        raise InvalidInput("Give activity or run, not both.")
    undos = call.store.undo
    if run:
        return list((await undos.changes(await undos.of_run(run))).values())
    if activity:
        unit = await undos.of_line(activity)
        by = (await undos.taken_back([unit])).get(unit)
        if by is not None:
            way_out = f" undo(activity={by}) brings it back." if await undos.reaches(by) else ""
            raise Conflict(f"That change was taken back already, by {by}.{way_out}")
    else:
        unit = await undos.last(
            call.actor.member_id, call.actor.token_id, call.actor.caller.client_label
        )
    return list((await undos.changes([unit])).values())


def _projects(taken: Sequence[ChangeRow]) -> set[str]:
    """Return the projects that changes of projects and tasks were about, before and after."""
    sides = [side for line in taken for side in read_sides(line) if side is not None]
    own = {line.subject_id for line in taken if (line.type or "").startswith("project.")}
    return own | {side["project_id"] for side in sides if side.get("project_id")}


async def _permit(call: Call, lines: Sequence[ChangeRow]) -> None:
    """Refuse what cannot be taken back, or what the caller might not do themselves."""
    undone = [line.undoes for line in lines if line.undoes is not None]
    if undone:
        for earlier in (await call.store.undo.changes(undone)).values():
            await _permit(call, earlier)
        return
    if not lines:
        raise NotFound("There is no such change for you. list_activity() has the ids.")
    name = lines[0].operation
    one = call.look_up(name)
    if one is None or one.undo is None:
        raise Conflict(f"{name} is not taken back: it was done by a command of the house.")
    if one.undo.why_not:
        raise Conflict(f"{name} is not taken back. {one.undo.why_not}")
    if call.actor.role < one.least:
        raise Forbidden(f"To take {name} back needs the role {one.least.name} or a higher one.")
    if one.scope is not None:
        call.permit(one.scope, one.least)
    for line in lines:
        kind = (line.type or "").partition(".")[0]
        if kind == "member":
            raise Conflict(
                f"{line.operation} is not taken back: it changed somebody's name or address, and "
                "what those were is written down nowhere. They can change it back themselves."
            )
        sides = [side or {} for side in read_sides(line)]
        permit_level(call, sides[1].get("level", ""))
        if kind == "schedule" and any(side.get("issue") for side in sides):
            call.permit(Scope.INVOICES_SEND, Role.MANAGER)


async def _refuse_other_money(call: Call, line: ChangeRow) -> None:
    """Refuse to bring a project's fee or budget back where its client has another currency now.

    It is told of in the first of its changes that are taken back.
    """
    before, _ = read_sides(line)
    if (line.type or "").startswith("project.") and before is not None:
        money = before.get("fixed_fee_amount") or before.get("budget_amount")
        project = await call.store.projects.get(line.subject_id)
        default = (await call.store.organization.get()).currency
        currency = project.client_currency or default
        if money and before.get("currency") != currency:
            raise Conflict(
                f"{line.operation} is not taken back: {project.name} had money in "
                f"{before.get('currency')}, and its client is billed in {currency} by now."
            )


async def _tell(call: Call, line: ChangeRow) -> None:
    """Note what became of a thing, as its own kind of event."""
    before, after = read_sides(line)
    kind = (line.type or "").partition(".")[0]
    if kind == "timer":
        await _tell_of_timer(call, line)
        return
    for side in (before, after):
        if side is not None and "updated_at" in side:
            side["updated_at"] = instant_text(call.now_us)
    was = Told.model_validate(after) if after is not None else None
    if before is not None:
        name = f"{kind}.created" if after is None else f"{kind}.updated"
        name = REVERSED.get(line.type or "", name)
        if line.type == "invoice.restored":
            name = "invoice.cancelled"
        call.emit(name, Told.model_validate(before), before=was, undoes=line.unit_id)
    elif was is not None:
        name = REVERSED.get(line.type or "", f"{kind}.deleted")
        call.emit(name, was, gone=True, undoes=line.unit_id)


async def _tell_of_timer(call: Call, line: ChangeRow) -> None:
    """Note that a timer that was started is gone, or that one that was stopped is back."""
    before, after = read_sides(line)
    if line.type == "timer.stopped":
        known = after or before or {}
        row = await call.store.timers.of_member(known["user_id"])
        timer: Public
        if row is not None and row.id == line.subject_id:
            timer = timer_out(row, task=row.task_name, now_us=call.now_us)
        else:
            # It was brought back, and gone again before all of this was done.
            timer = Told.model_validate({name: known[name] for name in _OF_A_TIMER})
        call.emit("timer.started", timer, undoes=line.unit_id)
        return
    known = after or {}
    stopped = TimerStopped(
        id=line.subject_id,
        project_id=known["project_id"],
        user_id=known["user_id"],
        stopped=True,
        discarded=True,
        message="Discarded, because its start was taken back.",
    )
    call.emit("timer.stopped", stopped, undoes=line.unit_id)


def _message(taken: Sequence[ChangeRow], run: str | None) -> str:
    if run:
        units = len({line.unit_id for line in taken})
        changes = "1 change" if units == 1 else f"{units} changes"
        return f"Took back {changes} of the run {run}, the latest first."
    names = list(dict.fromkeys(name for one in map(undone_change, taken) if (name := one.name)))
    of = f" of {', '.join(names[:3])}" if names else ""
    return f"Took back {taken[0].operation}{of}."
