"""Where everything of a picture lies: title, key, and panels below each other."""

from __future__ import annotations

from collections.abc import Iterable

from hoursmith_mcp.charts.columns import draw_columns, room_beside_columns
from hoursmith_mcp.charts.figures import Panel, Picture
from hoursmith_mcp.charts.lettering import shortened, width_of
from hoursmith_mcp.charts.rows import draw_rows, room_beside_rows
from hoursmith_mcp.charts.svg import Drawing

WIDTH = 720
MARGIN = 24
NOTHING = "There is nothing to show."
_INNER = WIDTH - 2 * MARGIN
_TITLE, _HEADING, _TEXT = 17, 13, 12
_KEY = 11
"""The side of the square that shows the colour of a series."""


def draw(picture: Picture) -> str:
    """Return a picture as SVG: a document that is readable on light and on dark."""
    drawing = Drawing(WIDTH, picture.title, picture.description)
    y = MARGIN + _TITLE
    drawing.text(MARGIN, y, shortened(picture.title, _TITLE + 1, _INNER), "title")
    if picture.subtitle:
        y += 20
        drawing.text(MARGIN, y, shortened(picture.subtitle, _TEXT, _INNER), "faint")
    if len(picture.series) > 1 and not all(panel.is_empty for panel in picture.panels):
        y += 26
        _key(drawing, picture.series, y)
    beside = _room_beside(picture.panels)
    for panel in picture.panels or (Panel((), 1),):
        y = _panel(drawing, panel, y + 18, beside)
    return drawing.written(y + MARGIN)


def _room_beside(panels: Iterable[Panel]) -> tuple[int, int]:
    """Return how many pixels are before and behind the bars, so that those of all panels align."""
    rooms = [
        (room_beside_rows if panel.in_rows else room_beside_columns)(panel)
        for panel in panels
        if not panel.is_empty
    ]
    return max((one for one, _ in rooms), default=0), max((one for _, one in rooms), default=0)


def _panel(drawing: Drawing, panel: Panel, y: int, beside: tuple[int, int]) -> int:
    """Draw a panel and return where it ends."""
    if panel.heading:
        y += _HEADING
        drawing.text(MARGIN, y, shortened(panel.heading, _HEADING + 1, _INNER), "heading")
        y += 8
    if panel.is_empty:
        y += _TEXT
        drawing.text(MARGIN, y, NOTHING, "faint")
        return y
    draw_bars = draw_rows if panel.in_rows else draw_columns
    return draw_bars(drawing, panel, MARGIN, y, _INNER, beside)


def _key(drawing: Drawing, series: tuple[str, ...], y: int) -> None:
    x = MARGIN
    for place, name in enumerate(series):
        drawing.box(x, y - _KEY + 1, _KEY, _KEY, f"of-{place}")
        drawing.text(x + _KEY + 6, y, name)
        x += _KEY + 6 + width_of(name, _TEXT) + 20
