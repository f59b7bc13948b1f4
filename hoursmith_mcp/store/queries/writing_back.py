"""Rows as they were: written back where nothing was built on them since, else nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete, update

from hoursmith_mcp.core.billing import SECONDS_PER_DAY
from hoursmith_mcp.core.durations import format_duration
from hoursmith_mcp.errors import Conflict, NotFound
from hoursmith_mcp.store import tables
from hoursmith_mcp.store.journal import CLAIM, Place, RowChange, digest
from hoursmith_mcp.store.queries.claims import Claims
from hoursmith_mcp.store.queries.obstacles import Obstacles
from hoursmith_mcp.store.queries.projects import Projects
from hoursmith_mcp.store.queries.tasks import Tasks
from hoursmith_mcp.store.queries.time_entries import TimeEntries
from hoursmith_mcp.store.session import Session, core_table, rows_of
from hoursmith_mcp.store.tenancy import COLUMN, Scoped, scoped

Row = dict[str, Any]

_CLASSES: dict[str, type[tables.Table]] = {
    core_table(one).name: one for one in tables.Table.__subclasses__()
}
_REMOVED = ("deleted_at", "voided_at")
"""Where one of these is, a row is never deleted: it says from when on it counts no more."""

_OF_A_BALANCE = {"status", "paid", "paid_at"}


class ChangedSince(Exception):
    """A row is not as the unit left it."""

    def __init__(self, place: Place) -> None:
        """Take where the row is."""
        super().__init__()
        self.place = place


class WritingBack:
    """One unit's rows, written back; `only_of` is whose things alone may be touched.

    `telling` names invoices to who may see them.
    """

    def __init__(self, session: Session, *, only_of: str | None, telling: bool) -> None:
        """Take a session."""
        self._session = session
        self._only_of = only_of
        self._claims = Claims(session)
        self._obstacles = Obstacles(session, telling=telling)

    async def write(self, changes: Sequence[RowChange]) -> None:
        """Write rows back, what came last first.

        Raises ChangedSince, Conflict that names what stands in the way, or NotFound where a thing
        is not the member's any more. The unit that calls then ends, so nothing of it is stored.
        """
        made = {change.place for change in changes if change.before is None}
        for change in reversed(changes):
            if change.place.table == CLAIM:
                await self._write_claims(change)
            else:
                await self._write(change, made)

    async def _write_claims(self, change: RowChange) -> None:
        invoice_id = change.place.key[0]
        invoice = await self._row(Place("invoice", (invoice_id,)))
        assert invoice is not None, "claims are of an invoice"
        await self._obstacles.issued(invoice)
        if change.before is None:
            await self._claims.release(invoice_id)
            return
        same = change.digest == await self._claims.digest_of_subjects(invoice_id)
        if not (same and await self._claims.are_free(invoice_id)):
            raise Conflict(
                f"The time and fees of the draft {invoice_id} were changed, deleted or billed "
                "since, so it cannot be brought back as it was. Preview a new invoice with "
                "preview_invoice."
            )
        if await self._claims.of_invoice(invoice_id):
            await self._obstacles.to_claiming(invoice)
        await self._claims.take_back(invoice_id)

    async def _write(self, change: RowChange, made: set[Place]) -> None:
        table, row = change.place.table, await self._row(change.place)
        if table == "invoice" and not (change.before or {}).keys() <= _OF_A_BALANCE:
            await self._obstacles.issued(row)
        if table == "invoice" and change.before is None:
            await self._obstacles.issued(row)
        if (digest(row) if row is not None else None) != change.digest:
            raise ChangedSince(change.place)
        if change.before is None:
            assert row is not None, "a row that was made has a digest"
            if table != "invoice_line" or Place("invoice", (row["invoice_id"],)) not in made:
                await self._remove(change.place, row)
        elif row is None:
            await self._bring_back(change.place, dict(change.before))
        else:
            await self._restore(change.place, row, dict(change.before))

    async def _remove(self, place: Place, row: Row) -> None:
        """Take away what was made, where nothing live refers to it."""
        await self._permit(place, row)
        await self._obstacles.to_changing(place.table, row, set(row))
        await self._obstacles.to_removing(place.table, row)
        stamp = next((name for name in _REMOVED if name in row), None)
        if stamp is None:
            await self._session.change(_delete(_table(place)), **_key(place))
        else:
            await self._set(place, row, {stamp: self._session.now_us})
        if place.table == "rate":
            await self._obstacles.to_rates(row)

    async def _bring_back(self, place: Place, row: Row) -> None:
        """Put a row back that was deleted."""
        await self._permit(place, row)
        await self._obstacles.to_being(place.table, row)
        row.pop(COLUMN)
        await self._session.insert(_CLASSES[place.table], row)

    async def _restore(self, place: Place, row: Row, before: Row) -> None:
        """Give a row the values back that it had."""
        was = {**row, **before}
        await self._permit(place, row)
        await self._obstacles.to_changing(place.table, row, set(before))
        if was.get("deleted_at") is None:
            await self._obstacles.to_being(place.table, was)
        if "currency" in before:
            await self._obstacles.to_currency(place.table, row, was)
        await self._set(place, row, before)
        if place.table == "rate":
            await self._obstacles.to_rates(was)
        if place.table == "time_entry" and was["deleted_at"] is None:
            await self._refuse_long_day(was)

    async def _permit(self, place: Place, row: Row) -> None:
        """Raise NotFound where a thing is not, or not any more, the member's to change."""
        if self._only_of is None:
            return
        if place.table == "task":
            await Tasks(self._session).find(row["id"], writing=True, assignee=self._only_of)
        elif row.get("member_id") != self._only_of:
            raise NotFound("There is no such change of yours. list_activity() lists them.")
        elif "project_id" in row:
            await Projects(self._session).get(row["project_id"])

    async def _refuse_long_day(self, entry: Row) -> None:
        day = entry["entry_date"]
        seconds = await TimeEntries(self._session).seconds_of_day(entry["member_id"], day)
        if seconds > SECONDS_PER_DAY:
            raise Conflict(
                f"{day} would have {format_duration(seconds)}, and a day has 24h: other time was "
                "logged since. Delete some of it with delete_time_entry first."
            )

    async def _row(self, place: Place) -> Row | None:
        row: Any = await self._session.first(object, rows_of(_table(place)), keys=[place.compared])
        return dict(row._mapping) if row is not None else None

    async def _set(self, place: Place, row: Row, values: Row) -> None:
        if "version" in row:
            await self._session.update(_CLASSES[place.table], place.key[0], values)
            return
        statement = _update(_table(place), frozenset(values))
        new: Row = {f"new_{name}": value for name, value in values.items()}
        new |= _key(place)
        await self._session.change(statement, **new)


def _table(place: Place) -> Table[Any]:
    return tables.Table.metadata.tables[place.table]


def _key(place: Place) -> Row:
    return {f"key_{number}": part for number, part in enumerate(place.key)}


def _is_at(table: Table[Any]) -> Any:
    return and_(
        *(
            column == bindparam(f"key_{number}")
            for number, column in enumerate(table.primary_key.columns)
        )
    )


@cache
def _delete(table: Table[Any]) -> Scoped:
    return scoped(delete(table).where(_is_at(table)))


@cache
def _update(table: Table[Any], columns: frozenset[str]) -> Scoped:
    values: Row = {name: bindparam(f"new_{name}") for name in sorted(columns)}
    return scoped(update(table).where(_is_at(table)).values(values))
