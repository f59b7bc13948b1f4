"""Bars in rows: a name, a bar, and its value in words, for things that have long names."""

from __future__ import annotations

from hoursmith_mcp.charts.figures import Bar, Panel
from hoursmith_mcp.charts.lettering import shortened, width_of
from hoursmith_mcp.charts.scales import Scale
from hoursmith_mcp.charts.svg import Drawing

_SIZE = 12
_ROW, _THICK = 28, 16
_GAP = 10
_MOST_OF_NAME = 230
_LEAST_OF_BAR = 1
"""In pixels, of what is not zero: else little would look like nothing."""


def draw_rows(drawing: Drawing, panel: Panel, left: int, top: int, width: int) -> int:
    """Draw a panel's bars below each other and return where it ends."""
    names = min(_MOST_OF_NAME, max(width_of(bar.label, _SIZE) for bar in panel.bars))
    values = max(width_of(bar.text, _SIZE) for bar in panel.bars)
    begins = left + names + _GAP
    scale = _scale(panel, left + width - values - _GAP - begins)
    bottom = top + _ROW * len(panel.bars)
    for place, bar in enumerate(panel.bars):
        middle = top + _ROW * place + _ROW // 2
        drawing.begin(f"{bar.label}: {bar.text}")
        drawing.text(begins - _GAP, middle + 4, shortened(bar.label, _SIZE, names), "", "end")
        _bar(drawing, panel, bar, scale, begins, middle)
        drawing.text(left + width, middle + 4, bar.text, "", "end")
        drawing.end()
    zero = begins + scale.at(0)
    drawing.line(zero, top, zero, bottom, "zero")
    if panel.limit is not None:
        limit = begins + scale.at(panel.limit)
        drawing.line(limit, top, limit, bottom, "limit")
    return bottom


def _scale(panel: Panel, pixels: int) -> Scale:
    low, high = panel.reach
    return Scale(low, high if high > low else low + 1, pixels)


def _bar(drawing: Drawing, panel: Panel, bar: Bar, scale: Scale, begins: int, middle: int) -> None:
    thick = _THICK if panel.stacked else max(3, _THICK // len(bar.values))
    below = above = 0
    y = middle - _THICK // 2
    for place, value in enumerate(bar.values):
        start = (above if value > 0 else below) if panel.stacked else 0
        first, last = sorted((scale.at(start), scale.at(start + value)))
        if value:
            length = max(_LEAST_OF_BAR, last - first)
            drawing.box(begins + first, y, length, thick, f"of-{place}")
        above += max(0, value)
        below += min(0, value)
        y += 0 if panel.stacked else thick
