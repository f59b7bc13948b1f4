"""How somebody leaves: their tokens and timer stop, their time stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.erasure import FORMER_MEMBER
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.core.timers import MINIMUM_SECONDS, US
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.operation import Undo, operation
from hoursmith_mcp.schemas.arguments import MemberRef
from hoursmith_mcp.schemas.base import Would
from hoursmith_mcp.schemas.members import MemberErased, MemberRemoved, member_out, person
from hoursmith_mcp.schemas.tasks import TaskOut, task_out
from hoursmith_mcp.schemas.time_entries import TimeEntryOut, time_entry_out, timer_stopped

if TYPE_CHECKING:
    from hoursmith_mcp.store.tables import Member

MAKE_AN_OWNER = "make somebody else an owner first, with update_member(role=OWNER)"


async def what_removing_would_do(call: Call, member: str) -> Would:
    """Say what would become of what somebody has."""
    row = await _removable(call, member)
    if row.joined_at is None:
        return Would(would=f"It would withdraw the invitation of {person(row)}.")
    return Would(would=f"It would remove {person(row)}: {await _consequences(call, row)}.")


@operation(
    toolset="admin",
    scope=Scope.MEMBERS_WRITE,
    least=Role.ADMIN,
    rest="DELETE /members/{member}",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    asks=what_removing_would_do,
    undo=Undo("Invite them again with invite_member: they come back as the same person."),
)
async def remove_member(call: Call, member: MemberRef) -> MemberRemoved:
    """Remove a member, or withdraw an invitation; their time stays, with their name."""
    return await _let_go(call, await _removable(call, member))


async def what_leaving_would_do(call: Call) -> Would:
    """Say what would become of what the caller has."""
    row = await _own(call)
    return Would(
        would=f"You would leave {call.actor.organization_name}, and only an admin could let you "
        f"in again: {await _consequences(call, row)}."
    )


@operation(
    toolset="admin",
    scope=Scope.MEMBERS_WRITE,
    least=Role.MEMBER,
    rest="POST /organization/leave",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    asks=what_leaving_would_do,
    undo=Undo("Somebody who is here can invite you again."),
)
async def leave_organization(call: Call) -> MemberRemoved:
    """Leave the organisation; your tokens stop at once, your time stays."""
    return await _let_go(call, await _own(call))


async def what_erasing_would_do(call: Call, member: str) -> Would:
    """Say what nobody could bring back."""
    row = await _erasable(call, member)
    return Would(
        would=f"It would take the name and address of {person(row)}, out of everything but issued "
        f"invoices; their time stays, as a {FORMER_MEMBER.lower()}'s. Nothing brings them back."
    )


@operation(
    toolset="admin",
    scope=Scope.MEMBERS_WRITE,
    least=Role.ADMIN,
    rest="POST /members/{member}/erase",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    asks=what_erasing_would_do,
    undo=Undo("What was erased is nowhere any more."),
)
async def erase_member(call: Call, member: MemberRef) -> MemberErased:
    """Erase the name and address of somebody who has left, for good."""
    row = await _erasable(call, member)
    erased = await _erase(call, row)
    call.emit("member.erased", member_out(erased), before=member_out(row))
    return MemberErased(
        id=row.id,
        name=erased.name,
        erased=True,
        message="Name and address are gone. Issued invoices say what they said, and so do backups "
        "and texts that people wrote themselves.",
    )


async def _removable(call: Call, member: str) -> Member:
    row = await call.store.memberships.find(member)
    if row.id == call.actor.member_id:
        raise Conflict("That is you: use leave_organization.")
    call.permit_over(Role[row.role])
    return row


async def _own(call: Call) -> Member:
    row = await call.store.memberships.get(call.actor.member_id)
    if row.role == Role.OWNER.name and not await call.store.memberships.other_owners(row.id):
        raise Conflict(f"You are the last owner: {MAKE_AN_OWNER}.")
    return row


async def _erasable(call: Call, member: str) -> Member:
    row = await call.store.memberships.find_former(member)
    call.permit_over(Role[row.role])
    return row


async def _consequences(call: Call, row: Member) -> str:
    tokens = await call.store.member_tokens.count_good(row.id)
    tasks = len(await call.store.departures.tasks(row.id))
    timer = await call.store.timers.of_member(row.id)
    parts = [
        f"{_count(tokens, 'token')} would stop at once",
        f"{_count(tasks, 'task')} would lose them" if tasks else "",
        f"the timer on {timer.project_name} would be stopped and saved" if timer else "",
        "the time that was logged stays",
    ]
    return "; ".join(part for part in parts if part)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


async def _let_go(call: Call, row: Member) -> MemberRemoved:
    timer = await _stop_timer(call, row)
    tasks = await _unassign(call, row)
    tokens = await call.store.member_tokens.revoke_all(row.id)
    before = member_out(row)
    after = await call.store.memberships.update(row.id, {"deleted_at": call.now_us})
    # Who never came has left nothing behind that a name would have to be kept for.
    if row.joined_at is None and not await call.store.departures.has_worked(row.id):
        after = await _erase(call, after)
    call.emit("member.removed", member_out(after), before=before)
    return MemberRemoved(
        id=row.id,
        name=row.name,
        removed=True,
        tokens_revoked=tokens,
        tasks_unassigned=tasks,
        timer=timer,
        message=f"{row.name} is a member no more."
        if row.joined_at is not None
        else f"The invitation of {row.name} is withdrawn.",
        available_actions=["list_members"],
    )


async def _stop_timer(call: Call, row: Member) -> str | None:
    """Stop the timer of a member, save its time as stop_timer does, and say what became of it."""
    timer = await call.store.timers.of_member(row.id)
    if timer is None:
        return None
    stop_us = max(timer.started_at, call.now_us)
    zone = call.actor.zone_of(row.time_zone)
    entries: list[TimeEntryOut] = []
    await call.store.timers.remove(timer.id)
    if stop_us - timer.started_at >= MINIMUM_SECONDS * US:
        for piece in await call.store.timers.pieces(timer, stop_us, zone):
            if piece.seconds > 0:
                saved = await call.store.timers.save(call.new_id("te"), timer, piece)
                entries.append(time_entry_out(saved))
                call.emit("time_entry.created", entries[-1])
    stopped = timer_stopped(timer, entries)
    call.emit("timer.stopped", stopped)
    return stopped.message


async def _unassign(call: Call, row: Member) -> int:
    task_ids = await call.store.departures.tasks(row.id)
    before = [await _task(call, task_id) for task_id in task_ids]
    await call.store.departures.unassign(row.id)
    for task in before:
        call.emit("task.updated", await _task(call, task.id), before=task)
    # Last, because a MEMBER reaches a task through being on its project.
    await call.store.departures.take_off(row.id)
    return len(task_ids)


async def _task(call: Call, task_id: str) -> TaskOut:
    assignees = await call.store.tasks.assignees([task_id])
    return task_out(await call.store.tasks.get(task_id), assignees[task_id])


async def _erase(call: Call, row: Member) -> Member:
    await call.store.erasures.erase(row.id, row.name)
    await call.store.member_tokens.rename_all(row.id, FORMER_MEMBER)
    nobody = {
        "name": FORMER_MEMBER,
        "name_key": fold(FORMER_MEMBER),
        "email": None,
        "time_zone": None,
        "erased_at": call.now_us,
    }
    return await call.store.memberships.update(row.id, nobody)
