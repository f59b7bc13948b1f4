"""Pictures of reports: the examples are what the product draws, and every door hands them out.

Renew the examples with `HOURSMITH_RENEW=1 uv run pytest -n0 tests/charts`, and look at them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from example_house import furnish
from houses import Clock, InProcess, OverMcp, open_door, open_house

from hoursmith_mcp.charts import report_drawn
from hoursmith_mcp.charts.reports import MOST_COLUMNS, MOST_ROWS, report_picture

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).parents[2] / "examples" / "charts"
RENEW = os.environ.get("HOURSMITH_RENEW") == "1"
EXAMPLES: dict[str, dict[str, Any]] = {
    "hours-by-week.svg": {"kind": "time", "period": "2026-08-31..2026-11-20", "group_by": "week"},
    "hours-by-project.svg": {"kind": "time", "period": "2026-10"},
    "revenue-by-month.svg": {"kind": "revenue", "period": "2026-07-01..2026-11-20"},
    "receivables-by-age.svg": {"kind": "receivables"},
    "unbilled-by-age.svg": {"kind": "unbilled"},
    "budget-use.svg": {"kind": "profitability"},
    "utilisation.svg": {"kind": "utilisation", "period": "2026-10"},
    "gaps-by-week.svg": {"kind": "gaps", "period": "2026-09..2026-11", "group_by": "week"},
}


async def test_the_examples_are_what_is_drawn(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        await furnish(runtime, owner)
        door = InProcess(runtime, owner)
        drawn = {
            name: report_drawn(await door.call("report", **given))
            for name, given in EXAMPLES.items()
        }
    for name, svg in drawn.items() if RENEW else ():
        (FOLDER / name).write_text(svg, "utf-8")
    assert {path.name for path in FOLDER.iterdir()} == EXAMPLES.keys()
    for name, svg in drawn.items():
        assert (FOLDER / name).read_text("utf-8") == svg, name
        assert "There is nothing" not in svg, name
