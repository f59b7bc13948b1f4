"""Currencies that are about to change, and what stands in the way."""

from __future__ import annotations

from sqlalchemy import bindparam

from hoursmith_mcp.core.durations import format_duration
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.schemas.filters import InvoiceFilter, Selection
from hoursmith_mcp.store.queries.invoices import Invoices
from hoursmith_mcp.store.queries.open_work import OpenWorks
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Project
from hoursmith_mcp.store.tenancy import scoped

MOST_NAMED = 8

_project = core_table(Project)
_client = core_table(Client)

_PRICED = (
    select(_project.c.id, _project.c.name)
    .select_from(_project.join(_client, _client.c.id == _project.c.client_id))
    .where(
        _project.c.deleted_at.is_(None),
        _project.c.fixed_fee.is_not(None) | _project.c.budget_amount.is_not(None),
    )
    .order_by(_project.c.name_key, _project.c.id)
)
_PRICED_OF_CLIENT = scoped(_PRICED.where(_project.c.client_id == bindparam("client")))
_PRICED_BY_DEFAULT = scoped(_PRICED.where(_client.c.currency.is_(None)))
_WITHOUT_CURRENCY = scoped(
    select(_client).where(_client.c.currency.is_(None), _client.c.deleted_at.is_(None))
)


class Currencies:
    """The currencies of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def refuse_change(self, client_id: str | None) -> None:
        """Raise Conflict where money is set, or work is priced, in a currency that is to change.

        The currency is the client's, or the organisation's for all clients without their own. What
        is priced is never converted, and never left without a price.
        """
        await self._refuse_money_of_projects(client_id)
        await self._refuse_priced_work(client_id)

    async def _refuse_money_of_projects(self, client_id: str | None) -> None:
        statement = _PRICED_BY_DEFAULT if client_id is None else _PRICED_OF_CLIENT
        given = {} if client_id is None else {"client": client_id}
        rows = await self._session.all(Project, statement, **given)
        if rows:
            names = ", ".join(row.name for row in rows[:MOST_NAMED])
            raise Conflict(
                f"The currency cannot change while money is set in it: {names}. Take the fees and "
                "budgets out with update_project first, and set them anew afterwards.",
                candidates=[{"id": row.id, "name": row.name} for row in rows[:MOST_NAMED]],
            )

    async def _refuse_priced_work(self, client_id: str | None) -> None:
        concerned = {client_id} if client_id is not None else await self._followers()
        drafts = InvoiceFilter(client_id=client_id, statuses=("DRAFT",))
        found = [
            f"the draft {row.id}"
            for row in await Invoices(self._session).every(drafts)
            if row.client_id in concerned
        ]
        found += [
            f"{format_duration(sum(time.seconds for time in work.times))} of {work.client}"
            for work in await OpenWorks(self._session).of(Selection(client_id=client_id))
            if work.times and work.client_id in concerned
        ]
        if found:
            more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
            names = ", ".join(found[:MOST_NAMED])
            raise Conflict(
                f"The currency cannot change while work is priced in it: {names}{more}. Invoice "
                "that first, or take it out: delete the draft, make the time not billable."
            )

    async def _followers(self) -> set[str]:
        """Return the clients that have no currency of their own."""
        return {row.id for row in await self._session.all(Client, _WITHOUT_CURRENCY)}
