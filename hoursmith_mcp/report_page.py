"""A report as a page: a table that ends with its sums, and with those of the period before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hoursmith_mcp.core.reports.measures import MEASURES
from hoursmith_mcp.markdown import as_cell, escaped, label, next_calls, table
from hoursmith_mcp.schemas.reports import ReportRow

Row = Mapping[str, Any]

_COLUMNS = [
    name for name in ReportRow.model_fields if name != "others" and not name.endswith("_id")
]
STRONG_AND_SLANTED = ("**", "*")

TABULATED = frozenset({"rows", "totals", "totals_before"})
"""The fields of a report that its table shows."""


def report_written(report: Mapping[str, Any]) -> str:
    """Return a report, as its reader is answered with it, as Markdown."""
    groupings: Sequence[str] = report["group_by"]
    parts = [f"# {label(report['kind'])} by {', '.join(groupings)}", _days(report)]
    if report["rows"]:
        parts.append(_table(report))
    else:
        parts.append("There is nothing.")
    if report["rows"] and "period_before" in report and not report.get("totals_before"):
        parts.append(f"There is nothing of {escaped(report['period_before'])} to compare with.")
    if report["notes"]:
        parts.append("\n".join(f"- {escaped(note)}" for note in report["notes"]))
    parts += next_calls(report)
    return "\n\n".join(parts) + "\n"


def is_report(answer: Mapping[str, Any]) -> bool:
    """Say whether an answer is a report."""
    return {"group_by", "rows", "totals"} <= answer.keys()


def _days(report: Mapping[str, Any]) -> str:
    today = f"As of {report['as_of']}."
    if "period" not in report:
        return today
    if "first_day" not in report:  # All that was until a day.
        return f"{escaped(report['period']).capitalize()}. {today}"
    days = f"{report['first_day']} to {report['last_day']}"
    # A period without a name of its own is called by its days.
    own = "" if ".." in report["period"] else f"{escaped(report['period'])}: "
    return f"{own}{days}. {today}"


def _table(report: Mapping[str, Any]) -> str:
    return table(*lines_of_report(report, as_cell, STRONG_AND_SLANTED))


def lines_of_report(
    report: Mapping[str, Any], cell: Callable[[Any], str], marks: tuple[str, str] = ("", "")
) -> tuple[list[str], list[list[str]]]:
    """Return the names of a report's columns, and its lines: groups, sums, and those before.

    A value becomes a cell by `cell`; `marks` stand around the names of both kinds of sums.
    """
    groupings: Sequence[str] = report["group_by"]
    rows: Sequence[Row] = report["rows"]
    sums: Sequence[Row] = report["totals"]
    before: Sequence[Row] = report.get("totals_before") or ()
    found = {name for row in (*rows, *sums, *before) for name in row} | {*groupings}
    names = [name for name in _COLUMNS if name in found]

    def cells(row: Row, names: Sequence[str]) -> list[str]:
        return [cell(row.get(name)) for name in names]

    strong, slanted = marks
    then = f"{slanted}{cell(report.get('period_before'))}{slanted}"
    lines = [
        *(cells(_group(row, names[0], groupings), names) for row in rows),
        *([f"{strong}Sum{strong}", *cells(row, names[1:])] for row in sums),
        *([then, *cells(row, names[1:])] for row in before),
    ]
    return [_head(name) for name in names], lines


def _group(row: Row, first: str, groupings: Sequence[str]) -> Row:
    """Return a row with words for what it has none of, in its first column for what is left."""
    if "others" in row:
        return {**row, first: f"{row['others']} other{'s' * (row['others'] != 1)}"}
    return {**{name: f"no {name}" for name in groupings}, **row}


def _head(name: str) -> str:
    """Return the name of a column, with what its numbers are of where nobody would know."""
    is_percent = name in MEASURES and MEASURES[name].unit == "percent"
    return f"{label(name)} %" if is_percent else label(name)
