"""Who is calling: one statement per door, before the organisation is known."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, bindparam, exists, func

from hoursmith_mcp.store.revision import CURRENT_REVISION
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import AnySelect, select
from hoursmith_mcp.store.tables import EventCounter, Member, Organization, Token

MOST_ORGANIZATIONS = 20

_organization = core_table(Organization)
_counter = core_table(EventCounter)
_member = core_table(Member)
_token = core_table(Token)

_WHO = (
    _organization.c.id.label("organization_id"),
    _organization.c.name.label("organization_name"),
    _organization.c.currency,
    _organization.c.week_start,
    _organization.c.fiscal_year_start,
    _organization.c.live,
    _organization.c.time_zone.label("organization_zone_name"),
    _member.c.id.label("member_id"),
    _member.c.name.label("member_name"),
    _member.c.role,
    _member.c.time_zone.label("member_zone_name"),
    _counter.c.last_sequence,
    CURRENT_REVISION.label("revision"),
)


def _joined(*columns: Any) -> AnySelect:
    return (
        select(*_WHO, *columns)
        .select_from(_member)
        .join(_organization, _organization.c.id == _member.c.organization_id)
        .join(_counter, _counter.c.organization_id == _member.c.organization_id)
        .where(_member.c.deleted_at.is_(None))
    )


_has_joined = _member.c.joined_at.is_not(None)
_BY_TOKEN = (
    _joined(
        _token.c.id.label("token_id"),
        _token.c.secret_hash,
        _token.c.scopes,
        _token.c.toolsets,
        _token.c.is_limited,
        _token.c.is_invitation,
        _token.c.last_used_at,
        _token.c.expires_at,
        _token.c.revoked_at,
        _token.c.is_limited,
    )
    .join(_token, _token.c.member_id == _member.c.id)
    .where(_token.c.prefix == bindparam("prefix"), _has_joined | _token.c.is_invitation)
)
_BY_EMAIL = (
    _joined()
    .where(func.lower(_member.c.email) == bindparam("email"), _member.c.joined_at.is_not(None))
    .order_by(_organization.c.created_at, _organization.c.id, _member.c.created_at, _member.c.id)
    .limit(MOST_ORGANIZATIONS)
)
_BY_EMAIL_THERE = _BY_EMAIL.where(_organization.c.id == bindparam("organization"))
_BY_ID = _joined().where(
    _member.c.id == bindparam("member"),
    _organization.c.id == bindparam("organization"),
    _has_joined,
)
_AS_OWNER = (
    _joined(exists(select(_token.c.id)).label("has_tokens"))
    .where(_member.c.role == "OWNER", _has_joined)
    .order_by(_organization.c.created_at, _organization.c.id, _member.c.created_at, _member.c.id)
    .limit(MOST_ORGANIZATIONS)
)
_OF_ORGANIZATION = _AS_OWNER.where(_organization.c.id == bindparam("organization"))

# Whoever may write locks the counter first: the writers of one organisation take turns, and its
# events get their order. Who calls is locked next: PostgreSQL then reads those rows as they are
# when the turn has come, so that nobody acts by a role or token that they lost while they waited.
# Rows that refer to them may be written meanwhile. SQLite has one writer anyway and leaves it out.


def _locked(statement: AnySelect, *tables: Table[Any]) -> AnySelect:
    return statement.with_for_update(of=(_counter, _member, *tables), key_share=True)


_BY_TOKEN_LOCKED = _locked(_BY_TOKEN, _token)
_BY_EMAIL_LOCKED = _locked(_BY_EMAIL)
_BY_EMAIL_THERE_LOCKED = _locked(_BY_EMAIL_THERE)
_BY_ID_LOCKED = _locked(_BY_ID)
_AS_OWNER_LOCKED = _locked(_AS_OWNER)
_OF_ORGANIZATION_LOCKED = _locked(_OF_ORGANIZATION)


async def find_by_token(session: Session, prefix: str, *, writing: bool) -> Any | None:
    """Return the member and organisation of a token's public prefix, or None."""
    statement = _BY_TOKEN_LOCKED if writing else _BY_TOKEN
    rows = await session.unscoped(statement, {"prefix": prefix})
    return rows[0] if rows else None


async def find_by_email(
    session: Session, email: str, organization_id: str, *, writing: bool
) -> list[Any]:
    """Return those who joined with an address, in lower case; of one organisation if one is named.

    Of several in one organisation whose addresses differ by case alone, it is nobody.
    """
    parameters = {"email": email}
    if organization_id:
        parameters["organization"] = organization_id
        statement = _BY_EMAIL_THERE_LOCKED if writing else _BY_EMAIL_THERE
    else:
        statement = _BY_EMAIL_LOCKED if writing else _BY_EMAIL
    rows = list(await session.unscoped(statement, parameters))
    return rows if len({row.organization_id for row in rows}) == len(rows) else []


async def find_by_id(
    session: Session, member_id: str, organization_id: str, *, writing: bool
) -> Any | None:
    """Return a member of an organisation, or None where they are none any more."""
    parameters = {"member": member_id, "organization": organization_id}
    rows = await session.unscoped(_BY_ID_LOCKED if writing else _BY_ID, parameters)
    return rows[0] if rows else None


async def find_owners(session: Session, organization_id: str, *, writing: bool) -> list[Any]:
    """Return owners, the first of each organisation first; of one organisation if one is named."""
    if organization_id:
        statement = _OF_ORGANIZATION_LOCKED if writing else _OF_ORGANIZATION
        return list(await session.unscoped(statement, {"organization": organization_id}))
    return list(await session.unscoped(_AS_OWNER_LOCKED if writing else _AS_OWNER))
