"""Reading every statement that reaches a database, for tenant tables without their tenant."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Engine, event

from hoursmith_mcp.store.tables import Table

TENANT_COLUMN = {
    name: "id" if name == "organization" else "organization_id" for name in Table.metadata.tables
}
# Finding out who calls is done before the organisation is known: the statement that also reads the
# revision, over these tables and no other.
IDENTITY_TABLES = {"organization", "member", "event_counter", "token", "alembic_version"}

_SOURCES = re.compile(
    r"\b(?:FROM|JOIN)\s+(?P<from>[\w\", ]+?)\s*(?=\bWHERE\b|\bJOIN\b|\bLEFT\b|\bON\b|\bGROUP\b"
    r"|\bORDER\b|\bLIMIT\b|\bFOR\b|\)|$)"
    r"|\bUPDATE\s+(?P<update>\w+)\s+SET\b|\bINSERT\s+INTO\s+(?P<insert>\w+)\s*\((?P<columns>[^)]*)\)",
    re.IGNORECASE,
)


@dataclass
class Inspection:
    """What was seen while it ran."""

    organization_id: str = ""
    statements: set[str] = field(default_factory=set[str])
    leaks: list[str] = field(default_factory=list[str])

    def see(self, statement: str, parameters: Any) -> None:
        """Look at one statement and what is bound in it."""
        text = " ".join(statement.split())
        self.statements.add(text)
        self.leaks += [f"{table} in: {text}" for table in unscoped_tables(text)]
        self.leaks += [
            f"{value} in: {text}"
            for value in _flat(parameters)
            if isinstance(value, str)
            and re.fullmatch(r"org_\w{26}", value)
            and value != self.organization_id
        ]


def unscoped_tables(statement: str) -> list[str]:
    """Return the tenant tables that a statement reaches without naming their organisation."""
    sources = list(sources_of(statement))
    tables = {table for table, _, _ in sources}
    if "version_num" in statement and tables <= IDENTITY_TABLES:
        return []
    return [
        table
        for table, alias, columns in sources
        if table in TENANT_COLUMN and not _is_scoped(statement, table, alias, columns)
    ]


def sources_of(statement: str) -> Iterator[tuple[str, str, str | None]]:
    """Yield every table that a statement names, its alias, and the columns that are inserted."""
    for found in _SOURCES.finditer(statement):
        if found["insert"]:
            yield found["insert"], found["insert"], found["columns"]
        elif found["update"]:
            yield found["update"], found["update"], None
        else:
            for source in found["from"].split(","):
                table, *alias = source.replace('"', "").replace(" AS ", " ").split()
                yield table, alias[0] if alias else table, None


def _is_scoped(statement: str, table: str, alias: str, columns: str | None) -> bool:
    column = TENANT_COLUMN[table]
    if columns is not None:
        return column in columns.replace('"', "").replace(" ", "").split(",")
    _, _, conditions = (
        statement.partition(" SET ") if "UPDATE" in statement else ("", "", statement)
    )
    return re.search(rf"\b{alias}\.{column} = (\?|\$\d)", conditions) is not None


def _flat(parameters: Any) -> Iterator[Any]:
    values: Iterable[Any] = (
        cast("dict[str, Any]", parameters).values() if isinstance(parameters, dict) else parameters
    )
    for value in values or ():
        if isinstance(value, (list, tuple, dict)):
            yield from _flat(value)
        else:
            yield value


@contextmanager
def inspected(organization_id: str) -> Generator[Inspection]:
    """Look at every statement of every engine, which are all to be of one organisation."""
    inspection = Inspection(organization_id)

    def look(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        inspection.see(statement, parameters)

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield inspection
    finally:
        event.remove(Engine, "before_cursor_execute", look)
