"""What is stored of a schedule, and whether it can be read: whatever wrote it, it may be spoilt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, cast

from hoursmith_mcp.core.billed_days import Billed
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.schedule_words import parse_rule

SELECTED: Final[Sequence[str]] = (
    "projects",
    "exclude",
    "group_by",
    "discount",
    "po_number",
    "notes",
)
"""What previewing is given beside client and days; a schedule that says nothing of it has none."""

MAKE_ANEW: Final = "Delete it with delete_invoice_schedule, and make it anew."
"""What to do where it cannot be read: what of it was meant is nobody's to guess."""

DISCOUNT_CURRENCY: Final = "discount_currency"
"""Kept beside a discount that is an amount: it means nothing in another currency."""

_LISTS: Final = ("projects", "exclude")
_STORED: Final = (*SELECTED, DISCOUNT_CURRENCY)
_MINUTES_OF_A_DAY: Final = 24 * 60


def write_selection(selection: Mapping[str, Any]) -> str:
    """Return what previewing is given as it is stored: what means the same is the same text."""
    said = {name: selection[name] for name in _STORED if selection.get(name)}
    return json.dumps(said, ensure_ascii=False)


def read_selection(stored: str) -> dict[str, Any]:
    """Return what previewing is given, of what is stored. Raises Refusal where it is spoilt."""
    try:
        selection: Any = json.loads(stored)
    except ValueError:
        selection = None
    if isinstance(selection, dict):
        parts = cast("dict[str, Any]", selection)
        if all(_is_part(*part) for part in parts.items()):
            return parts
    raise Refusal("What is stored of its selection cannot be read.")


def _is_part(name: str, value: Any) -> bool:
    if name not in _STORED or isinstance(value, list) != (name in _LISTS):
        return False
    texts: Any = value if name in _LISTS else [value]
    return all(isinstance(one, str) for one in texts)


def _minute(value: int) -> None:
    if not 0 <= value < _MINUTES_OF_A_DAY:
        raise ValueError(value)


_PARTS: Final[Mapping[str, tuple[str, Callable[[Any], object]]]] = {
    "rule": ("rule", parse_rule),
    "start_day": ("first day", date.fromisoformat),
    "minute_of_day": ("time of day", _minute),
    "billed": ("days", Billed),
    "selection": ("selection", read_selection),
    "next_day": ("next date", date.fromisoformat),
}


def fault_of(stored: Any) -> str | None:
    """Say what of a schedule's row cannot be read; None where all of it can."""
    for name, (word, read) in _PARTS.items():
        value = getattr(stored, name)
        try:
            if value is not None:
                read(value)
        except ValueError:
            return f"What is stored as its {word} cannot be read."
    return None
