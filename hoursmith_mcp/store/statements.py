"""SELECT, with one type for whatever columns it has."""

from __future__ import annotations

from typing import Any, TypeAlias

import sqlalchemy

AnySelect: TypeAlias = "sqlalchemy.Select[*tuple[Any, ...]]"


def select(*columns: Any) -> AnySelect:
    """Begin a SELECT; what its rows look like is said where they are used."""
    return sqlalchemy.select(*columns)
