"""What a project may be: one kind of price, and at most one budget."""

from __future__ import annotations

import pytest

from hoursmith_mcp.core.projects import check_budget, check_days, check_fee
from hoursmith_mcp.core.refusal import Refusal


@pytest.mark.parametrize(("kind", "fee"), [("FIXED", 0), ("HOURLY", None), ("NON_BILLABLE", None)])
def test_a_fixed_project_has_a_fee_and_no_other_has(kind: str, fee: int | None) -> None:
    check_fee(kind, fee)


def test_a_fixed_project_without_a_fee_is_refused() -> None:
    with pytest.raises(Refusal, match="give fixed_fee_amount"):
        check_fee("FIXED", None)


@pytest.mark.parametrize("kind", ["HOURLY", "NON_BILLABLE"])
@pytest.mark.parametrize("fee", [0, 50_000])
def test_a_fee_on_any_other_project_is_refused(kind: str, fee: int) -> None:
    with pytest.raises(Refusal, match="leave fixed_fee_amount out"):
        check_fee(kind, fee)


def test_a_budget_is_time_or_money_or_nothing() -> None:
    check_budget(None, None)
    check_budget(3_600, None)
    check_budget(None, 100)
    with pytest.raises(Refusal, match="not both"):
        check_budget(0, 0)


def test_nothing_is_due_before_it_starts() -> None:
    check_days(None, None)
    check_days("2026-11-20", None)
    check_days(None, "2026-11-20")
    check_days("2026-11-20", "2026-11-20")
    with pytest.raises(Refusal, match="2026-11-19 is before start_date, 2026-11-20"):
        check_days("2026-11-20", "2026-11-19")
