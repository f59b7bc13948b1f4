"""What SQLite's planner is told of the tables, since nobody ever lets it count.

Knowing nothing it takes an organisation to have ten rows of each thing, and reads all time entries
of a house to find twenty of them. It is told of a large house from the first day on: plans that
suit one serve a small one too, and never change while it grows. PostgreSQL counts by itself.
"""

from __future__ import annotations

import sqlalchemy
from sqlalchemy import Index, text

from hoursmith_mcp.store.tables import Table
from hoursmith_mcp.store.tenancy import COLUMN

ROWS = 1_000_000
ROWS_OF_ORGANIZATION = 100_000
VALUES_OF_COLUMN = 30
"""How many values a further column of an index has among rows that are alike in those before."""

_FORGET = text("DELETE FROM sqlite_stat1")
_TELL = text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :figures)")


def tell_planner(connection: sqlalchemy.Connection) -> None:
    """Put the figures of a large house in the place of what was counted, for every index."""
    connection.execute(text("ANALYZE sqlite_master"))  # makes the table of figures, and no more
    connection.execute(_FORGET)
    connection.execute(
        _TELL,
        [
            {"table": table.name, "index": index.name, "figures": figures(index)}
            for table in Table.metadata.sorted_tables
            for index in table.indexes
        ],
    )


def figures(index: Index) -> str:
    """Return an index's rows, then how many of them are alike in its first column, first two, …"""
    alike = ROWS_OF_ORGANIZATION
    found: list[int] = []
    for column in index.columns:
        if column.name != COLUMN:
            alike = max(1, alike // VALUES_OF_COLUMN)
        found.append(alike)
    if index.unique:
        found[-1] = 1
    return " ".join(str(number) for number in (ROWS, *found))
