"""Tokens for the commands that run the house: for any member, of any organisation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.access.minting import Maker, Wish, make, read_wish
from hoursmith_mcp.access.roles import ALL_SCOPES
from hoursmith_mcp.core.ids import ENTROPY_BYTES, new_id
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.names import clean_line
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.errors import InvalidInput

if TYPE_CHECKING:
    from hoursmith_mcp.runtime import Runtime
    from hoursmith_mcp.store.session import Session

DOOR = "command line"


@dataclass(frozen=True)
class IssuedToken:
    """A token that was just made; this is the only time that it can be seen."""

    id: str
    token: str
    name: str
    member_name: str
    organization_name: str
    sentence: str
    """What it is good for."""


async def issue_token(
    runtime: Runtime,
    *,
    name: str,
    email: str = "",
    toolsets: str = "",
    preset: str = "",
    scopes: Sequence[str] = (),
    projects: Sequence[str] = (),
    expires: str = "",
) -> IssuedToken:
    """Make a token for a member, found by e-mail address, or for the owner.

    Raises NotFound where there is no such member or project, InvalidInput where several fit, or
    for anything that cannot be read.
    """
    wish = Wish(_label(name), preset or None, scopes, projects or None, expires, toolsets)
    database = await runtime.database()

    async def unit(session: Session) -> IssuedToken:
        from hoursmith_mcp.store.queries.tokens import find_holder
        from hoursmith_mcp.store.reach import Store
        from hoursmith_mcp.store.revision import require_revision
        from hoursmith_mcp.store.zones import stored_zone

        await require_revision(session)
        holder = await find_holder(session, email, runtime.settings.organization)
        session.organization_id = holder.organization_id
        store = Store(session, actor_member_id=holder.id, journal_mode=database.journal_mode)
        maker = Maker(
            member_id=holder.id,
            live=holder.live,
            zone=stored_zone(holder.zone_name),
            scopes=ALL_SCOPES,
            expires_at=None,
            toolsets=runtime.catalogue.toolsets,
        )
        grant = await read_wish(store, wish, maker, session.now_us)
        token_id = new_id("tok", session.now_us, runtime.entropy(ENTROPY_BYTES))
        row, token = await make(
            store, grant, maker, token_id=token_id, random_bytes=runtime.entropy
        )
        await _note(runtime, session, "token create", row, before=None, after=_seen(row))
        return IssuedToken(
            token_id, token, wish.name, holder.name, holder.organization_name, grant.sentence()
        )

    return await database.write(unit)


async def revoke_token(runtime: Runtime, name_or_id: str) -> str:
    """Revoke a token by id, prefix or name and return its id; raises NotFound or InvalidInput."""
    database = await runtime.database()

    async def unit(session: Session) -> str:
        from hoursmith_mcp.store.queries.tokens import Tokens, find_good_token
        from hoursmith_mcp.store.revision import require_revision

        await require_revision(session)
        good = await find_good_token(session, name_or_id)
        session.organization_id = good.organization_id
        await Tokens(session).revoke(good.id)
        before = _seen(good)
        after = {**before, "revoked_at": instant_text(session.now_us)}
        await _note(runtime, session, "token revoke", good, before=before, after=after)
        return str(good.id)

    return await database.write(unit)


def _label(name: str) -> str:
    try:
        return clean_line(name, what="name", max_length=200)
    except Refusal as refusal:
        raise InvalidInput(f"name: {refusal}") from None


def _seen(token: Any) -> dict[str, str]:
    """Return what activity may show of a token: nothing that opens anything."""
    return {
        "id": token.id,
        "name": token.name,
        "prefix": token.prefix,
        "scopes": token.scopes,
        "created_at": instant_text(token.created_at),
    }


async def _note(
    runtime: Runtime,
    session: Session,
    operation: str,
    token: Any,
    *,
    before: dict[str, str] | None,
    after: dict[str, str],
) -> None:
    from hoursmith_mcp.store.queries.ledger import write_activity

    def an_id() -> str:
        return new_id("act", session.now_us, runtime.entropy(ENTROPY_BYTES))

    await write_activity(
        session,
        id=an_id(),
        unit_id=an_id(),
        member_id=token.member_id,
        door=DOOR,
        operation=operation,
        subject_id=token.id,
        before=None if before is None else json.dumps(before),
        after=json.dumps(after),
    )
