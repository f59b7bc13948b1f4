"""Events as they were written, for whoever reads them again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam

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

    async def after(
        self, event_id: str | None, *, kinds: Sequence[str], since_us: int, limit: int
    ) -> Sequence[ToldRow]:
        """Return the events behind one, in their order: of some types, not older than an instant.

        Raises NotFound where there is no such event.
        """
        statement = select(_event).where(_event.c.occurred_at >= since_us)
        if event_id is not None:
            place = await self._session.first(_Place, _SEQUENCE, id=event_id.strip().lower())
            if place is None:
                raise NotFound("There is no event with that id; leave it out to begin anew.")
            statement = statement.where(_event.c.sequence > place.sequence)
        if kinds:
            statement = statement.where(_event.c.type.in_(kinds))
        statement = statement.order_by(_event.c.sequence).limit(limit)
        return await self._session.all(ToldRow, scoped(statement))
