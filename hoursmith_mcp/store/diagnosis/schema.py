"""Whether a database has exactly the declared tables, columns, keys, indexes and triggers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Table,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.schema import CreateIndex

from hoursmith_mcp.store.diagnosis.breach import Breach
from hoursmith_mcp.store.tables import Table as OurTable
from hoursmith_mcp.store.triggers import function_definitions, trigger_definitions

NOT_OURS = frozenset({"alembic_version"})  # Alembic's own; the revision was read before this.

_TRIGGERS = {
    "sqlite": "SELECT name, sql AS definition, 'O' AS enabled FROM sqlite_master "
    "WHERE type = 'trigger'",
    "postgresql": "SELECT t.tgname AS name, pg_get_triggerdef(t.oid) AS definition, "
    "t.tgenabled::text AS enabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace",
}
_FUNCTIONS = (
    "SELECT proname AS name, prosrc AS body FROM pg_proc "
    "WHERE pronamespace = current_schema()::regnamespace AND proname = ANY(:names)"
)


@dataclass(frozen=True)
class Part:
    """One part of a schema: what it is like, and what would put it back, where a statement can."""

    kind: str
    name: str
    description: str
    statement: str = ""


def broken_schema(connection: Connection) -> list[Breach]:
    """Compare what is there with what is declared."""
    found = {(part.kind, part.name): part for part in _found(connection)}
    tables = {name for kind, name in found if kind == "table"}
    declared = {(part.kind, part.name): part for part in _declared(connection.dialect, tables)}
    breaches = [_missing(declared[place]) for place in declared if place not in found]
    breaches += [
        _different(declared[place], part)
        for place, part in found.items()
        if place in declared and part.description != declared[place].description
    ]
    return breaches + [_extra(found[place]) for place in found if place not in declared]


def _missing(part: Part) -> Breach:
    return Breach(
        f"{part.kind}.missing", f"The {part.kind} {part.name} is missing.", _way_back(part)
    )


def _different(part: Part, found: Part) -> Breach:
    return Breach(
        f"{part.kind}.different",
        f"The {part.kind} {part.name} is {found.description}, and should be {part.description}.",
        f"Drop it first. {_way_back(part)}" if part.statement else _way_back(part),
    )


def _extra(part: Part) -> Breach:
    return Breach(
        f"{part.kind}.extra",
        f"The {part.kind} {part.name} is none of Hoursmith's.",
        "Drop it, or keep it in a database of its own: it can hinder Hoursmith and its upgrades.",
    )


def _way_back(part: Part) -> str:
    if part.statement:
        return f"Stop Hoursmith, then put it back with: {part.statement}"
    return "Another program has changed the tables: restore the database from a backup."


def _declared(dialect: Dialect, present: set[str]) -> Iterator[Part]:
    """Yield the declared parts; of a table that is missing nothing but itself."""
    for table in OurTable.metadata.sorted_tables:
        yield Part("table", table.name, "a table")
        if table.name in present:
            yield from _declared_in(table, dialect)
    for name, statement in trigger_definitions(dialect.name).items():
        yield Part("trigger", name, _plain(statement), statement)
    if dialect.name == "postgresql":
        for name, definition in function_definitions().items():
            body = definition.split("$$")[1]
            yield Part("function", name, _plain(body), definition.strip())


def _declared_in(table: Table[Any], dialect: Dialect) -> Iterator[Part]:
    for column in table.columns:
        yield _column(table.name, column.name, column.type.compile(dialect), column.nullable)
    yield _key(table.name, "primary", [column.name for column in table.primary_key])
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield _key(table.name, "unique", _names(constraint.columns))
        elif isinstance(constraint, ForeignKeyConstraint):
            referred = [key.column.name for key in constraint.elements]
            target = f"{constraint.referred_table.name}({', '.join(referred)})"
            yield _key(table.name, "foreign", _names(constraint.columns), target)
    for index in table.indexes:
        yield Part(
            "index",
            str(index.name),
            _index(table.name, _names(index.columns), bool(index.unique), _condition(index)),
            _plain(str(CreateIndex(index).compile(dialect=dialect))),
        )


def _found(connection: Connection) -> Iterator[Part]:
    inspector: Any = inspect(connection)
    dialect = connection.dialect
    for table in sorted(set(inspector.get_table_names()) - NOT_OURS):
        yield Part("table", table, "a table")
        if table not in OurTable.metadata.tables:
            continue
        for column in inspector.get_columns(table):
            kind = column["type"].compile(dialect)
            yield _column(table, column["name"], kind, column["nullable"])
        yield _key(table, "primary", inspector.get_pk_constraint(table)["constrained_columns"])
        for key in inspector.get_unique_constraints(table):
            yield _key(table, "unique", key["column_names"])
        for key in inspector.get_foreign_keys(table):
            target = f"{key['referred_table']}({', '.join(key['referred_columns'])})"
            yield _key(table, "foreign", key["constrained_columns"], target)
        for index in inspector.get_indexes(table):
            if "duplicates_constraint" not in index:
                condition = index.get("dialect_options", {}).get(f"{dialect.name}_where")
                columns = index["column_names"]
                description = _index(table, columns, bool(index["unique"]), condition)
                yield Part("index", index["name"], description)
    for row in connection.execute(text(_TRIGGERS[dialect.name])):
        disabled = "" if row.enabled == "O" else " (disabled)"
        yield Part("trigger", row.name, _plain(row.definition) + disabled)
    if dialect.name == "postgresql":
        for row in connection.execute(text(_FUNCTIONS), {"names": list(function_definitions())}):
            yield Part("function", row.name, _plain(row.body))


def _column(table: str, name: str, kind: str, nullable: bool | None) -> Part:
    return Part("column", f"{table}.{name}", kind if nullable else f"{kind} NOT NULL")


def _key(table: str, kind: str, columns: list[str], target: str = "") -> Part:
    arrow = f" → {target}" if target else ""
    return Part("key", f"{table}({', '.join(columns)}), {kind}{arrow}", "a key")


def _index(table: str, columns: list[Any], unique: bool, condition: object) -> str:
    words = ["unique on" if unique else "on", f"{table}({', '.join(str(one) for one in columns)})"]
    if condition is not None:
        words += ["where", plain_condition(str(condition))]
    return " ".join(words)


def _condition(index: Index) -> object:
    return index.dialect_options["sqlite"]["where"]


def _names(columns: Any) -> list[str]:
    named: list[Column[Any]] = list(columns)
    return [column.name for column in named]


def plain_condition(condition: str) -> str:
    """Return a condition as we would write it: PostgreSQL adds parentheses and casts.

    Ours have one level only, terms joined by AND.
    """
    uncast = re.sub(r"::[a-z]+( varying)?", "", condition)
    return re.sub(r"\s+", " ", re.sub(r"[()]", "", uncast)).strip()


def _plain(definition: str) -> str:
    """Return a definition without what the databases add: quotes, the schema, line breaks."""
    return re.sub(r"\s+", " ", re.sub(r'"|\bpublic\.', "", definition)).strip()
