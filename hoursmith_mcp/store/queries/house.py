"""All organisations of a database, for the commands that run the house."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, insert

from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.store.founding import founding_rows
from hoursmith_mcp.store.revision import require_revision
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Member, Organization

_organization = core_table(Organization)
_member = core_table(Member)

_ORGANIZATIONS = (
    select(
        _organization.c.id,
        _organization.c.name,
        _organization.c.live,
        _organization.c.created_at,
        func.count(_member.c.id).label("members"),
    )
    .select_from(
        _organization.outerjoin(
            _member,
            (_member.c.organization_id == _organization.c.id)
            & _member.c.deleted_at.is_(None)
            & _member.c.joined_at.is_not(None),
        )
    )
    .group_by(_organization.c.id)
    .order_by(_organization.c.created_at, _organization.c.id)
)


async def list_organizations(session: Session) -> list[Any]:
    """Return all organisations of the database, the oldest first, with how many have joined."""
    return list(await session.unscoped(_ORGANIZATIONS))


async def found_another(
    session: Session, entropy: Callable[[int], bytes], *, name: str, **owner: Any
) -> tuple[str, str]:
    """Make an organisation with its owner, and return the ids of both.

    Raises Conflict where there is one of that name: nobody could tell them apart.
    """
    await require_revision(session)
    for row in await list_organizations(session):
        if row.name == name:
            raise Conflict(f"There is an organisation {name} already: {row.id}.")
    rows = founding_rows(session.now_us, entropy, name=name, **owner)
    for table, row in rows:
        await session.unscoped(insert(core_table(table)).values(row))
    (_, organization), _, (_, member) = rows
    return organization["id"], member["id"]
