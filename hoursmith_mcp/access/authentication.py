"""From a caller to an actor, inside the unit of work that the call is."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Protocol

from hoursmith_mcp.access.actor import Actor, Caller, Trust
from hoursmith_mcp.access.grants import read_scopes
from hoursmith_mcp.access.roles import ALL_SCOPES, LIMITED_SCOPES, Role, Scope
from hoursmith_mcp.access.tokens import read_token
from hoursmith_mcp.errors import Forbidden, InvalidInput, Unauthenticated

if TYPE_CHECKING:
    from hoursmith_mcp.store.session import Session

NO_TOKEN = "A token is needed: make one with `hoursmith-mcp token create --name NAME`."
MISTYPED = "That is no token of this house: it has been cut short or mistyped. Copy it again."
UNKNOWN = "That token opens nothing here: it may have been revoked. Make a new one."
REVOKED = "That token was revoked. Make a new one."
NO_MEMBER = "Nobody here has the e-mail address that you signed in with: ask to be invited."
LEFT = "Whoever asked for this is no member any more."
EXPIRED = "That token has expired. Make a new one."
INVITATION_USED = (
    "That invitation was used or withdrawn: ask whoever invited you for a new one. Who has "
    "accepted it uses the token that was shown then."
)
INVITATION_EXPIRED = "That invitation has expired: ask whoever invited you for a new one."
INVITATION = (
    "This is an invitation: accept it first, with accept_invitation or `hoursmith-mcp join`, and "
    "then use the token that you get."
)
NO_SUCH_ORGANIZATION = (
    "There is no organisation with the id that HOURSMITH_ORGANIZATION says; "
    "`hoursmith-mcp org list` has the ids."
)
NOTHING_TO_ACCEPT = "You have joined already: only an invitation can be accepted."

READING_AN_ANSWER_US = 60_000_000

NO_HASH = "0" * 64
"""What a token is compared with that is not there, so that it takes as long."""


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
        token_id=actor.token_id if actor.is_limited else None,
    )
    return actor, row


def refuse_nobody(caller: Caller) -> None:
    """Raise Unauthenticated where nothing says who calls: no database has to be asked for that."""
    if not caller.token and caller.identity is None and caller.trust is Trust.NOBODY:
        raise Unauthenticated(NO_TOKEN)


class Guarded(Protocol):
    """What takes a role, and maybe a scope: an operation, or a prompt."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def scope(self) -> Scope | None:
        """The scope that a token needs for it."""
        ...

    @property
    def least(self) -> Role:
        """The lowest role that may use it."""
        ...

    @property
    def for_invited(self) -> bool:
        """Whether it is for who was invited and has not joined yet, and for nobody else."""
        ...

    @property
    def takes_a_writing_scope(self) -> bool:
        """Whether it takes some scope that writes; which one shows as it runs."""
        ...


def permits(actor: Actor, one: Guarded) -> bool:
    """Say whether the actor's role and scopes cover an operation or a prompt."""
    return (
        actor.is_invitation is one.for_invited
        and actor.role >= one.least
        and (one.scope is None or one.scope in actor.scopes)
        and (not one.takes_a_writing_scope or _writes(actor))
    )


def permit(actor: Actor, operation: Guarded) -> None:
    """Raise Forbidden where the actor's role or scopes do not cover an operation or a prompt."""
    if actor.is_invitation is not operation.for_invited:
        raise Forbidden(INVITATION if actor.is_invitation else NOTHING_TO_ACCEPT)
    if actor.role < operation.least:
        raise Forbidden(f"{operation.name} needs the role {operation.least.name} or a higher one.")
    if operation.scope is not None and operation.scope not in actor.scopes:
        raise Forbidden(
            f"{operation.name} needs a token with the scope {operation.scope}.",
            scope=operation.scope,
        )
    if operation.takes_a_writing_scope and not _writes(actor):
        raise Forbidden(f"{operation.name} needs a token with a scope that writes.")


def _writes(actor: Actor) -> bool:
    return any(scope.writes for scope in actor.scopes)


async def _find(session: Session, caller: Caller, *, writing: bool) -> Any:
    from hoursmith_mcp.store.queries.identity import (
        find_by_email,
        find_by_id,
        find_by_token,
        find_owners,
    )

    if caller.mandate is not None:
        member_id, organization_id = caller.mandate.member_id, caller.organization_id
        member = await find_by_id(session, member_id, organization_id, writing=writing)
        if member is None:
            raise Unauthenticated(LEFT)
        return member
    if caller.token:
        parts = read_token(caller.token)
        if parts is None:
            raise Unauthenticated(MISTYPED)
        row = await find_by_token(session, parts.prefix, writing=writing)
        # What became of a token is told to who holds all of it; a guess is a guess.
        kept_hash = row.secret_hash if row is not None else NO_HASH
        if not hmac.compare_digest(kept_hash, parts.secret_hash) or row is None:
            raise Unauthenticated(UNKNOWN)
        if row.revoked_at is not None and (writing or not _was_just_accepted(row, session)):
            raise Unauthenticated(INVITATION_USED if row.is_invitation else REVOKED)
        if row.expires_at is not None and row.expires_at <= session.now_us:
            raise Unauthenticated(INVITATION_EXPIRED if row.is_invitation else EXPIRED)
        return row
    if caller.identity is not None:
        if caller.identity.expires_at <= session.now_us:
            raise Unauthenticated(EXPIRED)
        email = caller.identity.email
        members = await find_by_email(session, email, caller.organization_id, writing=writing)
        if not members:
            raise Unauthenticated(NO_MEMBER)
        return _only_organization(members)
    refuse_nobody(caller)
    owners = await find_owners(session, caller.organization_id, writing=writing)
    if not owners and caller.trust is Trust.OWNER_OF_FILE:
        raise InvalidInput(NO_SUCH_ORGANIZATION)
    if not owners or (caller.trust is Trust.LOOPBACK and owners[0].has_tokens):
        raise Unauthenticated(NO_TOKEN)
    return _only_organization(owners)


def _was_just_accepted(row: Any, session: Session) -> bool:
    """Say whether it is an invitation whose acceptance its client may be reading just now.

    Before it hands the answer on, a client may ask once more what there is, to check its form.
    """
    return bool(row.is_invitation) and session.now_us - row.revoked_at < READING_AN_ANSWER_US


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
    scopes = _scopes(row, caller)
    return Actor(
        organization_id=row.organization_id,
        organization_name=row.organization_name,
        currency=row.currency,
        week_start=row.week_start,
        fiscal_year_start=row.fiscal_year_start,
        live=row.live,
        member_id=row.member_id,
        member_name=row.member_name,
        role=Role[row.role],
        scopes=scopes & LIMITED_SCOPES if limited else scopes,
        zone_name=row.member_zone_name or row.organization_zone_name,
        organization_zone_name=row.organization_zone_name,
        token_id=row.token_id if with_token else None,
        toolsets=row.toolsets if with_token else None,
        caller=caller,
        is_limited=limited,
        is_invitation=with_token and row.is_invitation,
        expires_at=_end(row, caller),
        last_used_at=row.last_used_at if with_token else None,
    )


def _scopes(row: Any, caller: Caller) -> frozenset[Scope]:
    if caller.mandate is not None:
        return caller.mandate.scopes
    if caller.identity is not None:
        return caller.identity.scopes
    return read_scopes(row.scopes) if caller.token else ALL_SCOPES


def _end(row: Any, caller: Caller) -> int | None:
    if caller.identity is not None:
        return caller.identity.expires_at
    return row.expires_at if caller.token else None
