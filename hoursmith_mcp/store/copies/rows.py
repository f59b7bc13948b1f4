"""The rows that are copied, in an order and a form that are the same in every database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, Table, collate, func, select
from sqlmodel import AutoString

from hoursmith_mcp.store.tables import Table as OurTable
from hoursmith_mcp.store.tenancy import COLUMN

PASSING = frozenset({"request_count"})
"""What processes tell each other for a minute: it is in no archive."""

TEXT = (String, AutoString)

AT_A_TIME = 200
"""How many rows are held at once: some answers that are kept are long."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def kept_tables() -> list[Table[Any]]:
    """Return the tables that are copied, each after those that it refers to."""
    return [table for table in OurTable.metadata.sorted_tables if table.name not in PASSING]


def owner_column(table: Table[Any]) -> str:
    """Return the column that says whose a row is."""
    return "id" if table.name == "organization" else COLUMN


def rows_of(
    connection: Connection, table: Table[Any], organization_id: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield an organisation's rows of a table, or all of them, in the order of their keys."""
    statement = select(table).order_by(*(_bytewise(key, connection) for key in table.primary_key))
    if organization_id is not None:
        statement = statement.where(table.c[owner_column(table)] == organization_id)
    found = connection.execute(statement, execution_options={"yield_per": AT_A_TIME})
    for row in found.mappings():
        yield dict(row)


def count_rows(connection: Connection, organization_id: str | None = None) -> int:
    """Return how many rows there are to copy."""
    counted = 0
    for table in kept_tables():
        statement = select(func.count()).select_from(table)
        if organization_id is not None:
            statement = statement.where(table.c[owner_column(table)] == organization_id)
        counted += connection.execute(statement).scalar_one()
    return counted


def line_of(row: Mapping[str, Any]) -> bytes:
    """Write a row as a line of JSON, always in the same way."""
    return f"{_ENCODER.encode(row)}\n".encode()


def content_hash(checksums: Mapping[str, str]) -> str:
    """Return what tells one content from another, of the SHA-256 of each table's lines.

    A table without rows counts as one that is not there, as it may be in an older revision.
    """
    lines = [f"{name} {sum_}\n" for name, sum_ in sorted(checksums.items()) if sum_ != _NOTHING]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def content_of(connection: Connection, organization_id: str) -> str:
    """Return the content hash of an organisation; it is equal in every database that holds it."""
    checksums: dict[str, str] = {}
    for table in kept_tables():
        checksum = hashlib.sha256()
        for row in rows_of(connection, table, organization_id):
            checksum.update(line_of(row))
        checksums[table.name] = checksum.hexdigest()
    return content_hash(checksums)


_NOTHING = hashlib.sha256().hexdigest()


def _bytewise(column: ColumnElement[Any], connection: Connection) -> ColumnElement[Any]:
    """Order text by its bytes, as SQLite does; PostgreSQL would ask its locale."""
    if connection.dialect.name == "postgresql" and isinstance(column.type, TEXT):
        return collate(column, "C")
    return column
