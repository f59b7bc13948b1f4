"""Making and revoking tokens: one way, for the tools and for the commands that run the house."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hoursmith_mcp.access.grants import grant_scopes, read_toolsets, scopes_text
from hoursmith_mcp.access.roles import Scope
from hoursmith_mcp.access.tokens import mint_token
from hoursmith_mcp.core.dates import describe_day, parse_day
from hoursmith_mcp.core.instants import day_begins_us, instant_text, local_day
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.errors import Forbidden, InvalidInput

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.projects import ProjectRow
    from hoursmith_mcp.store.queries.tokens import TokenRow
    from hoursmith_mcp.store.reach import Store


@dataclass(frozen=True)
class Maker:
    """Whose the token will be, and what they can give to it: no more than they have."""

    member_id: str
    live: bool
    zone: ZoneInfo
    scopes: frozenset[Scope]
    expires_at: int | None
    toolsets: Collection[str]
    """The names of toolsets that there are."""


@dataclass(frozen=True)
class Wish:
    """A token as people ask for it."""

    name: str
    preset: str | None = None
    scopes: Sequence[str] = ()
    projects: Sequence[str] | None = None
    expires: str | None = None
    toolsets: str | None = None


@dataclass(frozen=True)
class Grant:
    """What a new token will be good for; without projects, for all of them."""

    name: str
    scopes: frozenset[Scope]
    projects: tuple[ProjectRow, ...] | None
    expires_at: int | None
    last_day: date | None
    toolsets: str | None

    def sentence(self) -> str:
        """Say it to a person."""
        parts = [f'A new token "{self.name}" with the scopes {scopes_text(self.scopes)}']
        if self.projects is not None:
            names = ", ".join(one.name for one in self.projects)
            parts.append(f"for {names} and nothing else")
        if self.last_day is not None:
            parts.append(f"good until the end of {describe_day(self.last_day)}")
        else:
            parts.append("good until it is revoked")
        return f"{', '.join(parts)}. Whoever holds it can do so in your name. It is shown once."


async def read_wish(store: Store, wish: Wish, maker: Maker, now_us: int) -> Grant:
    """Return what a token as it is wished for would be good for.

    Raises InvalidInput for what cannot be read, NotFound for a project that is not there, and
    Forbidden for more than its maker has.
    """
    limited = wish.projects is not None
    if wish.toolsets:
        read_toolsets(wish.toolsets, maker.toolsets)
    scopes = grant_scopes(wish.preset, wish.scopes, within=maker.scopes, limited=limited)
    expires_at, last_day = _end(wish.expires, maker, now_us)
    projects = await _projects(store, wish.projects) if wish.projects is not None else None
    return Grant(wish.name, scopes, projects, expires_at, last_day, wish.toolsets or None)


async def make(
    store: Store,
    grant: Grant,
    maker: Maker,
    *,
    token_id: str,
    random_bytes: Callable[[int], bytes],
) -> tuple[TokenRow, str]:
    """Make a token; returns its row, and the token itself, of which only a hash is kept."""
    token, parts = mint_token(live=maker.live, random_bytes=random_bytes)
    row = await store.tokens.add(
        None if grant.projects is None else [one.id for one in grant.projects],
        id=token_id,
        member_id=maker.member_id,
        name=grant.name,
        prefix=parts.prefix,
        secret_hash=parts.secret_hash,
        scopes=scopes_text(grant.scopes),
        toolsets=grant.toolsets,
        expires_at=grant.expires_at,
    )
    return row, token


def _end(text: str | None, maker: Maker, now_us: int) -> tuple[int | None, date | None]:
    """Return when a token ends, and the last day of it; its maker's own end is the latest."""
    today = local_day(now_us, maker.zone)
    if not text:
        end = maker.expires_at
        return end, None if end is None else local_day(end - 1, maker.zone)
    try:
        day = parse_day(text, today, toward="future")
    except Refusal as refusal:
        raise InvalidInput(f"expires: {refusal}", fields={"expires": str(refusal)}) from None
    end = day_begins_us(day + timedelta(days=1), maker.zone)
    if day < today:
        raise InvalidInput(f"expires: {describe_day(day)} is over. Give a day to come.")
    if maker.expires_at is not None and end > maker.expires_at:
        raise Forbidden(
            "A token is good no longer than its maker's, and yours ends at "
            f"{instant_text(maker.expires_at)}. Leave expires out, or give an earlier day."
        )
    return end, day


async def _projects(store: Store, names: Sequence[str]) -> tuple[ProjectRow, ...]:
    found = [await store.projects.find(one, writing=True, whole=True) for one in names]
    if not found:
        raise InvalidInput("projects: name at least one, or leave it out for all of them.")
    return tuple({one.id: one for one in found}.values())
