"""Filling empty tables with rows, through everything that the database itself refuses.

The triggers let nobody add a line or a claim to what has a number, and no payment to what has none.
So rows go in as they once came: an invoice as a draft, what is on it, its number, its payments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, bindparam, insert, update

from hoursmith_mcp.store.copies.progress import Progress
from hoursmith_mcp.store.copies.rows import AT_A_TIME

NUMBERED, NUMBER = "invoice", "number"
AFTER_NUMBERS = frozenset({"payment"})

Row: TypeAlias = dict[str, Any]
Source: TypeAlias = Callable[[Table[Any]], Iterator[Row]]
"""Yields the rows of a table, as often as it is asked."""


def fill(
    connection: Connection, tables: Sequence[Table[Any]], source: Source, progress: Progress
) -> None:
    """Insert all rows; the tables come each after those that they refer to."""
    for table in tables:
        if table.name not in AFTER_NUMBERS:
            _insert(connection, table, source(table), progress)
    for table in tables:
        if table.name == NUMBERED:
            _number(connection, table, source(table))
    for table in tables:
        if table.name in AFTER_NUMBERS:
            _insert(connection, table, source(table), progress)


def in_parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield rows some at a time."""
    while part := list(islice(rows, AT_A_TIME)):
        yield part


def _insert(
    connection: Connection, table: Table[Any], rows: Iterator[Row], progress: Progress
) -> None:
    without = {NUMBER: None} if table.name == NUMBERED else {}
    statement = insert(table)
    for part in in_parts(rows):
        connection.execute(statement, [{**row, **without} for row in part])
        progress.advance(len(part))


def _number(connection: Connection, table: Table[Any], rows: Iterator[Row]) -> None:
    statement = (
        update(table)
        .where(table.c["id"] == bindparam("row_id"))
        .values({NUMBER: bindparam("new_number")})
    )
    for part in in_parts(rows):
        issued = [row for row in part if row[NUMBER] is not None]
        if issued:
            connection.execute(
                statement, [{"row_id": row["id"], "new_number": row[NUMBER]} for row in issued]
            )
