"""The one home of tenant scoping: no tenant table is read or written without its organisation.

A session runs `Scoped` statements only, and `scoped` is the only maker of them: it finds every
tenant table that the statement touches and adds the predicate. The session supplies the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeGuard, cast

from sqlalchemy import BindParameter, Delete, FromClause, Select, Table, Update, bindparam
from sqlalchemy.sql import visitors
from sqlalchemy.sql.expression import Alias, Join

from hoursmith_mcp.store.statements import AnySelect

PARAMETER = "tenant_organization_id"
TENANT: BindParameter[str] = bindparam(PARAMETER)
COLUMN = "organization_id"


@dataclass(frozen=True, eq=False)
class Scoped:
    """A statement that cannot reach beyond the organisation it is run for."""

    statement: AnySelect | Update | Delete


def scoped(statement: AnySelect | Update | Delete) -> Scoped:
    """Confine a statement to the organisation of whoever runs it."""
    if isinstance(statement, Select):
        sources = [part for source in statement.get_final_froms() for part in _parts(source)]
        own_row = [source for source in sources if _table(source).name == "organization"]
        for source in sources:
            if source not in own_row:
                statement = statement.where(source.c[COLUMN] == TENANT)
        for source in own_row:
            statement = statement.where(source.c["id"] == TENANT)
        return Scoped(statement)
    table = cast("Table", statement.table)
    column = table.c["id"] if table.name == "organization" else table.c[COLUMN]
    return Scoped(statement.where(column == TENANT))


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


def _table(source: FromClause) -> Table[Any]:
    """Return the table of a source; anything else cannot be scoped, and stops the program."""
    table = source.element if isinstance(source, Alias) else source
    if _is_table(table):
        return table
    raise TypeError(f"cannot scope {type(source).__name__}")


def _is_table(source: Any) -> TypeGuard[Table[Any]]:
    return isinstance(source, Table)
