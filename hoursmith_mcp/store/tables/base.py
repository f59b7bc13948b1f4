"""What all tables share.

A table is rows, not a schema: `table=True` validates nothing, so rows are only made from core
values and validated arguments. Instants are microseconds since the epoch in UTC, money is minor
units, rates are 1/10,000 of the currency's unit, percentages 1/10,000 of a percent, days ISO text.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import BigInteger, Index, MetaData, text
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
NOT_DELETED = "deleted_at IS NULL"


class Table(SQLModel):
    """The base of every table of ours, with metadata of its own."""

    # Nothing is validated by a table, so nothing that validates has to be built.
    model_config = {"defer_build": True}
    metadata = MetaData(naming_convention=NAMING)

    # SQLModel declares the name less precisely than SQLAlchemy reads it.
    @declared_attr.directive
    def __tablename__(cls) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Name the table as the class, in lower case: TimeEntry is time_entry."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


def identity() -> Any:
    """Declare the primary key: a prefixed ULID."""
    return Field(primary_key=True, max_length=40)


def tenant() -> Any:
    """Declare the organisation that a row belongs to; every query is scoped by it."""
    return Field(foreign_key="organization.id", max_length=40)


def reference(table: str) -> Any:
    """Declare a required reference to a row of another table."""
    return Field(foreign_key=f"{table}.id", max_length=40)


def optional_reference(table: str) -> Any:
    """Declare a reference that may be absent."""
    return Field(default=None, foreign_key=f"{table}.id", max_length=40)


def instant() -> Any:
    """Declare a required instant, in microseconds UTC."""
    return Field(sa_type=BigInteger)


def optional_instant() -> Any:
    """Declare an instant that may be absent."""
    return Field(default=None, sa_type=BigInteger)


def whole_number() -> Any:
    """Declare a required 64-bit integer."""
    return Field(sa_type=BigInteger)


def optional_whole_number() -> Any:
    """Declare a 64-bit integer that may be absent."""
    return Field(default=None, sa_type=BigInteger)


def live_index(name: str, *columns: str) -> Index:
    """Declare an index over what was not deleted."""
    return Index(name, *columns, sqlite_where=text(NOT_DELETED), postgresql_where=text(NOT_DELETED))
