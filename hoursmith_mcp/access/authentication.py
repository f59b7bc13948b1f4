"""From a caller to an actor, inside the unit of work that the call is."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.access.actor import Actor, Caller, Trust
from hoursmith_mcp.access.roles import ALL_SCOPES, LIMITED_SCOPES, Role, Scope
from hoursmith_mcp.access.tokens import read_token
from hoursmith_mcp.errors import Forbidden, InvalidInput, Unauthenticated

if TYPE_CHECKING:
    from hoursmith_mcp.operation import Operation
    from hoursmith_mcp.store.session import Session

NO_TOKEN = "A token is needed: make one with `hoursmith-mcp token create --name NAME`."
MISTYPED = "That is no token of this house: it has been cut short or mistyped. Copy it again."
UNKNOWN = "That token opens nothing here: it may have been revoked. Make a new one."
EXPIRED = "That token has expired. Make a new one."


async def authenticate(session: Session, caller: Caller, *, writing: bool) -> tuple[Actor, Any]:
    """Find who is calling, and keep the session to their organisation and what they reach in it.

    Returns the actor and the row it was made from, which also holds the number of the last event.
    Raises Unauthenticated, Unavailable where the schema is not of this program's revision, or
    InvalidInput where a local door serves several organisations and none is named.
    """
    from hoursmith_mcp.store.revision import check_revision

    row = await _find(session, caller, writing=writing)
    check_revision(row.revision)
    session.organization_id = row.organization_id
    actor = _actor(row, caller)
    session.confine(
        member_id=actor.member_id,
        blind=actor.blind,
        token_id=actor.token_id if actor.limited else None,
    )
    return actor, row


def permits(actor: Actor, operation: Operation) -> bool:
    """Say whether the actor's role and scopes cover the operation."""
    return actor.role >= operation.least and (
        operation.scope is None or operation.scope in actor.scopes
    )


def permit(actor: Actor, operation: Operation) -> None:
    """Raise Forbidden where the actor's role or scopes do not cover the operation."""
    if actor.role < operation.least:
        raise Forbidden(f"{operation.name} needs the role {operation.least.name} or a higher one.")
    if operation.scope is not None and operation.scope not in actor.scopes:
        raise Forbidden(f"{operation.name} needs a token with the scope {operation.scope}.")


async def _find(session: Session, caller: Caller, *, writing: bool) -> Any:
    from hoursmith_mcp.store.queries.identity import find_by_token, find_owners

    if caller.token:
        parts = read_token(caller.token)
        if parts is None:
            raise Unauthenticated(MISTYPED)
        row = await find_by_token(session, parts.prefix, writing=writing)
        if row is None or not hmac.compare_digest(row.secret_hash, parts.secret_hash):
            raise Unauthenticated(UNKNOWN)
        if row.revoked_at is not None:
            raise Unauthenticated(UNKNOWN)
        if row.expires_at is not None and row.expires_at <= session.now_us:
            raise Unauthenticated(EXPIRED)
        return row
    if caller.trust is Trust.NOBODY:
        raise Unauthenticated(NO_TOKEN)
    owners = await find_owners(session, caller.organization_id, writing=writing)
    if not owners or (caller.trust is Trust.LOOPBACK and owners[0].has_tokens):
        raise Unauthenticated(NO_TOKEN)
    return _only_organization(owners)


def _only_organization(owners: list[Any]) -> Any:
    organizations = {row.organization_id: row.organization_name for row in owners}
    if len(organizations) > 1:
        raise InvalidInput(
            "This database holds several organisations: set HOURSMITH_ORGANIZATION to one's id.",
            candidates=[{"id": id_, "name": name} for id_, name in organizations.items()],
        )
    return owners[0]


def _actor(row: Any, caller: Caller) -> Actor:
    with_token = caller.token != ""
    limited = with_token and row.is_limited
    scopes = _scopes(row.scopes) if with_token else ALL_SCOPES
    return Actor(
        organization_id=row.organization_id,
        organization_name=row.organization_name,
        currency=row.currency,
        week_start=row.week_start,
        live=row.live,
        member_id=row.member_id,
        member_name=row.member_name,
        role=Role[row.role],
        scopes=scopes & LIMITED_SCOPES if limited else scopes,
        zone_name=row.member_zone_name or row.organization_zone_name,
        organization_zone_name=row.organization_zone_name,
        token_id=row.token_id if with_token else None,
        limited=limited,
        toolsets=row.toolsets if with_token else None,
        caller=caller,
    )


def _scopes(text: str) -> frozenset[Scope]:
    known = {scope.value for scope in Scope}
    return frozenset(Scope(word) for word in text.split() if word in known)
