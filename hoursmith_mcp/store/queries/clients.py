"""Clients, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, literal_column

from hoursmith_mcp.errors import Conflict, NotFound
from hoursmith_mcp.store.queries.names import Kind, find_id
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client
from hoursmith_mcp.store.tenancy import scoped

_client = core_table(Client)
_named = select(_client.c.id, _client.c.name, literal_column("''").label("context")).where(
    _client.c.deleted_at.is_(None)
)
_live = _named.where(_client.c.archived_at.is_(None)).order_by(_client.c.name_key, _client.c.id)
_BY_ID = scoped(
    select(_client).where(_client.c.id == bindparam("id"), _client.c.deleted_at.is_(None))
)
_BY_IDS = scoped(select(_client).where(_client.c.id.in_(bindparam("ids", expanding=True))))

CLIENT = Kind(
    noun="client",
    prefix="cl",
    by_key=scoped(_live.where(_client.c.name_key == bindparam("key"))),
    live=scoped(_live),
    archived=scoped(_named.where(_client.c.archived_at.is_not(None)).order_by(_client.c.id)),
    create="Make one with create_client.",
)


class Clients:
    """The clients of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, client_id: str) -> Client:
        """Return a client by id; raises NotFound."""
        row = await self._session.first(Client, _BY_ID, id=client_id)
        if row is None:
            raise NotFound("There is no client with that id. find() lists what is there.")
        return row

    async def of_ids(self, client_ids: Sequence[str]) -> Sequence[Client]:
        """Return clients by their ids, in no order."""
        return await self._session.all(Client, _BY_IDS, ids=list(client_ids))

    async def find(self, text: str, *, writing: bool, whole: bool = False) -> Client:
        """Return the client that an id or a name means; raises NotFound or InvalidInput."""
        found = await find_id(self._session, CLIENT, text, writing=writing, whole=whole)
        return await self.get(found)

    async def find_open(self, text: str) -> Client:
        """Return the client that work is for; raises Conflict where it is archived."""
        row = await self.find(text, writing=True)
        if row.archived_at is not None:
            raise client_is_archived(row.name)
        return row

    async def namesake(self, name_key: str) -> Client | None:
        """Return the live client of that folded name, if there is one."""
        rows = await self._session.all(Client, CLIENT.by_key, key=name_key)
        return await self.get(rows[0].id) if rows else None

    async def add(self, **values: Any) -> Client:
        """Add a client and return it."""
        await self._session.insert(Client, {**values, **_new(self._session.now_us)})
        return await self.get(values["id"])

    async def update(self, client_id: str, values: dict[str, Any]) -> Client:
        """Change a client and return it as it is then."""
        await self._session.update(Client, client_id, values)
        return await self.get(client_id)

    async def remove(self, client_id: str) -> None:
        """Delete a client; nothing but undo, activity and its event finds it again."""
        await self._session.update(Client, client_id, {"deleted_at": self._session.now_us})


def client_is_archived(name: str) -> Conflict:
    """Say that no work is done for a client, and the way out."""
    return Conflict(
        f"The client {name} is archived; bring it back first with update_client(archived=false)."
    )


def _new(now_us: int) -> dict[str, Any]:
    return {"version": 1, "created_at": now_us, "updated_at": now_us}
