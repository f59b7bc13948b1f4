"""Unmistakable amounts, in all the forms in which somebody may write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rows import everything
from worlds import AMONG_THE_HIDDEN, DEAR

from hoursmith_mcp.runtime import Runtime

CANARIES = replace(
    DEAR,
    rates=("7919.37", "6271.83", "8377.61", "5639.29"),
    client_rates=("7433.91", "6967.47"),
    own_rate="9397.53",
    task_rates=("8161.79", "7297.31", "6793.87"),
    fee="83477.19",
    budgets=({"budget_amount": "97373.11"}, {}, {"budget_amount": "71993.57"}, {}),
    tax="17.3719",
    discount="13.7391%",
    hosting="6373.93",
    paid="5171.77",
    new_rate="9199.37",
    bank_details="IBAN 97531864",
    contact="Xanthippe",
)
NAMES = {"Xanthippe", AMONG_THE_HIDDEN, "nobody's business", "somebody else's"}
"""What else is none of a member's business."""
AMOUNTS: dict[str, dict[str, int]] = {
    "rate": {"rate": 4},
    "project": {"fixed_fee": 2, "budget_amount": 2},
    "client": {"default_tax_rate": 4},
    "invoice": {name: 2 for name in ("lines_total", "discount", "net", "tax", "total", "paid")},
    "invoice_line": {"unit_price": 4, "amount": 2},
    "billing_claim": {"amount": 2},
    "payment": {"amount": 2},
}
"""The columns of amounts, and how many decimals they have."""
EVIDENT = 10_000
EVIDENT_WITHOUT_POINT = 1_000_000
"""What is smaller may stand anywhere: in a time, in a count, in an id."""


async def forms(runtime: Runtime) -> set[str]:
    """Return every amount of a house as somebody may write it."""
    rows = await everything(runtime)
    found = {CANARIES.bank_details, CANARIES.tax, CANARIES.discount.rstrip("%")}
    for table, columns in AMOUNTS.items():
        for row in rows[table]:
            for column, decimals in columns.items():
                if (row.get(column) or 0) >= EVIDENT:
                    found |= set(_written(row[column], decimals))
    return found


def _written(scaled: int, decimals: int) -> Iterator[str]:
    whole, part = divmod(scaled, 10**decimals)
    if scaled >= EVIDENT_WITHOUT_POINT:
        yield str(scaled)
    for places in {2, decimals}:
        for thousands, point in (("", "."), (",", "."), (".", ","), (" ", ","), ("'", ".")):
            grouped = f"{whole:,}".replace(",", thousands)
            yield f"{grouped}{point}{f'{part:0{decimals}}'[:places]}"


def spilt(text: str, canaries: set[str]) -> list[str]:
    """Return which of the amounts stand in a text."""
    return sorted(one for one in canaries if one in text)
