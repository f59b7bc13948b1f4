"""Dated rates, as records that are never rewritten, only replaced on the day they begin."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, update

from hoursmith_mcp.core.rates import rate_on, start_sentences
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Client, Project, Rate
from hoursmith_mcp.store.tenancy import scoped

MOST_NAMED = 8

_rate = core_table(Rate)
_client = core_table(Client)
_project = core_table(Project)
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


_BY_CLIENT = (
    select(_rate.c.currency, _client.c.name)
    .select_from(_rate.join(_client, _client.c.id == _rate.c.client_id))
    .where(_rate.c.deleted_at.is_(None), _client.c.deleted_at.is_(None))
    .order_by(_client.c.name_key)
)
_BY_PROJECT = (
    select(_rate.c.currency, _project.c.name, _client.c.name.label("context"))
    .select_from(
        _rate.join(_project, _project.c.id == _rate.c.project_id).join(
            _client, _client.c.id == _project.c.client_id
        )
    )
    .where(_rate.c.deleted_at.is_(None), _project.c.deleted_at.is_(None))
    .order_by(_project.c.name_key, _client.c.name_key)
)


class _Named(Shape):
    currency: str
    name: str
    context: str


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


@dataclass(frozen=True)
class RateSet:
    """What became of a rate that was given: whether it was news, and what is to be said of it."""

    is_new: bool
    warnings: list[str]


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
        today: date,
        from_day: date | None = None,
        client_id: str | None = None,
        project_id: str | None = None,
    ) -> RateSet:
        """Make a rate hold from a day on, by default today, at the level that is named.

        The first record of a level has no start: it holds for all days before, too. One that
        begins on the same day is replaced; an equal rate that holds already is left alone.
        """
        known = await self._of_level(currency, client_id, project_id)
        begins = from_day or today
        current = rate_on(known, begins)
        if current is not None and current.rate == rate:
            return RateSet(False, _sentences(current, known, today, day_was_given=False))
        starts_on = begins.isoformat() if known else None
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
        known = await self._of_level(currency, client_id, project_id)
        record = next(one for one in known if one.starts_on == starts_on)
        return RateSet(True, _sentences(record, known, today, day_was_given=from_day is not None))

    async def passed_over(
        self,
        old: str | None,
        new: str | None,
        *,
        client_id: str | None = None,
        project_id: str | None = None,
    ) -> list[str]:
        """Say which rates hold no longer, now that a currency was changed.

        It is the currency of a project, of a client, or of all clients without their own.
        """
        if old == new:
            return []
        levels: dict[str, set[str]] = defaultdict(set)
        if project_id is None:
            narrow = _of_or_without(client_id)
            for row in await self._session.all(_Named, scoped(_BY_CLIENT.where(narrow))):
                levels[row.name].add(row.currency)
        else:
            narrow = _project.c.id == project_id
        for row in await self._session.all(_Named, scoped(_BY_PROJECT.where(narrow))):
            levels[f"{row.name} ({row.context})"].add(row.currency)
        if client_id is None and project_id is None:
            levels["the organisation"] = {one.currency for one in await self.of_organization()}
        names = [name for name, kept in levels.items() if old in kept and new not in kept]
        if not names:
            return []
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        return [
            f"Rates in {old} hold no longer: {', '.join(names[:MOST_NAMED])}{more}. Set them anew."
        ]

    async def _of_level(
        self, currency: str, client_id: str | None, project_id: str | None
    ) -> list[RateRow]:
        if project_id is not None:
            found = await self.of_project(project_id)
        elif client_id is not None:
            found = await self.of_client(client_id)
        else:
            found = await self.of_organization()
        return [one for one in found if one.currency == currency]


def _of_or_without(client_id: str | None) -> Any:
    return _client.c.currency.is_(None) if client_id is None else _client.c.id == client_id


def _sentences(
    record: RateRow, known: list[RateRow], today: date, *, day_was_given: bool
) -> list[str]:
    holds_today = rate_on(known, today) is record
    return start_sentences(record, holds_today=holds_today, day_was_given=day_was_given)
