"""Bars in rows: a name, a bar, and its value in words, for things that have long names."""

from __future__ import annotations

from hoursmith_mcp.charts.figures import Bar, Panel
from hoursmith_mcp.charts.lettering import fitted, width_of
from hoursmith_mcp.charts.scales import Scale
from hoursmith_mcp.charts.svg import Drawing

_SIZE = 12
_ROW, _THICK = 28, 16
_GAP = 10
_MOST_OF_NAME = 280
_LEAST_OF_BAR, _LEAST_BESIDE_ANOTHER = 1, 3
"""In pixels, of what is not zero: else little would look like nothing; of two that are compared it
is seen beside the line at zero."""


def room_beside_rows(panel: Panel) -> tuple[int, int]:
    """Return how many pixels the names before the bars take, and the values behind them."""
    names = min(_MOST_OF_NAME, max(width_of(bar.label, _SIZE) for bar in panel.bars))
    return names, max(width_of(bar.text, _SIZE) for bar in panel.bars)


def draw_rows(
    drawing: Drawing, panel: Panel, left: int, top: int, width: int, beside: tuple[int, int]
) -> int:
    """Draw a panel's bars below each other and return where it ends."""
    names, values = beside
    begins = left + names + _GAP
    scale = Scale(*panel.reach, left + width - values - _GAP - begins)
    bottom = top + _ROW * len(panel.bars)
    for place, bar in enumerate(panel.bars):
        middle = top + _ROW * place + _ROW // 2
        drawing.begin(f"{bar.label}: {bar.text}")
        drawing.text(begins - _GAP, middle + 4, fitted(bar.label, _SIZE, names), "", "end")
        _bar(drawing, panel, bar, scale, begins, middle)
        drawing.text(left + width, middle + 4, bar.text, "", "end")
        drawing.end()
    zero = begins + scale.at(0)
    drawing.line(zero, top, zero, bottom, "zero")
    if panel.limit is not None:
        limit = begins + scale.at(panel.limit)
        drawing.line(limit, top, limit, bottom, "limit")
    return bottom


def _bar(drawing: Drawing, panel: Panel, bar: Bar, scale: Scale, begins: int, middle: int) -> None:
    thick = _THICK if panel.stacked else max(3, _THICK // len(bar.values))
    least = _LEAST_OF_BAR if panel.stacked else _LEAST_BESIDE_ANOTHER
    below = above = 0
    y = middle - _THICK // 2
    for place, value in enumerate(bar.values):
        start = (above if value > 0 else below) if panel.stacked else 0
        first, last = sorted((scale.at(start), scale.at(start + value)))
        if value:
            length = max(least, last - first)
            x = first if value > 0 else last - length
            drawing.box(begins + x, y, length, thick, f"of-{place}")
        above += max(0, value)
        below += min(0, value)
        y += 0 if panel.stacked else thick
