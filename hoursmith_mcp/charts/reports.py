"""Which picture tells what of a report: where hours went, when money came, how old it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from hoursmith_mcp.charts.answers import (
    IN_TIME,
    PER_UNIT,
    Data,
    currencies,
    in_slots,
    labels,
    number,
    of_currency,
    others,
)
from hoursmith_mcp.charts.figures import Bar, Panel, Picture
from hoursmith_mcp.charts.lettering import BETWEEN, number_text

MOST_COLUMNS = 120
MOST_ROWS = 30
HUNDRED_PERCENT = 100 * PER_UNIT

_AGES: Final = {
    "current": "Not due",
    "days_1_to_30": "1\N{EN DASH}30 days",
    "days_31_to_60": "31\N{EN DASH}60 days",
    "days_61_to_90": "61\N{EN DASH}90 days",
    "days_over_90": "Over 90 days",
}
_OF_WORK: Final = {**_AGES, "current": "Today", "fees": "Fees"}
_BUDGETS: Final = {
    "fee_used": "fee",
    "budget_amount_used": "budget",
    "budget_hours_used": "hours",
}


def report_picture(report: Data) -> Picture:
    """Return what is drawn of a report, as its reader is answered with it."""
    title, series, panels, note = _PICTURES[report["kind"]](report)
    period = report.get("period", f"On {report['as_of']}").replace("..", " \N{EN DASH} ")
    subtitle = BETWEEN.join(part for part in (period, *_hours(report), note) if part)
    # Within a sentence it goes on in a small letter: "Receivables by age, on 2026-11-20."
    description = [f"{title}, {subtitle[:1].lower()}{subtitle[1:]}."]
    for panel in panels:
        described = "; ".join(f"{bar.label}: {bar.text}" for bar in panel.bars[:MOST_ROWS])
        description.append(f"{panel.heading} {described or 'nothing'}.".strip())
    return Picture(title, subtitle, " ".join(description), series, tuple(panels))


_Parts = tuple[str, tuple[str, ...], list[Panel], str]
"""The title, the series, the panels, and what else there is to know."""

_Text = Callable[[Data], str]


def _time(report: Data) -> _Parts:
    def values(row: Data) -> tuple[int, ...]:
        billable = number(row, "billable_hours")
        return billable, number(row, "hours") - billable

    panel, note = _panel(report, report["rows"], values, lambda row: _said(row, "hours"))
    return _titled("Hours", report), ("Billable", "Not billable"), [panel], note


def _gaps(report: Data) -> _Parts:
    def values(row: Data) -> tuple[int, ...]:
        return number(row, "hours"), number(row, "missing_hours")

    def text(row: Data) -> str:
        return f"{_said(row, 'hours')} of {_said(row, 'expected_hours')}"

    panel, note = _panel(report, report["rows"], values, text)
    return _titled("Days with too few hours", report), ("Logged", "Missing"), [panel], note


def _utilisation(report: Data) -> _Parts:
    def values(row: Data) -> tuple[int, ...]:
        billable = number(row, "billable_utilisation")
        return billable, number(row, "utilisation") - billable

    def text(row: Data) -> str:
        return f"{_said(row, 'utilisation')} %" if "utilisation" in row else "nothing expected"

    panel, note = _panel(report, report["rows"], values, text, limit=HUNDRED_PERCENT)
    title = _titled("Utilisation", report)
    return title, ("Billable", "Not billable"), [panel], _and_limit(note)


def _revenue(report: Data) -> _Parts:
    def values(row: Data) -> tuple[int, ...]:
        return number(row, "issued"), number(row, "received")

    def text(row: Data) -> str:
        return f"{_said(row, 'issued')} / {_said(row, 'received')}"

    def heading(total: Data) -> str:
        return f"{_said(total, 'issued')} issued, {_said(total, 'received')} received"

    panels, note = _by_currency(report, values, text, heading)
    return _titled("Revenue", report), ("Issued", "Received"), panels, note


def _receivables(report: Data) -> _Parts:
    panels = [_ages(total, _AGES) for total in report["totals"]]
    return "Receivables by age", ("Not due", "Overdue"), panels, ""


def _unbilled(report: Data) -> _Parts:
    panels = [_ages(total, _OF_WORK) for total in report["totals"] if "amount" in total]
    return "Unbilled work by age", ("Unbilled",), panels, ""


def _profitability(report: Data) -> _Parts:
    """Show how much of fees and budgets is used: what of it is closest to its end."""

    def closest(row: Data) -> str:
        return max((name for name in _BUDGETS if name in row), key=lambda name: number(row, name))

    def text(row: Data) -> str:
        return f"{_said(row, closest(row))} % of {_BUDGETS[closest(row)]}"

    def values(row: Data) -> tuple[int, ...]:
        return (number(row, closest(row)),)

    used = [row for row in report["rows"] if any(name in row for name in _BUDGETS)]
    used.sort(key=values, reverse=True)
    panel, note = _panel(report, used, values, text, limit=HUNDRED_PERCENT, in_rows=True)
    return _titled("Budget use", report), ("Used",), [panel], _and_limit(note)


_HOURS: Final[Mapping[str, tuple[str, str]]] = {
    "time": ("hours", "h"),
    "utilisation": ("hours", "h"),
    "gaps": ("missing_hours", "h missing"),
}
"""The measure whose total stands below the title, and what is said of it."""

_PICTURES: Final[Mapping[str, Callable[[Data], _Parts]]] = {
    "time": _time,
    "unbilled": _unbilled,
    "revenue": _revenue,
    "profitability": _profitability,
    "receivables": _receivables,
    "utilisation": _utilisation,
    "gaps": _gaps,
}


def _and_limit(note: str) -> str:
    return " · ".join(part for part in ("the line is 100 %", note) if part)


def _titled(what: str, report: Data) -> str:
    *others, last = report["group_by"]
    return f"{what} by {', '.join(others)}{' and ' if others else ''}{last}"


def _hours(report: Data) -> list[str]:
    """Return the total in words, where it is of hours: "372.5 h"."""
    measure, words = _HOURS.get(report["kind"], ("", ""))
    return [f"{_said(one, measure)} {words}" for one in report["totals"] if measure in one]


def _said(row: Data, measure: str) -> str:
    return number_text(str(row.get(measure, "0")))


def _by_currency(
    report: Data, values: Callable[[Data], tuple[int, ...]], text: _Text, told: _Text
) -> tuple[list[Panel], str]:
    """Return a panel for each currency, with what is told of its total above it."""
    rows: Sequence[Data] = report["rows"]
    notes: dict[str, None] = {}
    panels: list[Panel] = []
    for currency in currencies(rows):
        own = of_currency(rows, currency)
        totals = of_currency(report["totals"], currency)
        heading = BETWEEN.join((currency, *map(told, totals)))
        panel, note = _panel(report, own, values, text, heading=heading, stacked=False)
        panels.append(panel)
        notes[note] = None
    return panels, " ".join(notes)


def _panel(
    report: Data,
    rows: Sequence[Data],
    values: Callable[[Data], tuple[int, ...]],
    text: _Text,
    *,
    heading: str = "",
    stacked: bool = True,
    limit: int | None = None,
    in_rows: bool = False,
) -> tuple[Panel, str]:
    """Return rows as bars: columns where time goes on, rows otherwise; and what was left out."""
    groupings: Sequence[str] = report["group_by"]
    in_rows = in_rows or len(groupings) != 1 or groupings[0] not in IN_TIME
    shown = rows if in_rows else in_slots(report, rows, MOST_COLUMNS)
    kept = shown[:MOST_ROWS] if in_rows else shown[-MOST_COLUMNS:]
    named = zip(kept, labels(kept, groupings), strict=True)
    bars = tuple(Bar(name, values(row), text(row)) for row, name in named)
    panel = Panel(bars, PER_UNIT, heading, in_rows, stacked, limit)
    return panel, _left_out(rows, len(kept), len(shown), in_rows=in_rows)


def _left_out(rows: Sequence[Data], kept: int, of: int, *, in_rows: bool) -> str:
    """Say what is not drawn: what there is no room for, and what a report does not list."""
    notes: list[str] = []
    if kept < of:
        notes.append(f"the {'first' if in_rows else 'last'} {kept} of {of}")
    if not in_rows and (older := others(rows)):
        notes.append(f"without {older} older")
    return " · ".join(notes)


def _ages(total: Data, names: Mapping[str, str]) -> Panel:
    """Return columns of one total; what is overdue is of another series than what is not due."""
    bars = [
        Bar(words, _aged(number(total, name), name, names), _said(total, name))
        for name, words in names.items()
    ]
    heading = f"{total['currency']}{BETWEEN}{_said(total, 'amount')}"
    return Panel(tuple(bars), PER_UNIT, heading)


def _aged(value: int, name: str, names: Mapping[str, str]) -> tuple[int, ...]:
    if names is not _AGES:
        return (value,)
    return (value, 0) if name == "current" else (0, value)
