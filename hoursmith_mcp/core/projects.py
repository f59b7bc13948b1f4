"""What a project may be: how it is charged for, its one budget, and when it is due."""

from __future__ import annotations

from hoursmith_mcp.core.refusal import Refusal


def check_fee(rate_type: str, fixed_fee: int | None) -> None:
    """Raise Refusal unless a FIXED project, and no other, has a fee (minor units)."""
    if rate_type == "FIXED" and fixed_fee is None:
        raise Refusal("A FIXED project needs a fee: give fixed_fee_amount.")
    if rate_type != "FIXED" and fixed_fee is not None:
        raise Refusal(
            'Only a FIXED project has a fee: give rate_type="FIXED", or leave fixed_fee_amount out.'
        )


def check_budget(budget_seconds: int | None, budget_amount: int | None) -> None:
    """Raise Refusal where a budget is given both as time and as money (minor units)."""
    if budget_seconds is not None and budget_amount is not None:
        raise Refusal("A budget is hours or money: give budget_hours or budget_amount, not both.")


def check_days(start: str | None, due: str | None) -> None:
    """Raise Refusal where something is due before it starts (days as ISO text)."""
    if start is not None and due is not None and due < start:
        raise Refusal(f"{due} is before start_date, {start}; correct one of them.")
