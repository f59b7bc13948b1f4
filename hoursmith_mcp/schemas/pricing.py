"""Rates and roundings that were set, and what they change, as callers see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from hoursmith_mcp.core.dates import describe_day, weekday_name
from hoursmith_mcp.core.money import Money, format_rate
from hoursmith_mcp.core.repricing import Repricing
from hoursmith_mcp.core.rounding import RoundingPolicy, rounding_text
from hoursmith_mcp.schemas.base import AmountText, DateText, Hidden, OfMoney, Personal, RateText

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.rates import RateRow


class UnbilledChange(OfMoney):
    """What unbilled work in one currency came to and comes to, before tax."""

    currency: Hidden[str] | None = None
    amount_before: AmountText | None = None
    amount_after: AmountText | None = None
    amount_difference: AmountText | None = None


class RateOut(OfMoney):
    """The price of an hour at one level, from a day on."""

    id: str
    level: str
    name: Personal[str] | None = None
    project_id: str | None = None
    task_id: str | None = None
    member_id: str | None = None
    client_id: str | None = None
    rate: RateText | None = None
    currency: Hidden[str] | None = None
    starts_on: DateText | None = None
    weekday: str | None = None
    holds: str
    entries_repriced: int
    unbilled: list[UnbilledChange] = []
    warnings: list[str] = []
    available_actions: list[str] = []


class RoundingOut(OfMoney):
    """How billed time is rounded at one level, and where that was decided."""

    id: str
    level: str
    name: str
    project_id: str | None = None
    client_id: str | None = None
    rounding: Hidden[str] | None = None
    decided_by: str
    entries_changed: int
    unbilled: list[UnbilledChange] = []
    available_actions: list[str] = []


def unbilled_changes(repriced: Repricing) -> list[UnbilledChange]:
    """Show what becomes of unbilled amounts."""
    return [
        UnbilledChange(
            currency=one.currency,
            amount_before=Money(one.before_minor, one.currency).text(),
            amount_after=Money(one.after_minor, one.currency).text(),
            amount_difference=Money(one.after_minor - one.before_minor, one.currency).text(),
        )
        for one in repriced.amounts
    ]


def repriced_warnings(repriced: Repricing) -> list[str]:
    """Say how much open work is billed differently, where the answer is about something else."""
    if not repriced.entries:
        return []
    count = repriced.entries
    entries = "1 unbilled entry is" if count == 1 else f"{count} unbilled entries are"
    amounts = [
        f"{Money(one.before_minor, one.currency).text()} becomes "
        f"{Money(one.after_minor, one.currency).text()} {one.currency}"
        for one in repriced.amounts
    ]
    sums = f"{', '.join(amounts)} before tax" if amounts else "the amount stays"
    return [f"{entries} billed differently by this: {sums}."]


def rate_out(
    row: RateRow,
    repriced: Repricing,
    *,
    level: str,
    name: str | None,
    later: Sequence[RateRow],
    warnings: Sequence[str] = (),
) -> RateOut:
    """Show a rate record; `later` are those of its level that follow it."""
    start = date.fromisoformat(row.starts_on) if row.starts_on is not None else None
    return RateOut(
        id=row.id,
        level=level,
        name=name,
        project_id=row.project_id,
        task_id=row.task_id,
        member_id=row.member_id,
        client_id=row.client_id,
        rate=format_rate(row.rate, row.currency),
        currency=row.currency,
        starts_on=row.starts_on,
        weekday=weekday_name(start) if start is not None else None,
        holds=f"from {describe_day(start)} on" if start is not None else "on all days",
        entries_repriced=repriced.entries,
        unbilled=unbilled_changes(repriced),
        warnings=[*warnings, *(_followed(one) for one in later[:1])],
        available_actions=["list_unbilled", "set_rate"],
    )


def rounding_out(
    id: str,
    policy: RoundingPolicy,
    repriced: Repricing,
    *,
    level: str,
    name: str,
    decided_by: str,
    project_id: str | None = None,
    client_id: str | None = None,
) -> RoundingOut:
    """Show the rounding that holds at a level."""
    return RoundingOut(
        id=id,
        level=level,
        name=name,
        project_id=project_id,
        client_id=client_id,
        rounding=rounding_text(policy),
        decided_by=decided_by,
        entries_changed=repriced.entries,
        unbilled=unbilled_changes(repriced),
        available_actions=["list_unbilled", "set_rounding"],
    )


def _followed(row: RateRow) -> str:
    day = describe_day(date.fromisoformat(row.starts_on or ""))
    return f"From {day} on another rate holds: {format_rate(row.rate, row.currency)}."
