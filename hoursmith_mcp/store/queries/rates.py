"""Dated rates, as records that are never rewritten, only replaced on the day they begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, update

from hoursmith_mcp.core.rates import rate_on
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Rate
from hoursmith_mcp.store.tenancy import scoped

_rate = core_table(Rate)
_LEVELS = ("client_id", "project_id", "task_id", "member_id")

_live = select(_rate).where(_rate.c.deleted_at.is_(None))
_OF_PROJECT = scoped(
    _live.where(
        _rate.c.project_id == bindparam("project"),
        _rate.c.member_id.is_(None),
        _rate.c.task_id.is_(None),
    )
)
_OF_CLIENT = scoped(_live.where(_rate.c.client_id == bindparam("client")))
_OF_ORGANIZATION = scoped(_live.where(*(_rate.c[level].is_(None) for level in _LEVELS)))
_REPLACE = scoped(
    update(_rate).where(_rate.c.id == bindparam("id_")).values(deleted_at=bindparam("now"))
)


class RateRow(Shape):
    """A rate record; `rate` is in 1/10,000 of the currency's unit."""

    id: str
    starts_on: str | None
    rate: int
    currency: str


@dataclass(frozen=True)
class RateInForce:
    """A rate that holds on a day, and the level that it comes from."""

    level: str
    record: RateRow


class Rates:
    """The rates of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def of_project(self, project_id: str) -> list[RateRow]:
        """Return a project's own rates."""
        return list(await self._session.all(RateRow, _OF_PROJECT, project=project_id))

    async def of_client(self, client_id: str) -> list[RateRow]:
        """Return a client's rates."""
        return list(await self._session.all(RateRow, _OF_CLIENT, client=client_id))

    async def of_organization(self) -> list[RateRow]:
        """Return the organisation's rates."""
        return list(await self._session.all(RateRow, _OF_ORGANIZATION))

    async def in_force(
        self, project_id: str, client_id: str, currency: str | None, day: date
    ) -> RateInForce | None:
        """Return the rate that holds for a project's hours on a day, and the level it is from.

        The first level with a rate in the client's currency decides: project, client, organisation.
        Records in other currencies are passed over, never converted.
        """
        levels = {
            "project": await self.of_project(project_id),
            "client": await self.of_client(client_id),
            "organization": await self.of_organization(),
        }
        for level, records in levels.items():
            record = rate_on([one for one in records if one.currency == currency], day)
            if record is not None:
                return RateInForce(level, record)
        return None

    async def set(
        self,
        rate_id: str,
        *,
        rate: int,
        currency: str,
        from_day: date,
        client_id: str | None = None,
        project_id: str | None = None,
    ) -> bool:
        """Make a rate hold from a day on, at the level that is named, and say whether it was news.

        The first record of a level has no start: it holds for all days before, too. One that
        begins on the same day is replaced; an equal rate that holds already is left alone.
        """
        known = await (
            self.of_project(project_id)
            if project_id is not None
            else self.of_client(client_id)
            if client_id is not None
            else self.of_organization()
        )
        known = [one for one in known if one.currency == currency]
        current = rate_on(known, from_day)
        if current is not None and current.rate == rate:
            return False
        starts_on = from_day.isoformat() if known else None
        for same_day in known:
            if same_day.starts_on == starts_on:
                await self._session.change(_REPLACE, id_=same_day.id, now=self._session.now_us)
        await self._session.insert(
            Rate,
            {
                "id": rate_id,
                "rate": rate,
                "currency": currency,
                "starts_on": starts_on,
                "client_id": client_id,
                "project_id": project_id,
                "created_at": self._session.now_us,
            },
        )
        return True
