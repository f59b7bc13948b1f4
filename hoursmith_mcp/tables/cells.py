"""Cells of a table that people open in a spreadsheet: what is in them, as text."""

from __future__ import annotations

import re
from typing import Any

from hoursmith_mcp.schemas.json_values import is_array

BETWEEN = "; "
"""What stands between several texts in one cell."""

GUARD = "'"
"""What makes a text of a formula; spreadsheets hide it, and programs take it off again."""

# What a spreadsheet computes or strips, behind spaces and quotes, too; also in wide characters.
_FORMULA = re.compile("[\\s'\"]*[\t\r\n=+\\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def cell(value: Any) -> str:
    """Return a value as the text of a cell, which no spreadsheet takes for a formula."""
    if isinstance(value, str):
        return GUARD + value if is_formula(value) else value
    if value is None:
        return ""
    if is_array(value):
        return cell(together(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def together(values: list[Any]) -> str:
    """Return several values as the text of one cell."""
    return BETWEEN.join(map(str, values))


def is_formula(text: str) -> bool:
    """Say whether a spreadsheet could compute a text; a number is none, below zero neither."""
    # Nearly all texts are known by how they begin.
    if text[:1].isalnum():
        return False
    return _FORMULA.match(text) is not None and _NUMBER.fullmatch(text) is None
