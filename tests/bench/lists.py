"""What a list costs with a million entries, to the same answer with ten thousand."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from measure import Row, interleaved, percentile
from servers import Served
from volume import FEW, MANY, fill, folder

from hoursmith_mcp.toolkit import Toolkit

CALLS = 30
QUESTIONS: dict[str, dict[str, Any]] = {
    "time-list": {},
    "time-list-period": {"period": "2026-10"},
    "time-list-project": {"project": "Project 010-0", "period": "2026-10"},
}


def rows(_: Served) -> list[Row]:
    """Return the rows of this group."""
    return [
        Row(
            name=name,
            what=f"list_time_entries({', '.join(given)}) at {MANY:,} entries, to {FEW:,}",
            unit="ms",
            bar=1.3,
            round=interleaved(lambda g=given: _p50(FEW, g), lambda g=given: _p50(MANY, g)),  # type: ignore[misc]  # a default argument binds the loop's value
        )
        for name, given in QUESTIONS.items()
    ]


async def _p50(entries: int, given: dict[str, Any]) -> float:
    database = await _house(entries)
    async with Toolkit.open(database) as kit:
        answer = await kit.call("list_time_entries", **given)
        assert answer["time_entries"], "the question finds nothing"
        _same(json.dumps(given), [entry["note"] for entry in answer["time_entries"]])
        taken: list[float] = []
        for _ in range(CALLS):
            begun = time.perf_counter()
            await kit.call("list_time_entries", **given)
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
