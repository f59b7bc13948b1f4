"""Access tokens: what lets a person's phone, or an agent, in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from hoursmith_mcp.access.grants import Preset
from hoursmith_mcp.access.minting import Maker, Wish, make, read_wish
from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import Undo, operation
from hoursmith_mcp.schemas.arguments import Cursor, DueDayText, Limit, Line, Name, ProjectRef
from hoursmith_mcp.schemas.base import Would
from hoursmith_mcp.schemas.paging import read_cursor, write_cursor
from hoursmith_mcp.schemas.tokens import TokenMade, TokenOut, TokenPage, token_out

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.tokens import TokenRow

PresetName = Annotated[Preset, Field(description="What it is for; full if left out.")]
Scopes = Annotated[
    list[Line], Field(min_length=1, description="Scopes instead of a preset, as time:write.")
]
Projects = Annotated[
    list[ProjectRef], Field(min_length=1, description="Only these projects, by name or id.")
]
Expires = Annotated[DueDayText, Field(description="Its last day: in 90 days, 2027-01-31.")]
Toolsets = Annotated[Line, Field(description="Toolsets that its clients are shown.")]


async def would_create_token(
    call: Call,
    name: str,
    preset: Preset | None = None,
    scopes: list[str] | None = None,
    projects: list[str] | None = None,
    expires: str | None = None,
    toolsets: str | None = None,
) -> Would:
    """Say what the new token would be good for."""
    wish = Wish(name, preset, scopes or (), projects, expires, toolsets)
    grant = await read_wish(call.store, wish, _maker(call), call.now_us)
    ids = ",".join(one.id for one in grant.projects or ())
    return Would(would=grant.sentence(), basis=f"{ids} {grant.expires_at}")


@operation(
    toolset="admin",
    scope=Scope.TOKENS_WRITE,
    least=Role.MEMBER,
    rest="POST /tokens",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    asks=would_create_token,
    undo=Undo("Stop the token with revoke_token."),
)
async def create_token(
    call: Call,
    name: Name,
    preset: PresetName | None = None,
    scopes: Scopes | None = None,
    projects: Projects | None = None,
    expires: Expires | None = None,
    toolsets: Toolsets | None = None,
) -> TokenMade:
    """Make an access token of your own, with no more than yours may do; it is shown once."""
    wish = Wish(name, preset, scopes or (), projects, expires, toolsets)
    maker = _maker(call)
    grant = await read_wish(call.store, wish, maker, call.now_us)
    row, token = await make(
        call.store, grant, maker, token_id=call.new_id("tok"), random_bytes=call.entropy
    )
    made = await _shown(call, row)
    call.emit("token.created", made)
    return TokenMade(**dict(made), token=token)


@operation(
    toolset="admin",
    scope=None,
    least=Role.MEMBER,
    rest="GET /tokens",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_tokens(
    call: Call,
    ended: Annotated[bool, Field(description="Revoked and expired ones, too.")] = False,
    cursor: Cursor | None = None,
    limit: Limit = 20,
) -> TokenPage:
    """List your access tokens, the newest first; for an owner or admin, everybody's."""
    after = read_cursor(cursor, ended) if cursor is not None else ("", None)
    rows = await call.store.tokens.page(
        member_id=_only_of(call),
        token_id=None if Scope.TOKENS_WRITE in call.actor.scopes else call.actor.token_id or "",
        good_at_us=None if ended else call.now_us,
        before_id=after[1],
        limit=limit + 1,
    )
    shown = rows[:limit]
    projects = await call.store.tokens.projects([row.id for row in shown])
    return TokenPage(
        tokens=[token_out(row, projects[row.id], call.now_us) for row in shown],
        next_cursor=write_cursor(("", shown[-1].id), ended) if len(rows) > limit else None,
    )


@operation(
    toolset="admin",
    scope=Scope.TOKENS_WRITE,
    least=Role.MEMBER,
    rest="DELETE /tokens/{token}",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    undo=Undo("A revoked token stays so. Make another with create_token."),
)
async def revoke_token(
    call: Call, token: Annotated[Line, Field(description="Token, by id or whole name.")]
) -> TokenOut:
    """Revoke an access token of yours, or as owner or admin anybody's, from its next use on."""
    found = await call.store.tokens.find_good(token, member_id=_only_of(call))
    before = await _shown(call, found)
    revoked = await _shown(call, await call.store.tokens.revoke(found.id))
    call.emit("token.revoked", revoked, before=before)
    return revoked


def _maker(call: Call) -> Maker:
    actor = call.actor
    return Maker(
        actor.member_id, actor.live, actor.zone, actor.scopes, actor.expires_at, call.toolsets
    )


def _only_of(call: Call) -> str | None:
    """Return whose tokens alone the caller sees; None is everybody's."""
    return call.actor.member_id if call.actor.role < Role.ADMIN else None


async def _shown(call: Call, row: TokenRow) -> TokenOut:
    projects = await call.store.tokens.projects([row.id])
    return token_out(row, projects[row.id], call.now_us)
