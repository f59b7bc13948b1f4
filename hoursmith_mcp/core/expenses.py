"""What was spent: the kinds that there are, and when a kind may have a name of its own."""

from __future__ import annotations

from typing import Literal

from hoursmith_mcp.core.refusal import Refusal

ExpenseCategory = Literal["TRAVEL", "MEALS", "SOFTWARE", "EQUIPMENT", "CONTRACTORS", "OTHER"]

OTHER: ExpenseCategory = "OTHER"


def check_custom_category(category: str, custom: str | None) -> None:
    """Raise Refusal where a category that has a name is given another one."""
    if custom is not None and category != OTHER:
        raise Refusal(f"{category} has a name already; a name of your own goes with {OTHER}.")
