"""The one home of tenant scoping: no tenant table is read or written without its organisation.

A session runs `Scoped` statements only, and `scoped` is the only maker of them: it finds every
tenant table that the statement touches and adds the predicate. The session supplies the value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeGuard, cast

from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    ColumnElement,
    Delete,
    FromClause,
    Select,
    Table,
    Update,
    bindparam,
    literal_column,
)
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.expression import Alias, Join

from hoursmith_mcp.store.statements import AnySelect

PARAMETER = "tenant_organization_id"
TENANT: BindParameter[str] = bindparam(PARAMETER)
COLUMN = "organization_id"
_NO_COLUMN: ColumnElement[Any] = literal_column("1")

AnyStatement: TypeAlias = "AnySelect | Update | Delete"


@dataclass(frozen=True, eq=False)
class Scoped:
    """A statement that cannot reach beyond the organisation it is run for.

    `variants` are those that confined callers run in its place (`store/confinement.py`), made when
    one first does; there are none of what is read `for_the_program`.
    """

    statement: AnyStatement
    for_the_program: bool = False
    variants: dict[tuple[bool, bool], AnyStatement] = field(
        default_factory=dict[tuple[bool, bool], AnyStatement]
    )


def for_the_program(statement: AnyStatement) -> Scoped:
    """Scope what the program must know to do its work, of projects that its caller never sees too.

    What is found may decide what a call does; a caller is never shown it.
    """
    return Scoped(scoped(statement).statement, for_the_program=True)


def scoped(statement: AnyStatement) -> Scoped:
    """Keep a statement to the organisation of whoever runs it.

    Raises TypeError where a SELECT within it does not name the organisation itself.
    """
    if isinstance(statement, Select):
        sources = _sources(statement)
    else:
        sources = [cast("FromClause", statement.table)]
    for source in sources:
        statement = statement.where(_tenant_column(source) == TENANT)
    for part in visitors.iterate(statement):
        if is_select(part) and part is not statement:
            _require_tenant(part, sources)
    return Scoped(statement)


def _require_tenant(nested: AnySelect, around: list[FromClause]) -> None:
    """Raise TypeError where a nested SELECT reads a tenant table without its organisation.

    What it takes from the statement around it is confined there; alone in its FROM it is read anew.
    """
    sources = _sources(nested)
    own = [source for source in sources if source not in around] or sources
    named = {
        part.left
        for whole in (nested, *nested.get_final_froms())
        for part in visitors.iterate(whole)
        if isinstance(part, BinaryExpression)
        and part.operator is operators.eq
        and getattr(part.right, "key", None) == PARAMETER
    }
    for source in own:
        if _tenant_column(source) not in named:
            raise TypeError(f"a SELECT within a statement reads {source} of every organisation")


def final_sources(statement: AnySelect) -> list[FromClause]:
    """Return what a SELECT reads from, joins as they are."""
    # To find its FROM a statement is compiled, and most of that work is its columns.
    bare = statement.with_only_columns(_NO_COLUMN, maintain_column_froms=True)
    return list(bare.get_final_froms())


def _sources(statement: AnySelect) -> list[FromClause]:
    return [part for source in final_sources(statement) for part in _parts(source)]


def _parts(source: FromClause) -> list[FromClause]:
    if not isinstance(source, Join):
        return [source]
    if not source.isouter:
        return _parts(source.left) + _parts(source.right)
    # The other side of an outer join may be missing, so its scope belongs to the join itself.
    if not any(
        getattr(part, "key", None) == PARAMETER for part in visitors.iterate(source.onclause)
    ):
        raise TypeError("an outer join must name the organisation in its own condition")
    return _parts(source.left)


def _tenant_column(source: FromClause) -> ColumnElement[Any]:
    return source.c["id" if table_of(source).name == "organization" else COLUMN]


def table_of(source: FromClause) -> Table[Any]:
    """Return the table of a source; anything else cannot be scoped, and stops the program."""
    table = source.element if isinstance(source, Alias) else source
    if _is_table(table):
        return table
    raise TypeError(f"cannot scope {type(source).__name__}")


def is_select(part: Any) -> TypeGuard[AnySelect]:
    """Say whether a part of a statement is a SELECT."""
    return isinstance(part, Select)


def _is_table(source: Any) -> TypeGuard[Table[Any]]:
    return isinstance(source, Table)
