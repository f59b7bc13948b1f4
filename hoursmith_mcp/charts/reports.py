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
    label,
    number,
    of_currency,
)
from hoursmith_mcp.charts.figures import Bar, Panel, Picture

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
    period = report.get("period", f"On {report['as_of']}")
    subtitle = " · ".join(part for part in (period, *_totals(report), note) if part)
    description = [f"{title}, {subtitle}."]
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

    panel, note = _panel(report, report["rows"], values, lambda row: row.get("hours", "0"))
    return _titled("Hours", report), ("Billable", "Not billable"), [panel], note


def _gaps(report: Data) -> _Parts:
    def values(row: Data) -> tuple[int, ...]:
        return number(row, "hours"), number(row, "missing_hours")

    def text(row: Data) -> str:
        return f"{row.get('hours', '0')} of {row.get('expected_hours', '0')}"

    panel, note = _panel(report, report["rows"], values, text)
    return _titled("Days with too few hours", report), ("Logged", "Missing"), [panel], note


def _utilisation(report: Data) -> _Parts:
    def values(row: Data) -> tuple[int, ...]:
        billable = number(row, "billable_utilisation")
        return billable, number(row, "utilisation") - billable

    def text(row: Data) -> str:
        return f"{row['utilisation']} %" if "utilisation" in row else "nothing expected"

    panel, note = _panel(report, report["rows"], values, text, limit=HUNDRED_PERCENT)
    title = _titled("Utilisation", report)
    return title, ("Billable", "Not billable"), [panel], _and_limit(note)


def _revenue(report: Data) -> _Parts:
    def values(row: Data) -> tuple[int, ...]:
        return number(row, "issued"), number(row, "received")

    def text(row: Data) -> str:
        return f"{row.get('issued', '0')} / {row.get('received', '0')}"

    panels, note = _by_currency(report, values, text)
    return _titled("Revenue", report), ("Issued", "Received"), panels, note


def _receivables(report: Data) -> _Parts:
    panels = [_ages(total, _AGES) for total in report["totals"]]
    return "Receivables by age", ("Not due", "Overdue"), panels, ""


def _unbilled(report: Data) -> _Parts:
    panels = [_ages(total, _OF_WORK) for total in report["totals"] if "amount" in total]
    return "Unbilled work by age", ("Unbilled",), panels, ""


def _profitability(report: Data) -> _Parts:
    """Show how much of fees and budgets is used: what of it is closest to its end."""
    used = [row for row in report["rows"] if any(name in row for name in _BUDGETS)]

    def closest(row: Data) -> str:
        return max((name for name in _BUDGETS if name in row), key=lambda name: number(row, name))

    def text(row: Data) -> str:
        return f"{row[closest(row)]} % of {_BUDGETS[closest(row)]}"

    def values(row: Data) -> tuple[int, ...]:
        return (number(row, closest(row)),)

    panel, note = _panel(report, used, values, text, limit=HUNDRED_PERCENT, in_rows=True)
    return _titled("Budget use", report), ("Used",), [panel], _and_limit(note)


_TOLD: Final[Mapping[str, tuple[str, str]]] = {
    "time": ("hours", "h"),
    "unbilled": ("amount", ""),
    "revenue": ("issued", "issued"),
    "profitability": ("revenue", "invoiced"),
    "receivables": ("amount", ""),
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
    return f"{what} by {' and '.join(report['group_by'])}"


def _totals(report: Data) -> list[str]:
    """Return the totals in words: "372.5 h", "12000.00 EUR issued"."""
    measure, words = _TOLD[report["kind"]]
    told = (total for total in report["totals"] if measure in total)
    texts = (f"{total[measure]} {total.get('currency', '')} {words}" for total in told)
    return [" ".join(text.split()) for text in texts]


def _by_currency(
    report: Data, values: Callable[[Data], tuple[int, ...]], text: _Text
) -> tuple[list[Panel], str]:
    rows: Sequence[Data] = report["rows"]
    notes: dict[str, None] = {}
    panels: list[Panel] = []
    for currency in currencies(rows):
        own = of_currency(rows, currency)
        panel, note = _panel(report, own, values, text, heading=currency, stacked=False)
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
    shown = rows if in_rows else in_slots(report, rows)
    kept = shown[:MOST_ROWS] if in_rows else shown[-MOST_COLUMNS:]
    bars = tuple(Bar(label(row, groupings), values(row), text(row)) for row in kept)
    note = ""
    if len(kept) < len(shown):
        note = f"the {'first' if in_rows else 'last'} {len(kept)} of {len(shown)}"
    return Panel(bars, PER_UNIT, heading, in_rows, stacked, limit if bars else None), note


def _ages(total: Data, names: Mapping[str, str]) -> Panel:
    """Return columns of one total; what is overdue is of another series than what is not due."""
    bars = [
        Bar(words, _aged(number(total, name), name, names), str(total.get(name, "0")))
        for name, words in names.items()
    ]
    return Panel(tuple(bars), PER_UNIT, str(total.get("currency", "")))


def _aged(value: int, name: str, names: Mapping[str, str]) -> tuple[int, ...]:
    if names is not _AGES:
        return (value,)
    return (value, 0) if name == "current" else (0, value)
