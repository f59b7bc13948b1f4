"""A session: what one unit of work may say to the database.

It is written once, as coroutines, for two kinds of connection. On PostgreSQL and for SQLite's
readers they await an asynchronous connection. In SQLite's writer thread the connection is
synchronous and nothing in them ever waits, so that a whole unit crosses threads once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import Executable, Insert, Select, bindparam, insert, tuple_, update
from sqlalchemy import Table as CoreTable

from hoursmith_mcp.store.confinement import Confinement, confined
from hoursmith_mcp.store.journal import NOT_BY_ROW, Journal, Place, RowChange, Values, place_of
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Table
from hoursmith_mcp.store.tenancy import PARAMETER, Scoped, scoped

Row = TypeVar("Row")
Result = TypeVar("Result")

MOST_INSERTED = 1_000
"""How many rows go to the database at a time, so that none of them waits for very many."""
MOST_AT_ONCE = 1_000
"""Of how many things others may wait until something is reckoned: some hundredths of a second."""
MOST_IN_A_LIST = 10_000
"""How many ids one statement is given; the databases take some 32,000 parameters."""


class Shape:
    """The base of row shapes: which columns a query's rows have; never made, only named."""


@dataclass(frozen=True)
class Outcome:
    """What a statement left behind: its rows, or how many it met."""

    rows: Sequence[Any]
    count: int


class Connection(Protocol):
    """A connection of either kind, inside a transaction."""

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Outcome:
        """Run one statement, for one or for many sets of parameters."""
        ...

    async def aside(self, reckon: Callable[[], Result]) -> Result:
        """Reckon something where it holds up no other call."""
        ...

    async def plan_for_values(self) -> None:
        """Have what is run from here on planned for the values that it is given."""
        ...


class Session:
    """One unit of work's view of the database, of one organisation, and of what its caller reaches.

    `confinement` is set where that is less than everything.
    """

    def __init__(self, connection: Connection, *, now_us: int) -> None:
        """Take an open transaction, and the instant that the unit counts as now."""
        self._connection = connection
        self.now_us = now_us
        self.organization_id = ""
        self.confinement: Confinement | None = None
        self.journal: Journal | None = None
        self._plans_for_values = False

    def confine(self, *, member_id: str, blind: bool, token_id: str | None) -> None:
        """Let the session reach only the projects of a blind member, of a limited token, or both.

        `token_id` is that of a limited token, None for any other.
        """
        if blind or token_id is not None:
            self.confinement = Confinement(member_id, blind, token_id)

    async def unscoped(
        self,
        statement: Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> Sequence[Any]:
        """Run a statement before the organisation is known: authentication and house-keeping."""
        return (await self._connection.execute(statement, parameters or {})).rows

    async def all(self, of: type[Row], statement: Scoped, **parameters: Any) -> Sequence[Row]:
        """Return all rows, which have the columns that `of` declares."""
        return cast("Sequence[Row]", (await self._run(statement, parameters)).rows)

    async def all_in(
        self, of: type[Row], statement: Scoped, ids: Sequence[str], **parameters: Any
    ) -> Sequence[Row]:
        """Return all rows whose column is in the expanding `:ids`, however many those are."""
        rows: list[Row] = []
        for some in _in_parts(ids):
            rows += await self.all(of, statement, ids=some, **parameters)
        return rows

    async def first(self, of: type[Row], statement: Scoped, **parameters: Any) -> Row | None:
        """Return the first row, which has the columns that `of` declares, or None."""
        rows = await self.all(of, statement, **parameters)
        return rows[0] if rows else None

    async def change(self, statement: Scoped, *, journaled: bool = True, **parameters: Any) -> int:
        """Run an UPDATE or DELETE and return how many rows it met.

        The journal reads them first, unless the caller tells it what undo is to do.
        """
        if self.journal is not None and journaled:
            await self._remember(_met_by(statement), parameters)
        return (await self._run(statement, parameters)).count

    async def change_in(
        self, statement: Scoped, ids: Sequence[str], *, journaled: bool = True, **parameters: Any
    ) -> None:
        """Change all rows whose column is in the expanding `:ids`, however many those are."""
        for some in _in_parts(ids):
            await self.change(statement, journaled=journaled, ids=some, **parameters)

    async def aside(self, reckon: Callable[[], Result], *, items: int | None = None) -> Result:
        """Return what is reckoned of that many items: of few at once, of more where nobody waits.

        What reckons takes what was read, and runs no statement. None is nobody knows how many.
        """
        if items is not None and items <= MOST_AT_ONCE:
            return reckon()
        return await self._connection.aside(reckon)

    async def plan_for_values(self) -> None:
        """Have each further statement planned for its own values: whoever sums any days wants that.

        PostgreSQL otherwise keeps a plan that fits a few rows, from the sixth time on.
        """
        if not self._plans_for_values:
            self._plans_for_values = True
            await self._connection.plan_for_values()

    async def insert(self, table: type[Table], *rows: dict[str, Any]) -> None:
        """Insert rows of one table; each is given the session's organisation."""
        for row in rows:
            row.setdefault("organization_id", self.organization_id)
        if self.journal is not None and core_table(table).name not in NOT_BY_ROW:
            self.journal.made(core_table(table), rows)
        statement = _insert(core_table(table), frozenset(rows[0]))
        for start in range(0, len(rows), MOST_INSERTED):
            some = list(rows[start : start + MOST_INSERTED])
            await self._connection.execute(statement, some if len(some) > 1 else some[0])

    async def update(self, table: type[Table], row_id: str, values: dict[str, Any]) -> None:
        """Set columns of one row; its version and `updated_at` move along."""
        changed = {**values, "updated_at": self.now_us}
        if self.journal is not None:
            await self._remember(_row(core_table(table)), {"row_id": row_id})
        statement = _update(core_table(table), frozenset(changed))
        parameters = {f"new_{name}": value for name, value in changed.items()}
        outcome = await self._run(statement, {**parameters, "row_id": row_id})
        if self.confinement is not None and not outcome.count:
            raise RuntimeError(f"a confined caller was to change {row_id}, beyond their reach")

    async def end_act(self) -> None:
        """End one act of several within the unit: each is written back on its own, in its turn."""
        if self.journal is None:
            return
        now: dict[Place, Values] = {}
        for name, places in self.journal.touched.items():
            table = Table.metadata.tables[name]
            for begin in range(0, len(places), MOST_IN_A_LIST):
                some = places[begin : begin + MOST_IN_A_LIST]
                keys = [place.compared for place in some]
                outcome = await self._run(rows_of(table), {"keys": keys})
                rows = [dict(row._mapping) for row in outcome.rows]
                now |= {place_of(table, row): row for row in rows}
        self.journal.end_act(now)

    async def changed_rows(self) -> list[list[RowChange]]:
        """Close the journal, and return what became of the rows that the unit touched, by act."""
        await self.end_act()
        journal, self.journal = self.journal, None
        return journal.acts if journal is not None else []

    async def _remember(self, met: Met, parameters: Mapping[str, Any]) -> None:
        assert self.journal is not None
        if met.table.name not in NOT_BY_ROW:
            outcome = await self._run(met.statement, parameters)
            self.journal.found(met.table, [dict(row._mapping) for row in outcome.rows])

    async def _run(self, statement: Scoped, parameters: Mapping[str, Any]) -> Outcome:
        everything = {**parameters, PARAMETER: self._known_organization()}
        if self.confinement is None:
            return await self._connection.execute(statement.statement, everything)
        return await self._connection.execute(
            confined(statement, self.confinement), {**everything, **self.confinement.parameters}
        )

    def _known_organization(self) -> str:
        if not self.organization_id:
            raise RuntimeError("a scoped statement was run before the organisation was known")
        return self.organization_id


def _in_parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for begin in range(0, len(ids), MOST_IN_A_LIST):
        yield list(ids[begin : begin + MOST_IN_A_LIST])


def core_table(table: type[Table]) -> CoreTable[Any]:
    """Return the Core table of a SQLModel class."""
    return cast("CoreTable[Any]", table.__table__)  # type: ignore[attr-defined]  # set by SQLModel


@dataclass(frozen=True)
class Met:
    """The rows that a change will meet, and the statement that reads them."""

    table: CoreTable[Any]
    statement: Scoped


@cache
def _met_by(change: Scoped) -> Met:
    """Return what reads the rows that an UPDATE or DELETE changes: those of the same condition."""
    statement = change.statement
    assert not isinstance(statement, Select), "a SELECT changes nothing"
    table = cast("CoreTable[Any]", statement.table)
    condition = statement.whereclause
    assert condition is not None, "whatever is scoped has a condition"
    return Met(table, scoped(select(table).where(condition)))


@cache
def _row(table: CoreTable[Any]) -> Met:
    return Met(table, scoped(select(table).where(table.c["id"] == bindparam("row_id"))))


@cache
def rows_of(table: CoreTable[Any]) -> Scoped:
    """Return what reads the rows of a table whose keys are in the expanding `:keys`."""
    columns = list(table.primary_key.columns)
    key = tuple_(*columns) if len(columns) > 1 else columns[0]
    return scoped(select(table).where(key.in_(bindparam("keys", expanding=True))))


@cache
def _insert(table: CoreTable[Any], columns: frozenset[str]) -> Insert:
    return insert(table).values({name: bindparam(name) for name in sorted(columns)})


@cache
def _update(table: CoreTable[Any], columns: frozenset[str]) -> Scoped:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in sorted(columns)}
    values["version"] = table.c["version"] + 1
    statement = update(table).where(table.c["id"] == bindparam("row_id"))
    return scoped(statement.values(values))
