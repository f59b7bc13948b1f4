"""Dated rates, as records that are never rewritten, only replaced on the day they begin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, or_, update

from hoursmith_mcp.core.rates import (
    RateBook,
    RateLevel,
    RateRecord,
    rate_on,
    start_sentences,
)
from hoursmith_mcp.store.queries.projects import ProjectRow
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import AnySelect, select
from hoursmith_mcp.store.tables import Client, Project, Rate
from hoursmith_mcp.store.tenancy import Scoped, scoped

MOST_NAMED = 8

_rate = core_table(Rate)
_client = core_table(Client)
_project = core_table(Project)

_live = select(_rate).where(_rate.c.deleted_at.is_(None))


def _of(*columns: str) -> Scoped:
    """Return the statement that reads the records of a level, which has exactly these ids."""
    statement: AnySelect = _live
    for column in ("client_id", "project_id", "task_id", "member_id"):
        means = _rate.c[column]
        named = column in columns
        statement = statement.where(means == bindparam(column) if named else means.is_(None))
    return scoped(statement)


_OF_LEVEL = {
    RateLevel.PROJECT_MEMBER: _of("project_id", "member_id"),
    RateLevel.TASK: _of("task_id"),
    RateLevel.PROJECT: _of("project_id"),
    RateLevel.MEMBER: _of("member_id"),
    RateLevel.CLIENT: _of("client_id"),
    RateLevel.ORGANIZATION: _of(),
}
# Every record that may hold for work on a project; a level's ids that are not its own are null.
_CANDIDATES = scoped(
    _live.where(
        or_(_rate.c.project_id.is_(None), _rate.c.project_id == bindparam("project_id")),
        or_(_rate.c.client_id.is_(None), _rate.c.client_id == bindparam("client_id")),
        or_(_rate.c.task_id.is_(None), _rate.c.task_id == bindparam("task_id")),
        or_(_rate.c.member_id.is_(None), _rate.c.member_id == bindparam("member_id")),
        _rate.c.currency == bindparam("currency"),
    )
)
# The same for several projects at once, without what only a task or a member has.
_CANDIDATES_OF_MANY = scoped(
    _live.where(
        or_(_rate.c.project_id.is_(None), _rate.c.project_id.in_(bindparam("ids", expanding=True))),
        or_(
            _rate.c.client_id.is_(None),
            _rate.c.client_id.in_(bindparam("client_ids", expanding=True)),
        ),
        _rate.c.task_id.is_(None),
        _rate.c.member_id.is_(None),
    )
)
_OF_CLIENTS = scoped(_live.where(_rate.c.client_id.in_(bindparam("ids", expanding=True))))
_REPLACE = scoped(
    update(_rate).where(_rate.c.id == bindparam("id_")).values(deleted_at=bindparam("now"))
)
_NOBODY = _NO_CURRENCY = ""


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
    client_id: str | None
    project_id: str | None
    task_id: str | None
    member_id: str | None


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

    async def of_client(self, client_id: str) -> list[RateRow]:
        """Return a client's rates."""
        return await self.of_level(client_id=client_id)

    async def of_organization(self) -> list[RateRow]:
        """Return the organisation's rates."""
        return await self.of_level()

    async def of_level(
        self,
        *,
        client_id: str | None = None,
        project_id: str | None = None,
        task_id: str | None = None,
        member_id: str | None = None,
    ) -> list[RateRow]:
        """Return the records of the level that is named by its ids: none, the organisation's."""
        ids = {
            "client_id": client_id,
            "project_id": project_id,
            "task_id": task_id,
            "member_id": member_id,
        }
        level = level_of(**ids)
        named = {column: value for column, value in ids.items() if value is not None}
        rows = await self._session.all(RateRow, _OF_LEVEL[level], **named)
        return sorted(rows, key=lambda row: (row.starts_on or "", row.id))

    async def in_force(
        self,
        project_id: str,
        client_id: str,
        currency: str | None,
        day: date,
        *,
        task_id: str | None = None,
        member_id: str | None = None,
    ) -> RateInForce | None:
        """Return the rate that holds for work on a project on a day, and the level it is from.

        The first level with a rate in the client's currency decides. Records in other currencies
        are passed over, never converted; without a task or member, theirs are too.
        """
        if currency is None:
            return None
        ids = {
            "project_id": project_id,
            "client_id": client_id,
            "task_id": task_id,
            "member_id": member_id or _NOBODY,
        }
        rows = await self._session.all(RateRow, _CANDIDATES, currency=currency, **ids)
        book = RateBook(rate_record(row) for row in rows)
        found = book.resolve(
            currency=currency,
            day=day,
            project_id=project_id,
            client_id=client_id,
            task_id=task_id,
            member_id=member_id or _NOBODY,
        )
        if found is None:
            return None
        return RateInForce(found.level, next(row for row in rows if row.id == found.id))

    async def of_clients(self, client_ids: Sequence[str]) -> dict[str, list[RateRow]]:
        """Return the rates of several clients, by their ids."""
        found: dict[str, list[RateRow]] = {client_id: [] for client_id in client_ids}
        for row in await self._session.all(RateRow, _OF_CLIENTS, ids=list(client_ids)):
            if row.client_id is not None:
                found[row.client_id].append(row)
        return found

    async def in_force_on(
        self, projects: Sequence[ProjectRow], currency: str | None, day: date
    ) -> dict[str, RateInForce]:
        """Return the rates that hold for work on several projects on a day, by their ids.

        `currency` is that of clients without their own.
        """
        ids = [row.id for row in projects]
        client_ids = sorted({row.client_id for row in projects})
        rows = await self._session.all(RateRow, _CANDIDATES_OF_MANY, ids=ids, client_ids=client_ids)
        by_id = {row.id: row for row in rows}
        book = RateBook(rate_record(row) for row in rows)
        found: dict[str, RateInForce] = {}
        for one in projects:
            record = book.resolve(
                currency=one.client_currency or currency or _NO_CURRENCY,
                day=day,
                project_id=one.id,
                client_id=one.client_id,
                task_id=None,
                member_id=_NOBODY,
            )
            if record is not None:
                found[one.id] = RateInForce(record.level, by_id[record.id])
        return found

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
        task_id: str | None = None,
        member_id: str | None = None,
    ) -> RateSet:
        """Make a rate hold from a day on, by default today, at the level that is named.

        The first record of a level has no start: it holds for all days before, too. One that
        begins on the same day is replaced; an equal rate that holds already is left alone.
        """
        ids = {
            "client_id": client_id,
            "project_id": project_id,
            "task_id": task_id,
            "member_id": member_id,
        }
        known = await self._in_currency(currency, ids)
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
                **ids,
                "created_at": self._session.now_us,
            },
        )
        known = await self._in_currency(currency, ids)
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

    async def _in_currency(self, currency: str, ids: dict[str, str | None]) -> list[RateRow]:
        return [one for one in await self.of_level(**ids) if one.currency == currency]


def level_of(
    *,
    client_id: str | None,
    project_id: str | None,
    task_id: str | None,
    member_id: str | None,
) -> RateLevel:
    """Return the level that a record with these ids is of."""
    if project_id is not None:
        return RateLevel.PROJECT_MEMBER if member_id is not None else RateLevel.PROJECT
    if task_id is not None:
        return RateLevel.TASK
    if member_id is not None:
        return RateLevel.MEMBER
    return RateLevel.CLIENT if client_id is not None else RateLevel.ORGANIZATION


def rate_record(row: RateRow | Rate) -> RateRecord:
    """Return a row as the core knows it."""
    ids = {
        "client_id": row.client_id,
        "project_id": row.project_id,
        "task_id": row.task_id,
        "member_id": row.member_id,
    }
    return RateRecord(
        id=row.id,
        level=level_of(**ids),
        rate=row.rate,
        currency=row.currency,
        starts_on=date.fromisoformat(row.starts_on) if row.starts_on is not None else None,
        **ids,
    )


def _of_or_without(client_id: str | None) -> Any:
    return _client.c.currency.is_(None) if client_id is None else _client.c.id == client_id


def _sentences(
    record: RateRow, known: list[RateRow], today: date, *, day_was_given: bool
) -> list[str]:
    holds_today = rate_on(known, today) is record
    return start_sentences(record, holds_today=holds_today, day_was_given=day_was_given)
