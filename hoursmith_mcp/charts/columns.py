"""Bars as columns over an axis, for what goes on in time or has an order of its own."""

from __future__ import annotations

from typing import NamedTuple

from hoursmith_mcp.charts.figures import Bar, Panel
from hoursmith_mcp.charts.lettering import shortened, width_of
from hoursmith_mcp.charts.scales import Scale, scale_over, tick_text
from hoursmith_mcp.charts.svg import Drawing

_SIZE = 12
_TALL = 200
_GAP = 8
_BROADEST = 48
_SPILL = 16
"""How far a name may stand out of the columns, into the margin."""

_LEAST_OF_BAR = 1
"""In pixels, of what is not zero: else little would look like nothing."""


class _Written(NamedTuple):
    """A line of text: its middle, where its letters stand, and how broad it is."""

    middle: int
    y: int
    width: int


def room_beside_columns(panel: Panel) -> tuple[int, int]:
    """Return how many pixels the numbers of the axis take, and that there is nothing behind."""
    _, ticks = scale_over(*panel.reach, panel.per_unit, _TALL)
    return max(width_of(tick_text(tick, panel.per_unit), _SIZE) for tick in ticks), 0


def draw_columns(
    drawing: Drawing, panel: Panel, left: int, top: int, width: int, beside: tuple[int, int]
) -> int:
    """Draw a panel's bars beside each other over an axis and return where it ends."""
    scale, ticks = scale_over(*panel.reach, panel.per_unit, _TALL)
    begins = left + beside[0] + _GAP
    room = left + width - begins
    top += _SIZE + 6  # The value of the highest column stands above it.
    floor = top + _TALL
    for tick in ticks:
        y = floor - scale.at(tick)
        drawing.line(begins, y, begins + room, y, "zero" if tick == 0 else "grid")
        drawing.text(begins - _GAP, y + 4, tick_text(tick, panel.per_unit), "faint", "end")
    values = _columns(drawing, panel, scale, begins, floor, room)
    if panel.limit is not None:
        _limit(drawing, floor - scale.at(panel.limit), begins, begins + room, values)
    return floor + _SIZE + 8


def _columns(
    drawing: Drawing, panel: Panel, scale: Scale, begins: int, floor: int, room: int
) -> list[_Written]:
    """Draw columns with their names and values, and return where the values are written."""
    many = len(panel.bars)
    slot = room // many
    longest = max(width_of(bar.text, _SIZE) for bar in panel.bars if any(bar.values))
    # Names that would run into each other are left out, evenly; all are shown to who points at one.
    widest = max(width_of(bar.label, _SIZE) for bar in panel.bars)
    every = 1 if many <= 6 else -(-(widest + _GAP) * many // room)
    values: list[_Written] = []
    for place, bar in enumerate(panel.bars):
        x = begins + room * place // many
        middle = x + slot // 2
        drawing.begin(f"{bar.label}: {bar.text}")
        high = _column(drawing, panel, bar, scale, (x, slot), floor)
        if panel.stacked and longest + 4 <= slot and any(bar.values):
            drawing.text(middle, high - 5, bar.text, "", "middle")
            values.append(_Written(middle, high - 5, width_of(bar.text, _SIZE)))
        label = shortened(bar.label, _SIZE, slot * every)
        ends = middle + width_of(label, _SIZE) // 2
        if place % every == 0 and ends <= begins + room + _SPILL:
            drawing.text(middle, floor + _SIZE + 6, label, "faint", "middle")
        drawing.end()
    return values


def _limit(drawing: Drawing, y: int, begins: int, ends: int, values: list[_Written]) -> None:
    """Draw the line of a limit, with a gap where a value is written on its height."""
    x = begins
    for one in values:
        if one.y - _SIZE <= y <= one.y + 2:
            drawing.line(x, y, one.middle - one.width // 2 - 2, y, "limit")
            x = one.middle + one.width // 2 + 2
    drawing.line(x, y, ends, y, "limit")


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
