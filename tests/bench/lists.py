"""What a list costs with a million entries, to the same answer with ten thousand."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

from measure import Row, interleaved, percentile
from servers import Served
from volume import FEW, MANY, fill, folder

from hoursmith_mcp.toolkit import Toolkit

CALLS = 30
FOR_ASSISTANTS, FOR_PROGRAMS = "list_time_entries", "filter_time_entries"
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "time-list": (FOR_ASSISTANTS, {}),
    "time-list-period": (FOR_ASSISTANTS, {"period": "2026-10"}),
    "time-list-project": (FOR_ASSISTANTS, {"project": "Project 010-0", "period": "2026-10"}),
    **{
        f"time-page-{order.removeprefix('-')}": (FOR_PROGRAMS, {"sort": order})
        for order in ("-createdAt", "-entryDate", "-id", "-updatedAt")
    },
    "time-page-range": (
        FOR_PROGRAMS,
        {"entry_date_from": "2026-10-01", "entry_date_to": "2026-10-31"},
    ),
    "time-page-search": (FOR_PROGRAMS, {"search": "number 7"}),
}


def rows(_: Served) -> list[Row]:
    """Return the rows of this group."""
    return [
        Row(
            name=name,
            what=f"{tool}({', '.join(given)}) at {MANY:,} entries, to {FEW:,}",
            unit="ms",
            bar=1.3,
            round=interleaved(partial(_p50, FEW, tool, given), partial(_p50, MANY, tool, given)),
        )
        for name, (tool, given) in QUESTIONS.items()
    ]


async def _p50(entries: int, tool: str, given: dict[str, Any]) -> float:
    database = await _house(entries)
    async with Toolkit.open(database) as kit:
        answer = await kit.call(tool, **given)
        assert answer["time_entries"], "the question finds nothing"
        _same(json.dumps([tool, given]), [entry["note"] for entry in answer["time_entries"]])
        taken: list[float] = []
        for _ in range(CALLS):
            begun = time.perf_counter()
            await kit.call(tool, **given)
            taken.append(time.perf_counter() - begun)
    return percentile(taken, 50) * 1000


_houses: dict[int, Path] = {}
_answers: dict[str, list[str]] = {}


async def _house(entries: int) -> Path:
    if entries not in _houses:
        _houses[entries] = folder() / f"{entries}.db"
        await fill(_houses[entries], entries)
    return _houses[entries]


def _same(question: str, notes: list[str]) -> None:
    assert _answers.setdefault(question, notes) == notes, "the houses answer with other rows"
