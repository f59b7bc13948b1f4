"""What of a report's answer is drawn: its numbers, what they are of, and the slots of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

PER_UNIT = 10_000
"""Numbers are drawn at 1/10,000 of their unit, as hours are told to four decimals."""

IN_TIME = ("day", "week", "month")
_DAYS = {"day": 1, "week": 7}

Data = Mapping[str, Any]
"""A report, a row of one or a total, as plain data: without what its reader may not see."""


def number(row: Data, name: str) -> int:
    """Return a measure of a row at 1/10,000; what it has not is nothing."""
    text = str(row.get(name, "0"))
    whole, _, fraction = text.lstrip("-").partition(".")
    size = int(whole) * PER_UNIT + int(fraction.ljust(4, "0")[:4])
    return -size if text.startswith("-") else size


def label(row: Data, groupings: Sequence[str]) -> str:
    """Return what a row is of, in words: "Acme · 2026-10", "12 others"."""
    if "others" in row:
        return f"{row['others']} others"
    return " · ".join(str(row.get(one, f"no {one}")) for one in groupings) or "All"


def currencies(rows: Sequence[Data]) -> list[str]:
    """Return the currencies of rows, in the order of their letters; "" is none."""
    return sorted({str(row.get("currency", "")) for row in rows})


def of_currency(rows: Sequence[Data], currency: str) -> list[Data]:
    """Return the rows in a currency."""
    return [row for row in rows if row.get("currency", "") == currency]


def in_slots(report: Data, rows: Sequence[Data]) -> list[Data]:
    """Return rows that are grouped by time alone, with those between them that have nothing.

    A line of time with holes that are not shown would tell something else.
    """
    (grouping,) = report["group_by"]
    found = {str(row[grouping]): row for row in rows if grouping in row}
    if not found:
        return []
    first, last = min(found), max(found)
    if "first_day" in report and grouping == "month":
        first = min(first, report["first_day"][:7])
        last = max(last, min(report["last_day"], report["as_of"])[:7])
    return [found.get(slot, {grouping: slot}) for slot in _slots(grouping, first, last)]


def _slots(grouping: str, first: str, last: str) -> Iterator[str]:
    if grouping == "month":
        year, month = (int(part) for part in first.split("-"))
        while (slot := f"{year:04}-{month:02}") <= last:
            yield slot
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return
    day = date.fromisoformat(first)
    while day.isoformat() <= last:
        yield day.isoformat()
        day += timedelta(days=_DAYS[grouping])
