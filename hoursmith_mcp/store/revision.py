"""Which revision of the schema this program speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import column, select, table

from hoursmith_mcp.errors import Unavailable

if TYPE_CHECKING:
    from hoursmith_mcp.store.session import Session

REVISION = "0005"
"""The newest migration; a test compares it with the scripts."""

alembic_version = table("alembic_version", column("version_num"))
CURRENT_REVISION = select(alembic_version.c.version_num).scalar_subquery()


def check_revision(found: str | None) -> None:
    """Raise Unavailable when the database is not of the revision that this program speaks."""
    if found != REVISION:
        raise Unavailable(
            "The database was upgraded by a newer Hoursmith while this one was running; nothing "
            "was stored. Restart this program, or install the newer version."
        )


async def require_revision(session: Session) -> None:
    """Check the revision for house-keeping that writes; calls read it with who is calling."""
    (row,) = await session.unscoped(select(CURRENT_REVISION.label("revision")))
    check_revision(row.revision)
