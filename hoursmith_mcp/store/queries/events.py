"""Events as they were written, for whoever reads them again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam

from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Event
from hoursmith_mcp.store.tenancy import scoped

_event = core_table(Event)
_SEQUENCE = scoped(select(_event.c.sequence).where(_event.c.id == bindparam("id")))


class ToldRow(Shape):
    """An event."""

    id: str
    type: str
    version: int
    data: str
    occurred_at: int


class _Place(Shape):
    sequence: int


class Events:
    """The events of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def since(
        self, instant_us: int, *, types: Sequence[str], limit: int
    ) -> Sequence[ToldRow]:
        """Return the first events from an instant on, of some types, in their order."""
        return await self._first(limit, types, _event.c.occurred_at >= instant_us)

    async def after(self, event_id: str, *, types: Sequence[str], limit: int) -> Sequence[ToldRow]:
        """Return the events behind one, of some types, in their order; however long ago that was.

        Raises NotFound where there is no such event.
        """
        place = await self._session.first(_Place, _SEQUENCE, id=event_id.strip().lower())
        if place is None:
            raise NotFound("There is no event with that id; leave it out to begin anew.")
        return await self._first(limit, types, _event.c.sequence > place.sequence)

    async def _first(
        self, limit: int, types: Sequence[str], condition: ColumnElement[bool]
    ) -> Sequence[ToldRow]:
        statement = select(_event).where(condition, _event.c.type.in_(types))
        statement = statement.order_by(_event.c.sequence).limit(limit)
        return await self._session.all(ToldRow, scoped(statement))
