"""The members of the organisation: who there is, and what each of them may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.instants import load_zone
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.core.working_patterns import parse_pattern
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.operation import Undo, operation
from hoursmith_mcp.schemas.arguments import Cursor, Email, Limit, Line, MemberRef, Name
from hoursmith_mcp.schemas.base import Would
from hoursmith_mcp.schemas.listing import Wanted
from hoursmith_mcp.schemas.listings import MEMBERS
from hoursmith_mcp.schemas.members import MemberOut, MemberPage, member_out, person
from hoursmith_mcp.schemas.paging import read_cursor, write_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hoursmith_mcp.store.tables import Member

RoleName = Literal["MEMBER", "MANAGER", "ADMIN", "OWNER"]


@operation(
    toolset="admin",
    scope=None,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /members",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def filter_members(call: Call, wanted: Annotated[Wanted, MEMBERS]) -> MemberPage:
    """List members, filtered, sorted and searched by their fields."""
    page = await call.store.lists.page(wanted)
    rows = page.in_order(await call.store.memberships.of_ids(page.ids))
    return MemberPage(members=await _shown(call, rows), next_cursor=page.next_cursor)


@operation(
    toolset="admin",
    scope=None,
    least=Role.MEMBER,
    mcp=False,
    rest="GET /members/{member}",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_member(call: Call, member: MemberRef) -> MemberOut:
    """Show a member, or somebody who has left; a MEMBER sees only themselves."""
    row = await call.store.memberships.find_ever(member)
    return (await _shown(call, [row]))[0]


@operation(
    toolset="admin",
    scope=None,
    least=Role.MEMBER,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_members(
    call: Call,
    removed: Annotated[bool, Field(description="Those who have left.")] = False,
    cursor: Cursor | None = None,
    limit: Limit = 20,
) -> MemberPage:
    """List members by name, with role and address; a MEMBER sees only themselves."""
    only = call.actor.member_id if call.actor.blind else None
    selection = ("members", removed, only)
    after = read_cursor(cursor, selection) if cursor is not None else None
    rows = await call.store.memberships.page(
        removed=removed, only=only, after=after, limit=limit + 1
    )
    shown = rows[:limit]
    last = (shown[-1].name_key, shown[-1].id) if len(rows) > limit else None
    return MemberPage(
        members=await _shown(call, shown),
        next_cursor=write_cursor(last, selection) if last else None,
    )


async def _shown(call: Call, rows: Sequence[Member]) -> list[MemberOut]:
    invited = await call.store.member_tokens.open_invitations()
    return [
        member_out(row, invited_until_us=invited.get(row.id), actions=_actions(call, row))
        for row in rows
    ]


async def what_changing_would_do(
    call: Call, member: str, role: RoleName | None = None, **_: Any
) -> Would | None:
    """Say what somebody could do by their new role; lowering one asks nothing."""
    row = await _find(call, member, role=role)
    if role is None or Role[role] <= Role[row.role]:
        return None
    return Would(would=f"It would make {person(row)}, {_article(role)} {role}: {MAY[role]}.")


@operation(
    toolset="admin",
    scope=Scope.MEMBERS_WRITE,
    least=Role.MEMBER,
    rest="PATCH /members/{member}",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    asks=what_changing_would_do,
    undo=Undo("Change it back with update_member."),
)
async def update_member(
    call: Call,
    member: MemberRef,
    role: Annotated[RoleName, Field(description="Role.")] | None = None,
    name: Name | None = None,
    email: Email | None = None,
    time_zone: Annotated[Line, Field(description="Zone, as Europe/Berlin; empty: the business's.")]
    | None = None,
    working_hours: Annotated[Line, Field(description="Week, as 32h or mon-thu 8h, fri 4h.")]
    | None = None,
) -> MemberOut:
    """Change a member's role, name, address, zone or hours; for others that takes an admin."""
    by_admins = email is not None or working_hours is not None
    row = await _find(call, member, role=role, by_admins=by_admins)
    changes: dict[str, Any] = {}
    if role is not None:
        changes["role"] = role
    if name is not None:
        changes |= {"name": name, "name_key": fold(name)}
    if email is not None:
        changes["email"] = email.lower() or None
    if time_zone is not None:
        with reading("time_zone"):
            changes["time_zone"] = load_zone(time_zone).key if time_zone else None
    if working_hours is not None:
        with reading("working_hours"):
            pattern = [*parse_pattern(working_hours)] if working_hours else None
            changes["working_pattern"] = pattern
    changes = {column: new for column, new in changes.items() if getattr(row, column) != new}
    if not changes:
        return member_out(row, actions=_actions(call, row))
    if "role" in changes:
        await _keep_an_owner(call, row)
    if changes.get("email"):
        await _refuse_taken(call, changes["email"])
    before = member_out(row)
    after = await call.store.memberships.update(row.id, changes)
    type = "member.role_changed" if "role" in changes else "member.updated"
    call.emit(type, member_out(after), before=before)
    return member_out(after, actions=_actions(call, after))


MAY: dict[str, str] = {
    "MEMBER": "they log time and see no money",
    "MANAGER": "they may see all money, change everybody's time, and send invoices",
    "ADMIN": "they may do all but make owners: payments, settings, members and tokens, too",
    "OWNER": "they may do everything, and remove you",
}


def _article(role: str) -> str:
    return "an" if role[0] in "AO" else "a"


async def _find(call: Call, member: str, *, role: str | None, by_admins: bool = False) -> Member:
    """Return whom the caller may change in this way; of oneself, that is name and zone.

    Raises Forbidden before anybody is looked for, so that nobody learns from it who there is.
    """
    actor = call.actor
    myself = member.strip().lower() == actor.member_id or fold(member) == fold(actor.member_name)
    if not myself or role is not None or by_admins:
        call.permit(Scope.MEMBERS_WRITE, Role.ADMIN)
    if role is not None:
        call.permit_over(Role[role])
    if myself and actor.role < Role.ADMIN:
        return await call.store.memberships.get(actor.member_id)
    row = await call.store.memberships.find(member)
    call.permit_over(Role[row.role])
    return row


async def _keep_an_owner(call: Call, row: Member) -> None:
    is_owner = row.role == Role.OWNER.name and row.joined_at is not None
    if is_owner and not await call.store.memberships.other_owners(row.id):
        raise Conflict(
            f"{row.name} is the last owner: make somebody else an owner first, with "
            "update_member(role=OWNER)."
        )


async def _refuse_taken(call: Call, email: str) -> None:
    other = await call.store.memberships.of_email(email)
    if other is not None and other.deleted_at is None:
        raise Conflict(f"email: {other.name} has that address already; give another.")


def _actions(call: Call, row: Member) -> list[str]:
    if row.deleted_at is not None:
        return ["invite_member", "erase_member"]
    if row.id == call.actor.member_id:
        return ["update_member", "leave_organization"]
    invite = ["invite_member"] if row.joined_at is None else []
    return [*invite, "update_member", "remove_member"]
