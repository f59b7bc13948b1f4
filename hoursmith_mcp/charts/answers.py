"""What of a report's answer is drawn: its numbers, what they are of, and the slots of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from hoursmith_mcp.charts.lettering import BETWEEN

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


def labels(rows: Sequence[Data], groupings: Sequence[str]) -> list[str]:
    """Return what rows are of, in words, the time first: "2026-10 · Acme", "12 others".

    Where several are called alike it is said whose they are.
    """
    found = [_label(row, groupings) for row in rows]
    alike = Counter(found)
    return [
        one if alike[one] == 1 else _label(row, [*_owners(row, groupings), *groupings])
        for one, row in zip(found, rows, strict=True)
    ]


def _label(row: Data, groupings: Sequence[str]) -> str:
    if "others" in row:
        return "1 other" if row["others"] == 1 else f"{row['others']} others"
    in_order = sorted(groupings, key=lambda one: one not in IN_TIME)
    return BETWEEN.join(str(row.get(one, f"no {one}")) for one in in_order) or "All"


def _owners(row: Data, groupings: Sequence[str]) -> list[str]:
    return [one for one in ("client", "project") if one in row and one not in groupings]


def currencies(rows: Sequence[Data]) -> list[str]:
    """Return the currencies of rows, in the order of their letters; "" is none."""
    return sorted({str(row.get("currency", "")) for row in rows})


def of_currency(rows: Sequence[Data], currency: str) -> list[Data]:
    """Return the rows in a currency."""
    return [row for row in rows if row.get("currency", "") == currency]


def others(rows: Sequence[Data]) -> int:
    """Return how many groups are not among rows, but summed beside them."""
    return sum(int(row.get("others", 0)) for row in rows)


def in_slots(report: Data, rows: Sequence[Data], most: int) -> list[Data]:
    """Return rows that are grouped by time alone, with those beside them that have nothing.

    A line of time with holes that are not shown would tell something else. All of the period is
    shown, up to today, where that is at most so many; before the first row only where none was
    summed with others, for those are older.
    """
    (grouping,) = report["group_by"]
    found = {str(row[grouping]): row for row in rows if grouping in row}
    if not found:
        return []
    slots = list(_slots(grouping, min(found), max(found)))
    if "first_day" in report:
        first, last = _ends(report, grouping, slots)
        whole = list(_slots(grouping, slots[0] if others(rows) else first, last))
        slots = whole if len(whole) <= most else slots
    return [found.get(slot, {grouping: slot}) for slot in slots]


def _ends(report: Data, grouping: str, slots: Sequence[str]) -> tuple[str, str]:
    """Return the first and the last slot of a report's period, up to today."""
    begin, end = report["first_day"], min(report["last_day"], report["as_of"])
    if grouping == "month":
        return min(slots[0], begin[:7]), max(slots[-1], end[:7])
    first, length = date.fromisoformat(slots[0]), timedelta(days=_DAYS[grouping])
    while first.isoformat() > begin:
        first -= length
    return first.isoformat(), max(slots[-1], end)


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
