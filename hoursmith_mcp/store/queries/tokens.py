"""Tokens, as rows: a member's own, and what the commands that run the house see of them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, or_, update

from hoursmith_mcp.errors import InvalidInput, NotFound
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Member, Organization, Project, Token, TokenProject
from hoursmith_mcp.store.tenancy import scoped

_token = core_table(Token)
_member = core_table(Member)
_organization = core_table(Organization)
_project = core_table(Project)
_token_project = core_table(TokenProject)

_MEMBERS = (
    select(
        _member.c.id,
        _member.c.name,
        _member.c.email,
        _member.c.role,
        _member.c.time_zone,
        _member.c.organization_id,
        _organization.c.name.label("organization_name"),
        _organization.c.live,
        _organization.c.time_zone.label("organization_zone_name"),
    )
    .select_from(_member)
    .join(_organization, _organization.c.id == _member.c.organization_id)
    .where(_member.c.deleted_at.is_(None), _member.c.joined_at.is_not(None))
    .order_by(_organization.c.created_at, _member.c.created_at, _member.c.id)
)
_COLUMNS = (
    _token.c.id,
    _token.c.organization_id,
    _token.c.member_id,
    _token.c.name,
    _token.c.prefix,
    _token.c.scopes,
    _token.c.toolsets,
    _token.c.is_invitation,
    _token.c.is_limited,
    _token.c.created_at,
    _token.c.expires_at,
    _token.c.revoked_at,
    _token.c.last_used_at,
    _member.c.name.label("member_name"),
)
_with_member = _token.join(_member, _member.c.id == _token.c.member_id)
_row = select(*_COLUMNS).select_from(_with_member)
_TOKENS = (
    select(*_COLUMNS, _organization.c.name.label("organization_name"))
    .select_from(_with_member)
    .join(_organization, _organization.c.id == _token.c.organization_id)
    .order_by(_token.c.created_at, _token.c.id)
)
_BY_ID = scoped(_row.where(_token.c.id == bindparam("id")))
_NAMED = scoped(
    _row.where(
        _token.c.revoked_at.is_(None),
        or_(
            _token.c.id == bindparam("text"),
            _token.c.prefix == bindparam("text"),
            _token.c.name == bindparam("text"),
        ),
    )
)
_PROJECTS = scoped(
    select(_token_project.c.token_id, _project.c.id, _project.c.name)
    .select_from(_token_project.join(_project, _project.c.id == _token_project.c.project_id))
    .where(_token_project.c.token_id.in_(bindparam("ids", expanding=True)))
    .order_by(_project.c.name_key, _project.c.id)
)
_COUNT = select(func.count().label("count")).select_from(_token)
_REVOKE = scoped(
    update(_token)
    .where(_token.c.id == bindparam("token"), _token.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
_USED = scoped(
    update(_token)
    .where(
        _token.c.id == bindparam("token"),
        or_(_token.c.last_used_at.is_(None), _token.c.last_used_at <= bindparam("before")),
    )
    .values(last_used_at=bindparam("at"))
)

NO_SUCH_TOKEN = "There is no such token that is still good; list_tokens() lists what is there."


@dataclass(frozen=True)
class TokenHolder:
    """The member that a token is made for."""

    id: str
    name: str
    organization_id: str
    organization_name: str
    live: bool
    zone_name: str


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
    return TokenHolder(
        row.id,
        row.name,
        row.organization_id,
        row.organization_name,
        row.live,
        row.time_zone or row.organization_zone_name,
    )


class TokenRow(Shape):
    """A token's columns but for its hash, with the name of its member."""

    id: str
    organization_id: str
    member_id: str
    name: str
    prefix: str
    scopes: str
    toolsets: str | None
    is_invitation: bool
    is_limited: bool
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None
    member_name: str


class TokenProjectRow(Shape):
    """A project that a limited token reaches."""

    token_id: str
    id: str
    name: str


class Tokens:
    """The tokens of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, token_id: str) -> TokenRow:
        """Return a token by id; raises NotFound."""
        row = await self._session.first(TokenRow, _BY_ID, id=token_id)
        if row is None:
            raise NotFound(NO_SUCH_TOKEN)
        return row

    async def find_good(self, text: str, *, member_id: str | None) -> TokenRow:
        """Return what was not revoked by id, prefix or whole name; a member's, if one is given.

        Raises NotFound, or InvalidInput where several have that name.
        """
        rows = await self._session.all(TokenRow, _NAMED, text=text.strip())
        found: TokenRow = _only([row for row in rows if member_id in (None, row.member_id)])
        return found

    async def page(
        self,
        *,
        member_id: str | None,
        token_id: str | None,
        good_at_us: int | None,
        before_id: str | None,
        limit: int,
    ) -> list[TokenRow]:
        """Return tokens, the newest first: of a member, only one, or only what is good."""
        statement = _row
        if member_id is not None:
            statement = statement.where(_token.c.member_id == member_id)
        if token_id is not None:
            statement = statement.where(_token.c.id == token_id)
        if good_at_us is not None:
            is_good = or_(_token.c.expires_at.is_(None), _token.c.expires_at > good_at_us)
            statement = statement.where(_token.c.revoked_at.is_(None), is_good)
        if before_id is not None:
            statement = statement.where(_token.c.id < before_id)
        statement = statement.order_by(_token.c.id.desc()).limit(limit)
        return list(await self._session.all(TokenRow, scoped(statement)))

    async def projects(self, token_ids: Sequence[str]) -> dict[str, list[TokenProjectRow]]:
        """Return the projects that each of the tokens is limited to, by name."""
        found: dict[str, list[TokenProjectRow]] = {token_id: [] for token_id in token_ids}
        for row in await self._session.all_in(TokenProjectRow, _PROJECTS, token_ids):
            found[row.token_id].append(row)
        return found

    async def add(self, project_ids: Sequence[str] | None, **values: Any) -> TokenRow:
        """Add a token, limited to some projects where those are given, and return it."""
        limited = project_ids is not None
        stamped = {**values, "is_limited": limited, "created_at": self._session.now_us}
        await self._session.insert(Token, stamped)
        if project_ids:
            rows = [{"token_id": values["id"], "project_id": one} for one in project_ids]
            await self._session.insert(TokenProject, *rows)
        return await self.get(values["id"])

    async def revoke(self, token_id: str) -> TokenRow:
        """Revoke a token and return it; raises NotFound where it was revoked already."""
        if not await self._session.change(_REVOKE, token=token_id, now=self._session.now_us):
            raise NotFound(NO_SUCH_TOKEN)
        return await self.get(token_id)

    async def note_use(self, token_id: str, at_us: int, *, unless_after_us: int) -> None:
        """Note that a token was used, unless that is known of a later instant than this one."""
        await self._session.change(_USED, token=token_id, at=at_us, before=unless_after_us)


async def list_tokens(session: Session) -> list[Any]:
    """Return all tokens of the database, the oldest first; there are no secrets in them."""
    return list(await session.unscoped(_TOKENS))


async def count_tokens(session: Session) -> int:
    """Count the tokens that were ever made."""
    return int((await session.unscoped(_COUNT))[0].count)


async def find_good_token(session: Session, name_or_id: str) -> Any:
    """Return a token of any organisation by id, prefix or name; raises NotFound or InvalidInput."""
    rows = await list_tokens(session)
    return _only(
        [
            row
            for row in rows
            if row.revoked_at is None and name_or_id in (row.id, row.prefix, row.name)
        ]
    )


def _only(rows: Sequence[Any]) -> Any:
    """Return the one token there is."""
    if not rows:
        raise NotFound(NO_SUCH_TOKEN)
    if len(rows) > 1:
        raise InvalidInput(
            "Several tokens have that name: give the id.",
            candidates=[{"id": row.id, "name": row.name} for row in rows],
        )
    return rows[0]
