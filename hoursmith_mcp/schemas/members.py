"""Members, their invitations and their leaving, as callers see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.working_patterns import describe_pattern
from hoursmith_mcp.schemas.base import InstantText, Personal, Public, ShownOnce, Unlisted

if TYPE_CHECKING:
    from hoursmith_mcp.store.tables import Member


class MemberOut(Public):
    """A person in the organisation."""

    id: str
    user_id: Unlisted[str] | None = None
    name: Personal[str]
    email: Personal[str] | None = None
    role: str
    status: Unlisted[str] | None = None
    time_zone: Unlisted[str] | None = None
    weekly_hours: Unlisted[str] | None = None
    working_pattern: Unlisted[str] | None = None
    invited_until: Unlisted[str] | None = None
    joined_at: Unlisted[InstantText] | None = None
    left_at: Unlisted[InstantText] | None = None
    created_at: Unlisted[InstantText] | None = None
    available_actions: Unlisted[list[str]] = []


class MemberPage(Public):
    """Members, by name."""

    listed = "members"

    members: list[MemberOut]
    next_cursor: str | None = None


class InvitationOut(Public):
    """Somebody who was invited, and the code that lets them in, once."""

    id: str
    name: Personal[str]
    email: Personal[str] | None = None
    role: str
    status: str
    code: ShownOnce[str] | None = None
    invited_until: str
    message: str
    warnings: list[str] = []
    available_actions: list[str] = []


class InvitationAccepted(Public):
    """Who has joined, and the token that they use from now on."""

    id: str
    name: Personal[str]
    role: str
    organization: str
    organization_id: str
    token: ShownOnce[str] | None = None
    message: str
    available_actions: list[str] = []


class MemberRemoved(Public):
    """Who has left, and what became of what they had."""

    id: str
    name: Personal[str] | None = None
    removed: bool
    tokens_revoked: int
    tasks_unassigned: int
    timer: str | None = None
    message: str
    available_actions: list[str] = []


class MemberErased(Public):
    """Whose name and address are gone."""

    id: str
    name: str
    erased: bool
    message: str


def member_out(
    row: Member, *, invited_until_us: int | None = None, actions: list[str] | None = None
) -> MemberOut:
    """Show a member as all of the organisation may see them."""
    pattern = row.working_pattern
    return MemberOut(
        id=row.id,
        user_id=row.id,
        name=row.name,
        email=row.email,
        role=row.role,
        status=member_status(row),
        time_zone=row.time_zone,
        weekly_hours=hours_text(sum(pattern)) if pattern is not None else None,
        working_pattern=describe_pattern(pattern) if pattern is not None else None,
        invited_until=_text(invited_until_us if row.joined_at is None else None),
        joined_at=_text(row.joined_at),
        left_at=_text(row.deleted_at),
        created_at=_text(row.created_at),
        available_actions=actions or [],
    )


def member_status(row: Member) -> str:
    """Say where somebody stands: invited, active, removed or erased."""
    if row.erased_at is not None:
        return "erased"
    if row.deleted_at is not None:
        return "removed"
    return "invited" if row.joined_at is None else "active"


def person(row: Member) -> str:
    """Return what a question calls somebody by."""
    address = f" <{row.email}>" if row.email else ""
    return f"{row.name}{address}, {row.role}"


def _text(instant_us: int | None) -> str | None:
    return None if instant_us is None else instant_text(instant_us)
