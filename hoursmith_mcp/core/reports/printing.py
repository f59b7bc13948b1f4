"""Printing a table: texts whose sums are the printed totals, down to the last decimal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from hoursmith_mcp.core.durations import SECONDS_PER_HOUR
from hoursmith_mcp.core.money import Money, divide_half_away, format_percentage
from hoursmith_mcp.core.quantities import QUANTITY_SCALE, quantity_text
from hoursmith_mcp.core.reports.measures import MEASURES, Measure
from hoursmith_mcp.core.reports.tables import Row, Table
from hoursmith_mcp.core.shares import share

Printed = dict[str, str | int]
_PER_HUNDREDTH = 100
"""Percentages are told to hundredths, and kept at 1/10,000 of a percent."""


def printed(
    table: Table, measures: Sequence[str], parts_per_hour: int = SECONDS_PER_HOUR
) -> tuple[list[Printed], list[Printed]]:
    """Return the measures of each row and of each total, as text or as a count.

    Hours are told at four decimals: a total is rounded once and shared over its rows, so that these
    sum to it; those that are kept so are told as they are. What a row does not have, or would be
    divided by nothing, is left out.
    """
    rows: list[Printed] = [{} for _ in table.rows]
    totals: list[Printed] = [{} for _ in table.totals]
    places: dict[str | None, list[int]] = defaultdict(list)
    for place, row in enumerate(table.rows):
        places[row.currency].append(place)
    for total, said in zip(table.totals, totals, strict=True):
        own = places[total.currency]
        summed = [total, *(table.rows[place] for place in own)]
        hours: dict[str, list[int]] = {}
        for measure in (MEASURES[name] for name in measures):
            if measure.unit == "hours":
                hours[measure.name] = _hours(measure, summed, parts_per_hour)
            texts = _texts(measure, summed, hours)
            told = (said, *(rows[place] for place in own))
            for one, text in zip(told, texts, strict=True):
                if text is not None:
                    one[measure.name] = text
    return rows, totals


def _hours(measure: Measure, summed: Sequence[Row], parts_per_hour: int) -> list[int]:
    """Return the ten-thousandths of an hour of a total, and of the rows that sum to it."""
    total, *parts = (row.values.get(measure.name, 0) for row in summed)
    rounded = divide_half_away(total * QUANTITY_SCALE, parts_per_hour)
    return [rounded, *share(rounded, parts)]


def _texts(
    measure: Measure, summed: Sequence[Row], hours: Mapping[str, list[int]]
) -> list[str | int | None]:
    if measure.unit != "hours":
        return [_text(measure, row) for row in summed]
    return [
        quantity_text(part) if measure.name in row.values else None
        for row, part in zip(summed, hours[measure.name], strict=True)
    ]


def _text(measure: Measure, row: Row) -> str | int | None:
    if measure.of is not None:
        part, whole = (row.values.get(name, 0) for name in measure.of)
        return _ratio(measure, part, whole, row.currency)
    if measure.name not in row.values:
        return None
    value = row.values[measure.name]
    return _amount(value, row.currency) if measure.unit == "amount" else value


def _ratio(measure: Measure, part: int, whole: int, currency: str | None) -> str | None:
    if whole <= 0:
        return None
    if measure.unit == "per_hour":
        return _amount(divide_half_away(part * SECONDS_PER_HOUR, whole), currency)
    hundredths = divide_half_away(part * 100 * _PER_HUNDREDTH, whole)
    return format_percentage(hundredths * _PER_HUNDREDTH)


def _amount(minor: int, currency: str | None) -> str | None:
    return Money(minor, currency).text() if currency is not None else None
