"""The first day of a day's week, in the words of either database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class _FirstDayOfWeek(GenericFunction[str]):
    """Takes a day as ISO text, and the weekday on which weeks begin, 0 being Monday."""

    type = String()
    inherit_cache = True


def first_day_of_week(day: ColumnElement[Any], week_start: int) -> ColumnElement[str]:
    """Return the first day of the week of a day, both as ISO text; `week_start` 0 is Monday."""
    return _FirstDayOfWeek(day, literal_column(str(int(week_start))))


@compiles(_FirstDayOfWeek, "sqlite")
def _on_sqlite(function: _FirstDayOfWeek, compiler: SQLCompiler, **more: Any) -> str:
    day, week_start = (compiler.process(one, **more) for one in function.clauses)
    # From six days before it moves on to the first such weekday, of which Sunday is 0.
    return f"date({day}, '-6 days', 'weekday ' || (({week_start} + 1) % 7))"


@compiles(_FirstDayOfWeek, "postgresql")
def _on_postgresql(function: _FirstDayOfWeek, compiler: SQLCompiler, **more: Any) -> str:
    day, week_start = (compiler.process(one, **more) for one in function.clauses)
    since = f"mod(CAST(extract(isodow FROM CAST({day} AS DATE)) AS INTEGER) + 6 - {week_start}, 7)"
    return f"to_char(CAST({day} AS DATE) - {since}, 'YYYY-MM-DD')"
