"""Measures: what a report says of each group, in which unit, and which are made of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Unit = Literal["hours", "amount", "count", "percent", "per_hour"]


@dataclass(frozen=True)
class Measure:
    """One thing that is said of each group.

    Hours are kept in the parts that their kind says and amounts in minor units; they and counts are
    summed. A percentage and an amount per hour are made of two that are, and are never summed.
    """

    name: str
    unit: Unit
    of: tuple[str, str] | None = None


_FOUND: Final = (
    Measure("hours", "hours"),
    Measure("billable_hours", "hours"),
    Measure("billable_share", "percent", ("billable_hours", "hours")),
    # What is unbilled, and what stops it; ages are in days, of receivables since they were due.
    Measure("amount", "amount"),
    Measure("current", "amount"),
    Measure("days_1_to_30", "amount"),
    Measure("days_31_to_60", "amount"),
    Measure("days_61_to_90", "amount"),
    Measure("days_over_90", "amount"),
    Measure("fees", "amount"),
    Measure("hours_without_rate", "hours"),
    Measure("hours_under_fee", "hours"),
    Measure("running_hours", "hours"),
    Measure("issued", "amount"),
    Measure("issued_before_tax", "amount"),
    Measure("received", "amount"),
    Measure("revenue", "amount"),
    Measure("hours_so_far", "hours"),
    Measure("revenue_so_far", "amount"),
    Measure("effective_rate", "per_hour", ("revenue_so_far", "hours_so_far")),
    Measure("fee", "amount"),
    Measure("fee_spent", "amount"),
    Measure("fee_used", "percent", ("fee_spent", "fee")),
    Measure("budget_amount", "amount"),
    Measure("budget_spent", "amount"),
    Measure("budget_amount_used", "percent", ("budget_spent", "budget_amount")),
    Measure("budget_hours", "hours"),
    Measure("budget_hours_spent", "hours"),
    Measure("budget_hours_used", "percent", ("budget_hours_spent", "budget_hours")),
    Measure("expected_hours", "hours"),
    Measure("utilisation", "percent", ("hours", "expected_hours")),
    Measure("billable_utilisation", "percent", ("billable_hours", "expected_hours")),
    Measure("missing_hours", "hours"),
    Measure("thin_days", "count"),
)
MEASURES: Final[Mapping[str, Measure]] = {one.name: one for one in _FOUND}
"""Every measure by name, which is that of its field in a row."""

AGES: Final = ("current", "days_1_to_30", "days_31_to_60", "days_61_to_90", "days_over_90")
"""The measures of amounts by age, in the order of `core.ageing.BUCKETS`."""
