"""Access tokens, as callers see them: never what opens anything, but once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.schemas.base import InstantText, Personal, Public, ShownOnce

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.tokens import TokenProjectRow, TokenRow

SHOWN_ONCE = (
    "The token itself is in the first answer only, and kept nowhere. Where it is lost, revoke this "
    "one and make another."
)


class TokenOut(Public):
    """A token: whose it is, what it may do, and since and until when.

    Only one that is limited to projects names any.
    """

    id: str
    name: str
    prefix: str
    member: Personal[str]
    user_id: str
    status: str
    scopes: list[str]
    projects: list[str] | None = None
    project_ids: list[str] | None = None
    toolsets: str | None = None
    invitation: bool | None = None
    created_at: InstantText
    expires_at: InstantText | None = None
    last_used_at: InstantText | None = None
    revoked_at: InstantText | None = None
    available_actions: list[str] = []


class TokenMade(TokenOut):
    """A new token, with what opens the house."""

    token: ShownOnce[str] | None = None
    note: str = SHOWN_ONCE


class TokenPage(Public):
    """Tokens, the newest first."""

    listed = "tokens"

    tokens: list[TokenOut]
    next_cursor: str | None = None


def token_out(row: TokenRow, projects: Sequence[TokenProjectRow], now_us: int) -> TokenOut:
    """Show a token's row."""
    status = token_status(row, now_us)
    return TokenOut(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        member=row.member_name,
        user_id=row.member_id,
        status=status,
        scopes=row.scopes.split(),
        projects=[one.name for one in projects] if row.is_limited else None,
        project_ids=[one.id for one in projects] if row.is_limited else None,
        toolsets=row.toolsets,
        invitation=row.is_invitation or None,
        created_at=instant_text(row.created_at),
        expires_at=_instant(row.expires_at),
        last_used_at=_instant(row.last_used_at),
        revoked_at=_instant(row.revoked_at),
        available_actions=["revoke_token"] if status == "good" else [],
    )


def token_status(row: TokenRow, now_us: int) -> str:
    """Return whether a token is good, revoked, or expired."""
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= now_us else "good"


def _instant(instant_us: int | None) -> str | None:
    return None if instant_us is None else instant_text(instant_us)
