"""Dated rates, as records that are never rewritten, only replaced on the day they begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, or_, update

from hoursmith_mcp.core.rates import RateBook, RateLevel, RateRecord, rate_on
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import AnySelect, select
from hoursmith_mcp.store.tables import Rate
from hoursmith_mcp.store.tenancy import Scoped, scoped

_rate = core_table(Rate)

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
_REPLACE = scoped(
    update(_rate).where(_rate.c.id == bindparam("id_")).values(deleted_at=bindparam("now"))
)
_NOBODY = ""


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

    async def set(
        self,
        rate_id: str,
        *,
        rate: int,
        currency: str,
        from_day: date,
        client_id: str | None = None,
        project_id: str | None = None,
        task_id: str | None = None,
        member_id: str | None = None,
    ) -> bool:
        """Make a rate hold from a day on, at the level that is named, and say whether it was news.

        The first record of a level has no start: it holds for all days before, too. One that
        begins on the same day is replaced; an equal rate that holds already is left alone.
        """
        ids = {
            "client_id": client_id,
            "project_id": project_id,
            "task_id": task_id,
            "member_id": member_id,
        }
        known = [one for one in await self.of_level(**ids) if one.currency == currency]
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
                **ids,
                "created_at": self._session.now_us,
            },
        )
        return True


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
