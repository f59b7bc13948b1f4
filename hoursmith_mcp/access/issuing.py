"""Making tokens, for the commands that run the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hoursmith_mcp.access.roles import ALL_SCOPES
from hoursmith_mcp.access.tokens import make_token, read_token
from hoursmith_mcp.core.ids import ENTROPY_BYTES, new_id
from hoursmith_mcp.core.names import clean_line

if TYPE_CHECKING:
    from hoursmith_mcp.runtime import Runtime
    from hoursmith_mcp.store.session import Session


@dataclass(frozen=True)
class IssuedToken:
    """A token that was just made; this is the only time that it can be seen."""

    id: str
    token: str
    name: str
    member_name: str
    organization_name: str


async def issue_token(runtime: Runtime, *, name: str, email: str = "") -> IssuedToken:
    """Make a token for a member, found by e-mail address, or for the owner.

    Raises NotFound where there is no such member, InvalidInput where several fit.
    """
    label = clean_line(name, what="name", max_length=200)
    database = await runtime.database()

    async def unit(session: Session) -> IssuedToken:
        from hoursmith_mcp.store.queries.tokens import add_token, find_holder

        holder = await find_holder(session, email, runtime.settings.organization)
        token = make_token(live=holder.live, random_bytes=runtime.entropy)
        parts = read_token(token)
        assert parts is not None, "a token that was just made reads back"
        token_id = new_id("tok", session.now_us, runtime.entropy(ENTROPY_BYTES))
        await add_token(
            session,
            id=token_id,
            organization_id=holder.organization_id,
            member_id=holder.id,
            name=label,
            prefix=parts.prefix,
            secret_hash=parts.secret_hash,
            scopes=" ".join(sorted(ALL_SCOPES)),
        )
        return IssuedToken(token_id, token, label, holder.name, holder.organization_name)

    return await database.write(unit)
