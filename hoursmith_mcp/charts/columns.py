"""Bars as columns over an axis, for what goes on in time or has an order of its own."""

from __future__ import annotations

from hoursmith_mcp.charts.figures import Bar, Panel
from hoursmith_mcp.charts.lettering import shortened, width_of
from hoursmith_mcp.charts.scales import Scale, scale_over, tick_text
from hoursmith_mcp.charts.svg import Drawing

_SIZE = 12
_TALL = 200
_GAP = 8
_BROADEST = 48
_LEAST_OF_BAR = 1
"""In pixels, of what is not zero: else little would look like nothing."""


def draw_columns(drawing: Drawing, panel: Panel, left: int, top: int, width: int) -> int:
    """Draw a panel's bars beside each other over an axis and return where it ends."""
    scale, ticks = scale_over(*panel.reach, panel.per_unit, _TALL)
    words = [tick_text(tick, panel.per_unit) for tick in ticks]
    begins = left + max(width_of(word, _SIZE) for word in words) + _GAP
    room = left + width - begins
    top += _SIZE + 6  # The value of the highest column stands above it.
    floor = top + _TALL
    for tick, word in zip(ticks, words, strict=True):
        y = floor - scale.at(tick)
        drawing.line(begins, y, begins + room, y, "zero" if tick == 0 else "grid")
        drawing.text(begins - _GAP, y + 4, word, "faint", "end")
    _columns(drawing, panel, scale, begins, floor, room)
    if panel.limit is not None:
        y = floor - scale.at(panel.limit)
        drawing.line(begins, y, begins + room, y, "limit")
    return floor + _SIZE + 8


def _columns(
    drawing: Drawing, panel: Panel, scale: Scale, begins: int, floor: int, room: int
) -> None:
    many = len(panel.bars)
    slot = room // many
    longest = max(width_of(bar.text, _SIZE) for bar in panel.bars)
    # Names that would run into each other are left out, evenly; all are shown to who points at one.
    widest = max(width_of(bar.label, _SIZE) for bar in panel.bars)
    every = 1 if many <= 6 else -(-(widest + _GAP) * many // room)
    for place, bar in enumerate(panel.bars):
        x = begins + room * place // many
        middle = x + slot // 2
        drawing.begin(f"{bar.label}: {bar.text}")
        high = _column(drawing, panel, bar, scale, (x, slot), floor)
        if panel.stacked and longest + 4 <= slot and any(bar.values):
            drawing.text(middle, high - 5, bar.text, "", "middle")
        if place % every == 0:
            label = shortened(bar.label, _SIZE, slot * every)
            drawing.text(middle, floor + _SIZE + 6, label, "faint", "middle")
        drawing.end()


def _column(
    drawing: Drawing, panel: Panel, bar: Bar, scale: Scale, slot: tuple[int, int], floor: int
) -> int:
    """Draw one column, or those of a group, and return how high up it reaches."""
    x, room = slot
    abreast = 1 if panel.stacked else len(bar.values)
    thick = max(1, min(_BROADEST, room * 7 // 10 // abreast))
    x += (room - thick * abreast) // 2
    below = above = 0
    for place, value in enumerate(bar.values):
        start = (above if value > 0 else below) if panel.stacked else 0
        low, high = sorted((scale.at(start), scale.at(start + value)))
        if value:
            tall = max(_LEAST_OF_BAR, high - low)
            drawing.box(x, floor - low - tall, thick, tall, f"of-{place}")
        above += max(0, value)
        below += min(0, value)
        x += 0 if panel.stacked else thick
    return floor - scale.at(bar.reach(stacked=panel.stacked)[1])
