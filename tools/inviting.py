"""How somebody joins: one member invites them, and they accept with the code, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from hoursmith_mcp.access.roles import ALL_SCOPES, Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.instants import instant_text, load_zone
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.errors import Conflict, InvalidInput, Unauthenticated
from hoursmith_mcp.operation import Undo, operation
from hoursmith_mcp.schemas.arguments import Email, Line, Name
from hoursmith_mcp.schemas.base import Would
from hoursmith_mcp.schemas.members import (
    InvitationAccepted,
    InvitationOut,
    member_out,
    member_status,
)

if TYPE_CHECKING:
    from hoursmith_mcp.store.tables import Member

GOOD_FOR_US = 7 * 24 * 3_600 * 1_000_000
"""How long an invitation can be accepted, in microseconds."""

RoleName = Literal["MEMBER", "MANAGER", "ADMIN", "OWNER"]
Renew = Annotated[bool, Field(description="A new code for who was invited before.")]


async def what_inviting_would_do(
    call: Call, email: str, name: str, role: RoleName = "MEMBER", renew: bool = False
) -> Would:
    """Say whom it would let in."""
    await _invitable(call, email, role, renew=renew)
    return Would(
        would=f"It would invite {name} <{email}> to {call.actor.organization_name} as {role}: "
        "whoever has the code can join with it, once, within 7 days."
    )


@operation(
    toolset="admin",
    scope=Scope.MEMBERS_WRITE,
    least=Role.ADMIN,
    rest="POST /members",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    asks=what_inviting_would_do,
    undo=Undo("Withdraw the invitation with remove_member."),
)
async def invite_member(
    call: Call,
    email: Email,
    name: Name,
    role: Annotated[RoleName, Field(description="Role.")] = "MEMBER",
    renew: Renew = False,
) -> InvitationOut:
    """Invite somebody; the answer shows the code to join with, once."""
    before = await _invitable(call, email, role, renew=renew)
    row = await _invited(call, before, email.lower(), name, role)
    await call.store.member_tokens.withdraw_invitations(row.id)
    code, parts = call.new_token()
    expires_at = call.now_us + GOOD_FOR_US
    await call.store.tokens.add(
        None,
        id=call.new_id("tok"),
        member_id=row.id,
        name="invitation",
        prefix=parts.prefix,
        secret_hash=parts.secret_hash,
        scopes="",
        is_invitation=True,
        expires_at=expires_at,
    )
    shown = member_out(row, invited_until_us=expires_at)
    call.emit("member.invited", shown, before=member_out(before) if before else None)
    return InvitationOut(
        id=row.id,
        name=row.name,
        email=row.email,
        role=row.role,
        status=member_status(row),
        code=code,
        invited_until=instant_text(expires_at),
        message=f"Give {row.name} the code, for `hoursmith-mcp join CODE`, with --url and the "
        "server's address where they come over the network. It is shown only now; renew=true "
        "makes another one.",
        warnings=await _warnings(call),
        available_actions=["list_members", "remove_member"],
    )


@operation(
    toolset="admin",
    scope=None,
    least=Role.MEMBER,
    rest="POST /invitations/accept",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    for_invited=True,
    undo=Undo("Whoever joined can leave with leave_organization."),
)
async def accept_invitation(
    call: Call,
    name: Annotated[Name, Field(description="Your name, if not as you were invited.")]
    | None = None,
    time_zone: Annotated[Line, Field(description="Your zone, as Europe/Berlin.")] | None = None,
) -> InvitationAccepted:
    """Accept the invitation that you connected with; the answer shows your token, once."""
    invitation = call.actor.token_id
    if invitation is None or not await call.store.member_tokens.use_invitation(invitation):
        raise Unauthenticated("That invitation was used already: ask for a new one.")
    changes: dict[str, Any] = {"joined_at": call.now_us}
    if name is not None:
        changes |= {"name": name, "name_key": fold(name)}
    if time_zone:
        with reading("time_zone"):
            changes["time_zone"] = load_zone(time_zone).key
    before = await call.store.memberships.get(call.actor.member_id)
    was = member_out(before)
    row = await call.store.memberships.update(before.id, changes)
    token, parts = call.new_token()
    await call.store.tokens.add(
        None,
        id=call.new_id("tok"),
        member_id=row.id,
        name="first token",
        prefix=parts.prefix,
        secret_hash=parts.secret_hash,
        scopes=" ".join(sorted(ALL_SCOPES)),
    )
    call.emit("member.joined", member_out(row), before=was)
    return InvitationAccepted(
        id=row.id,
        name=row.name,
        role=row.role,
        organization=call.actor.organization_name,
        organization_id=call.actor.organization_id,
        token=token,
        message="Use this token from now on, and keep it: it is shown only now, and the code is "
        "used up.",
        available_actions=["overview"],
    )


async def _invitable(call: Call, email: str, role: RoleName, *, renew: bool) -> Member | None:
    """Return who had that address before, if anybody; raises where they cannot be invited."""
    if not email:
        sentence = "email: give the address of whom you invite."
        raise InvalidInput(sentence, fields={"email": sentence})
    call.permit_over(Role[role])
    row = await call.store.memberships.of_email(email.lower())
    if row is None:
        return None
    call.permit_over(Role[row.role])
    if row.deleted_at is not None:
        return row
    if row.joined_at is not None:
        raise Conflict(
            f"{row.name} is a member already, with that address ({row.id}). For another token of "
            f"theirs: `hoursmith-mcp token create --name NAME --member {row.email}`."
        )
    if not renew:
        raise Conflict(
            f"{row.name} was invited already ({row.id}). With renew=true they get a new code, and "
            "the old one is good for nothing."
        )
    return row


async def _invited(
    call: Call, before: Member | None, email: str, name: str, role: RoleName
) -> Member:
    """Return the member as they are invited: new, again, or back as who they were before."""
    said = {"name": name, "name_key": fold(name), "role": role}
    if before is None:
        new_id = call.new_id("mem")
        return await call.store.memberships.add(id=new_id, email=email, **said)
    fresh = {**said, "joined_at": None, "deleted_at": None}
    return await call.store.memberships.update(before.id, fresh)


async def _warnings(call: Call) -> list[str]:
    if await call.store.member_tokens.count_good(call.actor.member_id):
        return []
    return [
        "From now on a server asks everybody for a token, you too: make yours with "
        "`hoursmith-mcp token create --name NAME`."
    ]
