"""Search over everything that has a name."""

from __future__ import annotations

from collections.abc import Sequence

from hoursmith_mcp.core.names import Candidate, match_names
from hoursmith_mcp.store.queries.clients import CLIENT
from hoursmith_mcp.store.queries.members import MEMBER
from hoursmith_mcp.store.queries.names import Hit, Kind
from hoursmith_mcp.store.queries.projects import PROJECT
from hoursmith_mcp.store.queries.tasks import TASK
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.store.tenancy import Scoped

KINDS: dict[str, Kind] = {one.noun: one for one in (CLIENT, PROJECT, TASK, MEMBER)}


class Search:
    """The names of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def search(self, query: str, *, kinds: Sequence[str] | None, archived: bool) -> list[Hit]:
        """Return what the words find, kind by kind, what is archived last; all for no words."""
        chosen = [KINDS[noun] for noun in kinds or KINDS]
        hits = [hit for kind in chosen for hit in await self._hits(kind, kind.live, query)]
        if archived:
            for kind in chosen:
                if kind.archived is not None:
                    hits += await self._hits(kind, kind.archived, query)
        return hits

    async def _hits(self, kind: Kind, statement: Scoped, query: str) -> list[Hit]:
        rows = await self._session.all(Candidate, statement)
        candidates = [Candidate(row.id, row.name, row.context or "") for row in rows]
        found = match_names(query, candidates) if query.strip() else candidates
        archived = statement is kind.archived
        return [Hit(kind.noun, one.id, one.name, one.context, archived) for one in found]
