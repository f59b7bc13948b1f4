"""Pictures of numbers: what is drawn, how it is laid out, and how it is written as SVG.

Nothing of it is loaded before a picture is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def report_drawn(report: Mapping[str, Any]) -> str:
    """Return a report, as its reader is answered with it, as a picture in SVG."""
    from hoursmith_mcp.charts.layout import draw
    from hoursmith_mcp.charts.reports import report_picture

    return draw(report_picture(report))
