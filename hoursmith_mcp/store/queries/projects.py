"""Projects, as rows that know their client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func

from hoursmith_mcp.errors import Conflict, NotFound
from hoursmith_mcp.store.queries.clients import CLIENT, client_is_archived
from hoursmith_mcp.store.queries.names import Kind, find_id
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Project, TimeEntry
from hoursmith_mcp.store.tenancy import for_the_program, scoped

_project = core_table(Project)
_client = core_table(Client)
_entry = core_table(TimeEntry)

_joined = _project.join(_client, _client.c.id == _project.c.client_id)
_named = (
    select(_project.c.id, _project.c.name, _client.c.name.label("context"))
    .select_from(_joined)
    .where(_project.c.deleted_at.is_(None))
    .order_by(_project.c.name_key, _client.c.name_key, _project.c.id)
)
_is_archived = (_project.c.status == "ARCHIVED") | _client.c.archived_at.is_not(None)
_live = _named.where(~_is_archived)
_row = (
    select(
        _project,
        _client.c.name.label("client_name"),
        _client.c.currency.label("client_currency"),
        _client.c.archived_at.label("client_archived_at"),
    )
    .select_from(_joined)
    .where(_project.c.deleted_at.is_(None))
)
_BY_ID = scoped(_row.where(_project.c.id == bindparam("id")))
_BY_IDS = scoped(_row.where(_project.c.id.in_(bindparam("ids", expanding=True))))
_LIVE_OF_CLIENT = scoped(_row.where(_project.c.client_id == bindparam("client"), ~_is_archived))
_EVERY_ID = scoped(
    select(_project.c.id).where(_project.c.deleted_at.is_(None)).order_by(_project.c.id)
)
_REACHED = scoped(select(_project.c.id).where(_project.c.id.in_(bindparam("ids", expanding=True))))
# A name is unique among all of a client's projects, whoever asks.
_NAMESAKE = for_the_program(
    select(_project.c.id).where(
        _project.c.name_key == bindparam("key"),
        _project.c.client_id == bindparam("client"),
        _project.c.deleted_at.is_(None),
        _project.c.status != "ARCHIVED",
    )
)
_of_client = select(_project.c.id).where(
    _project.c.client_id == bindparam("client"), _project.c.deleted_at.is_(None)
)
_ALL_OF_CLIENT = scoped(_of_client)
_OF_CLIENT = scoped(_of_client.where(_project.c.status == "ACTIVE"))
_LOGGED = scoped(
    select(func.coalesce(func.sum(_entry.c.duration_seconds), 0).label("seconds")).where(
        _entry.c.project_id == bindparam("id"), _entry.c.deleted_at.is_(None)
    )
)

PROJECT = Kind(
    noun="project",
    prefix="pr",
    by_key=scoped(_live.where(_project.c.name_key == bindparam("key"))),
    live=scoped(_live),
    archived=scoped(_named.where(_is_archived)),
    create="Make one with create_project.",
    owners=("client",),
    owner=CLIENT,
)


class ProjectRow(Shape):
    """A project's columns, with what is shown of its client."""

    id: str
    client_id: str
    name: str
    description: str | None
    color: str | None
    status: str
    rate_type: str
    fixed_fee: int | None
    rounding_minutes: int | None
    rounding_mode: str | None
    rounding_per: str | None
    budget_seconds: int | None
    budget_amount: int | None
    start_date: str | None
    due_date: str | None
    created_at: int
    updated_at: int
    client_name: str
    client_currency: str | None
    client_archived_at: int | None


class _Seconds(Shape):
    seconds: int


async def reached_of(session: Session, project_ids: Sequence[str]) -> set[str]:
    """Return those of some projects that a session reaches; without a confinement all of them."""
    ids = set(project_ids)
    if session.confinement is None or not ids:
        return ids
    return {row.id for row in await session.all(Project, _REACHED, ids=sorted(ids))}


async def reaches_all(session: Session, project_ids: Sequence[str]) -> bool:
    """Say whether a session reaches all of these projects; without a confinement it does."""
    return await reached_of(session, project_ids) == set(project_ids)


class Projects:
    """The projects of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, project_id: str) -> ProjectRow:
        """Return a project by id; raises NotFound."""
        row = await self._session.first(ProjectRow, _BY_ID, id=project_id)
        if row is None:
            raise NotFound("There is no project with that id. find() lists what is there.")
        return row

    async def of_ids(self, project_ids: Sequence[str]) -> Sequence[ProjectRow]:
        """Return projects by their ids, in no order."""
        return await self._session.all(ProjectRow, _BY_IDS, ids=list(project_ids))

    async def of_client(self, client_id: str) -> Sequence[ProjectRow]:
        """Return the projects of a client that are not put away, in no order."""
        return await self._session.all(ProjectRow, _LIVE_OF_CLIENT, client=client_id)

    async def find(self, text: str, *, writing: bool, whole: bool = False) -> ProjectRow:
        """Return the project that an id or a name means; raises NotFound or InvalidInput."""
        found = await find_id(self._session, PROJECT, text, writing=writing, whole=whole)
        return await self.get(found)

    async def find_open(self, text: str) -> ProjectRow:
        """Return the project that work is for; raises Conflict where it is put away."""
        row = await self.find(text, writing=True)
        if row.client_archived_at is not None:
            raise client_is_archived(row.client_name)
        if row.status == "ARCHIVED":
            raise Conflict(
                f"The project {row.name} is archived; bring it back first with "
                'update_project(status="ACTIVE").'
            )
        return row

    async def namesake(self, name_key: str, client_id: str) -> ProjectRow | None:
        """Return the client's live project of that folded name, if there is one.

        Raises Conflict where it is none that the caller may know more of.
        """
        row = await self._session.first(Project, _NAMESAKE, key=name_key, client=client_id)
        if row is not None and not await reaches_all(self._session, [row.id]):
            raise Conflict("Another project of that client has that name; give another name.")
        return await self.get(row.id) if row is not None else None

    async def every_id(self) -> list[str]:
        """Return the ids of all projects that the session reaches."""
        return [row.id for row in await self._session.all(Project, _EVERY_ID)]

    async def reached(self, project_ids: Sequence[str]) -> set[str]:
        """Return those of some projects that the session reaches."""
        rows = await self._session.all(Project, _REACHED, ids=list(project_ids))
        return {row.id for row in rows}

    async def count_all(self, client_id: str) -> int:
        """Count the projects of a client, archived ones too."""
        return len(await self._session.all(Project, _ALL_OF_CLIENT, client=client_id))

    async def count_active(self, client_id: str) -> int:
        """Count the active projects of a client."""
        return len(await self._session.all(Project, _OF_CLIENT, client=client_id))

    async def logged_seconds(self, project_id: str) -> int:
        """Add up all time that was logged on a project."""
        row = await self._session.first(_Seconds, _LOGGED, id=project_id)
        return int(row.seconds) if row is not None else 0

    async def add(self, **values: Any) -> ProjectRow:
        """Add a project and return it."""
        now_us = self._session.now_us
        stamped = {**values, "version": 1, "created_at": now_us, "updated_at": now_us}
        await self._session.insert(Project, stamped)
        return await self.get(values["id"])

    async def update(self, project_id: str, values: dict[str, Any]) -> ProjectRow:
        """Change a project and return it as it is then."""
        await self._session.update(Project, project_id, values)
        return await self.get(project_id)
