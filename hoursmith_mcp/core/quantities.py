"""Quantities and unit prices of a line, as people write them and as they are printed."""

from __future__ import annotations

import re

from hoursmith_mcp.core.refusal import Refusal, quoted

QUANTITY_SCALE = 10_000
HIGHEST_QUANTITY = 1_000_000

_NUMBER = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,4}))?")


def parse_quantity(text: str) -> int:
    """Read a quantity like "3", "0.25" or "-1", up to four decimals, and return it at 1/10,000.

    Raises Refusal for zero, for more than 1,000,000 and for what is no plain number.
    """
    quantity = _scaled(text, what="a quantity")
    if not 0 < abs(quantity) <= HIGHEST_QUANTITY * QUANTITY_SCALE:
        raise Refusal(
            f"{quoted(text)} is out of range; write a quantity up to {HIGHEST_QUANTITY}, like 1.5."
        )
    return quantity


def parse_unit_price(text: str) -> int:
    """Read a price like "95" or "-50.25", up to four decimals, and return it at 1/10,000.

    Below zero it is a rebate. Raises Refusal for what is no plain number of up to twelve digits.
    """
    return _scaled(text, what="a unit price")


def quantity_text(quantity_e4: int) -> str:
    """Return a quantity at 1/10,000 as it is printed: without trailing zeros ("1.25", "2")."""
    whole, part = divmod(abs(quantity_e4), QUANTITY_SCALE)
    fraction = f".{part:04}".rstrip("0") if part else ""
    return f"{'-' if quantity_e4 < 0 else ''}{whole}{fraction}"


def _scaled(text: str, *, what: str) -> int:
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise Refusal(
            f"{quoted(text)} is not {what}; write it like 2 or 1.25: digits alone, a point before "
            "up to four decimals and nothing between thousands."
        )
    size = int(match[2] + (match[3] or "").ljust(4, "0"))
    return -size if match[1] else size
