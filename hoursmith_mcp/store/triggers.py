"""What the database itself refuses: the declared triggers, by dialect."""

from __future__ import annotations

REFUSED = (
    ("activity", "UPDATE"),
    ("activity", "DELETE"),
    ("event", "UPDATE"),
)
"""Rows that were written once: table and what may never be done to one."""

REFUSING_FUNCTION = "hoursmith_refuse"
POSTGRESQL_FUNCTION = f"""
CREATE FUNCTION {REFUSING_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are never changed', TG_OP, TG_TABLE_NAME;
END $$
"""


def trigger_name(table: str, act: str) -> str:
    """Return the name of the trigger that refuses an act on a table."""
    return f"{table}_refuses_{act.lower()}"


def sqlite_trigger(table: str, act: str) -> str:
    """Return the DDL of a refusing trigger for SQLite."""
    return (
        f"CREATE TRIGGER {trigger_name(table, act)} BEFORE {act} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{act} of {table} is refused: its rows are never changed'); "
        "END"
    )


def postgresql_trigger(table: str, act: str) -> str:
    """Return the DDL of a refusing trigger for PostgreSQL."""
    return (
        f"CREATE TRIGGER {trigger_name(table, act)} BEFORE {act} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {REFUSING_FUNCTION}()"
    )


def trigger_definitions(dialect: str) -> dict[str, str]:
    """Return the declared triggers of a dialect: name to DDL."""
    make = sqlite_trigger if dialect == "sqlite" else postgresql_trigger
    return {trigger_name(table, act): make(table, act) for table, act in REFUSED}
