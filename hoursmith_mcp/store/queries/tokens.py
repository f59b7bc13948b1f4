"""Tokens, as rows; the commands that run the house make and revoke them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, update

from hoursmith_mcp.errors import InvalidInput, NotFound
from hoursmith_mcp.store.revision import require_revision
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Member, Organization, Token
from hoursmith_mcp.store.tenancy import scoped

_token = core_table(Token)
_member = core_table(Member)
_organization = core_table(Organization)

_MEMBERS = (
    select(
        _member.c.id,
        _member.c.name,
        _member.c.email,
        _member.c.role,
        _member.c.organization_id,
        _organization.c.name.label("organization_name"),
        _organization.c.live,
    )
    .join(_organization, _organization.c.id == _member.c.organization_id)
    .where(_member.c.deleted_at.is_(None), _member.c.joined_at.is_not(None))
    .order_by(_organization.c.created_at, _member.c.created_at, _member.c.id)
)
_TOKENS = (
    select(
        _token.c.id,
        _token.c.organization_id,
        _token.c.member_id,
        _token.c.name,
        _token.c.prefix,
        _token.c.scopes,
        _token.c.created_at,
        _token.c.expires_at,
        _token.c.revoked_at,
        _member.c.name.label("member_name"),
        _organization.c.name.label("organization_name"),
    )
    .join(_member, _member.c.id == _token.c.member_id)
    .join(_organization, _organization.c.id == _token.c.organization_id)
    .order_by(_token.c.created_at, _token.c.id)
)
_COUNT = select(func.count().label("count")).select_from(_token)
_REVOKE = scoped(
    update(_token)
    .where(_token.c.id == bindparam("token"), _token.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)

NO_SUCH_TOKEN = "There is no such token that is still good; see `hoursmith-mcp token list`."


@dataclass(frozen=True)
class TokenHolder:
    """The member that a token is made for."""

    id: str
    name: str
    organization_id: str
    organization_name: str
    live: bool


async def find_holder(session: Session, email: str, organization_id: str) -> TokenHolder:
    """Return the member of that e-mail address, or the first owner where none is given.

    Raises NotFound, or InvalidInput where it is in several organisations and none is named.
    """
    rows = [
        row
        for row in await session.unscoped(_MEMBERS)
        if organization_id in ("", row.organization_id)
        and (row.email == email.lower() if email else row.role == "OWNER")
    ]
    if not rows:
        raise NotFound("There is no such member; check the e-mail address and the organisation.")
    if len({row.organization_id for row in rows}) > 1:
        raise InvalidInput(
            "There are several organisations: set HOURSMITH_ORGANIZATION to the id of one.",
            candidates=[{"id": row.organization_id, "name": row.organization_name} for row in rows],
        )
    row = rows[0]
    return TokenHolder(row.id, row.name, row.organization_id, row.organization_name, row.live)


async def add_token(session: Session, **values: Any) -> None:
    """Add a token's row: its name, prefix, hash and scopes, never the token."""
    await require_revision(session)
    await session.insert(Token, {**values, "created_at": session.now_us})


async def list_tokens(session: Session) -> list[Any]:
    """Return all tokens of the database, the oldest first; there are no secrets in them."""
    return list(await session.unscoped(_TOKENS))


async def count_tokens(session: Session) -> int:
    """Count the tokens that were ever made."""
    return int((await session.unscoped(_COUNT))[0].count)


async def find_good_token(session: Session, name_or_id: str) -> Any:
    """Return a token by id, prefix or name; raises NotFound or InvalidInput."""
    found = [
        row
        for row in await session.unscoped(_TOKENS)
        if row.revoked_at is None and name_or_id in (row.id, row.prefix, row.name)
    ]
    if not found:
        raise NotFound(NO_SUCH_TOKEN)
    if len(found) > 1:
        raise InvalidInput(
            "Several tokens have that name: give the id.",
            candidates=[{"id": row.id, "name": row.name} for row in found],
        )
    return found[0]


async def revoke(session: Session, token_id: str) -> None:
    """Revoke a token of the session's organisation; raises NotFound where it is not good."""
    await require_revision(session)
    if not await session.change(_REVOKE, token=token_id, now=session.now_us):
        raise NotFound(NO_SUCH_TOKEN)
