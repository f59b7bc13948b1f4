"""What is stored of a schedule: it reads back, and what is spoilt is told, whatever wrote it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.stored_schedules import fault_of, read_selection, write_selection

SOUND = {
    "rule": "monthly on the 1st",
    "start_day": "2026-12-01",
    "minute_of_day": 1_439,
    "billed": "month before",
    "selection": "{}",
    "next_day": None,
}


def test_a_selection_reads_back_without_what_says_nothing() -> None:
    said = {"exclude": ["internal"], "projects": [], "discount": "10", "discount_currency": "EUR"}
    assert read_selection(write_selection({**said, "notes": "", "po_number": None})) == {
        "exclude": ["internal"],
        "discount": "10",
        "discount_currency": "EUR",
    }


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "[]",
        '{"shoe_size": "42"}',
        '{"notes": "Thanks", "shoe_size": "42"}',
        '{"exclude": "internal"}',
        '{"notes": ["Thanks"]}',
        '{"exclude": ["internal", 1]}',
        '{"notes": 1}',
    ],
)
def test_a_selection_that_nobody_wrote_is_not_guessed_at(stored: str) -> None:
    with pytest.raises(Refusal, match="selection cannot be read"):
        read_selection(stored)


@pytest.mark.parametrize(
    ("spoilt", "word"),
    [
        ({}, None),
        ({"rule": "whenever"}, "rule"),
        ({"start_day": ""}, "first day"),
        ({"minute_of_day": 1_440}, "time of day"),
        ({"minute_of_day": -1}, "time of day"),
        ({"billed": ""}, "days"),
        ({"selection": ""}, "selection"),
        ({"next_day": "2026-13-01"}, "next date"),
    ],
)
def test_a_spoilt_part_is_named(spoilt: dict[str, Any], word: str | None) -> None:
    told = f"What is stored as its {word} cannot be read." if word is not None else None
    assert fault_of(SimpleNamespace(**SOUND | spoilt)) == told
