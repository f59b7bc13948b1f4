"""Proposals: what a preview said, kept so that the invoice made from it is exactly that."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete

from hoursmith_mcp.core.drafts import LIVES_US
from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Invoice, Project, Proposal, TimeEntry
from hoursmith_mcp.store.tenancy import TENANT, for_the_program, scoped

KEPT_US = 2 * LIVES_US
"""How long a proposal is kept, in microseconds: whoever comes late is told that it has expired."""

_AT_A_TIME = 64

_proposal = core_table(Proposal)
_entry = core_table(TimeEntry)
_invoice = core_table(Invoice)
_project = core_table(Project)
_client = core_table(Client)

_OWN = scoped(
    select(_proposal).where(
        _proposal.c.id == bindparam("id"), _proposal.c.member_id == bindparam("member")
    )
)
_STATES = scoped(
    select(
        _entry.c.id,
        _entry.c.version,
        _entry.c.project_id,
        _entry.c.deleted_at,
        _entry.c.billable,
        _entry.c.line_id,
        _entry.c.entry_date,
        _entry.c.duration_seconds,
        _entry.c.updated_at,
    ).where(_entry.c.id.in_(bindparam("ids", expanding=True)))
)
_PROJECTS = scoped(
    select(
        _project.c.id,
        _project.c.name,
        _project.c.client_id,
        _client.c.name.label("client_name"),
        _project.c.rate_type,
        _project.c.fixed_fee,
        _project.c.deleted_at,
    )
    .select_from(_project.join(_client, _client.c.id == _project.c.client_id))
    .where(_project.c.id.in_(bindparam("ids", expanding=True)))
)

# An invoice leads back to the proposal that it was made of, which therefore stays.
_made = (
    select(_invoice.c.id)
    .where(_invoice.c.proposal_id == _proposal.c.id, _invoice.c.organization_id == TENANT)
    .correlate(_proposal)
)
_EXPIRED = for_the_program(
    delete(_proposal).where(_proposal.c.created_at <= bindparam("before"), ~_made.exists())
)
_aged = _proposal.alias("expired")
_latest = (
    select(_aged.c.id)
    .where(_aged.c.organization_id == TENANT, _aged.c.created_at <= bindparam("before"))
    .order_by(_aged.c.created_at.desc())
    .limit(_AT_A_TIME)
)
_SOME_EXPIRED = scoped(delete(_proposal).where(_proposal.c.id.in_(_latest), ~_made.exists()))


class EntryState(Shape):
    """What became of an entry since it was proposed."""

    id: str
    version: int
    project_id: str
    deleted_at: int | None
    billable: bool
    line_id: str | None
    entry_date: str
    duration_seconds: int
    updated_at: int


class ProjectState(Shape):
    """What became of a project since work on it was proposed."""

    id: str
    name: str
    client_id: str
    client_name: str
    rate_type: str
    fixed_fee: int | None
    deleted_at: int | None


class Proposals:
    """The proposals of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, proposal_id: str, member_id: str) -> Proposal:
        """Return a member's own proposal; raises NotFound."""
        row = await self._session.first(
            Proposal, _OWN, id=proposal_id.strip().lower(), member=member_id
        )
        if row is None:
            raise NotFound("There is no proposal of yours with that id. preview_invoice makes one.")
        return row

    async def add(self, **values: Any) -> None:
        """Keep a proposal for 24 hours; a few of the expired ones make room for it.

        Where nothing but previews are made those are all there are. The others come with
        `forget_expired`, which follows upon changes: without one no proposal becomes an invoice.
        """
        await self._session.change(_SOME_EXPIRED, before=self._session.now_us - KEPT_US)
        now_us = self._session.now_us
        stamped = {**values, "created_at": now_us, "expires_at": now_us + LIVES_US}
        await self._session.insert(Proposal, stamped)

    async def forget_expired(self) -> None:
        """Delete the organisation's proposals that are long expired and became no invoice."""
        await self._session.change(_EXPIRED, before=self._session.now_us - KEPT_US)

    async def states(self, entry_ids: list[str]) -> dict[str, EntryState]:
        """Return entries as they are now, deleted and billed ones too."""
        rows = await self._session.all_in(EntryState, _STATES, entry_ids)
        return {row.id: row for row in rows}

    async def projects(self, project_ids: list[str]) -> dict[str, ProjectState]:
        """Return projects as they are now, deleted ones too."""
        rows = await self._session.all_in(ProjectState, _PROJECTS, project_ids)
        return {row.id: row for row in rows}
