"""The organisation itself."""

from __future__ import annotations

from typing import Any, cast

from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Organization
from hoursmith_mcp.store.tenancy import scoped

_THIS = scoped(select(core_table(Organization)))


class Organizations:
    """The organisation of the unit of work; there is no way to another."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self) -> Organization:
        """Return the organisation."""
        return cast("Organization", await self._session.first(Organization, _THIS))

    async def update(self, values: dict[str, Any]) -> Organization:
        """Change the organisation and return it as it is then."""
        await self._session.update(Organization, self._session.organization_id, values)
        return await self.get()
