"""Making and revoking tokens, for the commands that run the house."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.access.roles import ALL_SCOPES
from hoursmith_mcp.access.tokens import make_token, read_token
from hoursmith_mcp.core.ids import ENTROPY_BYTES, new_id
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.names import clean_line

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


async def issue_token(
    runtime: Runtime, *, name: str, email: str = "", toolsets: str = ""
) -> IssuedToken:
    """Make a token for a member, found by e-mail address, or for the owner.

    `toolsets` names the tools that its clients are shown, if not those of the server.

    Raises NotFound where there is no such member, InvalidInput where several fit, or for a toolset
    that does not exist.
    """
    if toolsets:
        runtime.catalogue.tools(toolsets)
    label = clean_line(name, what="name", max_length=200)
    database = await runtime.database()

    async def unit(session: Session) -> IssuedToken:
        from hoursmith_mcp.store.queries.tokens import add_token, find_good_token, find_holder

        holder = await find_holder(session, email, runtime.settings.organization)
        session.organization_id = holder.organization_id
        token = make_token(live=holder.live, random_bytes=runtime.entropy)
        parts = read_token(token)
        assert parts is not None, "a token that was just made reads back"
        token_id = new_id("tok", session.now_us, runtime.entropy(ENTROPY_BYTES))
        await add_token(
            session,
            id=token_id,
            member_id=holder.id,
            name=label,
            prefix=parts.prefix,
            secret_hash=parts.secret_hash,
            scopes=" ".join(sorted(ALL_SCOPES)),
            toolsets=toolsets or None,
        )
        made = await find_good_token(session, token_id)
        await _note(runtime, session, "token create", made, before=None, after=_seen(made))
        return IssuedToken(token_id, token, label, holder.name, holder.organization_name)

    return await database.write(unit)


async def revoke_token(runtime: Runtime, name_or_id: str) -> str:
    """Revoke a token by id, prefix or name and return its id; raises NotFound or InvalidInput."""
    database = await runtime.database()

    async def unit(session: Session) -> str:
        from hoursmith_mcp.store.queries.tokens import find_good_token, revoke

        good = await find_good_token(session, name_or_id)
        session.organization_id = good.organization_id
        await revoke(session, good.id)
        before = _seen(good)
        after = {**before, "revoked_at": instant_text(session.now_us)}
        await _note(runtime, session, "token revoke", good, before=before, after=after)
        return str(good.id)

    return await database.write(unit)


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
