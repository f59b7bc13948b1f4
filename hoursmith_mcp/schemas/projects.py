"""Projects, as callers see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.money import Money, format_rate
from hoursmith_mcp.schemas.base import (
    AmountText,
    DateText,
    DecimalText,
    Hidden,
    InstantText,
    OfTheCall,
    Public,
    RateText,
)

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.projects import ProjectRow
    from hoursmith_mcp.store.queries.rates import RateRow

ProjectStatus = Literal["ACTIVE", "COMPLETED", "ARCHIVED"]
RateType = Literal["HOURLY", "FIXED", "NON_BILLABLE"]


class ProjectOut(Public):
    """A piece of work for one client."""

    id: str
    name: str
    client: str
    client_id: str
    status: str
    rate_type: Hidden[str] | None = None
    currency: Hidden[str] | None = None
    hourly_rate: RateText | None = None
    hourly_rate_starts_on: Hidden[DateText] | None = None
    rate_from: Hidden[str] | None = None
    fixed_fee_amount: AmountText | None = None
    budget_hours: Hidden[DecimalText] | None = None
    budget_amount: AmountText | None = None
    description: str | None = None
    color: str | None = None
    start_date: DateText | None = None
    due_date: DateText | None = None
    # It costs a sum over all of its time, so one project alone is shown with it, and no list.
    logged_hours: OfTheCall[DecimalText] | None = None
    created_at: InstantText
    # It moves along when a price or a budget does, and warnings tell what that comes to.
    updated_at: Hidden[InstantText] | None = None
    warnings: OfTheCall[Hidden[list[str]]] = []
    available_actions: list[str] = []
    repeated: OfTheCall[bool] | None = None


class ProjectPage(Public):
    """A page of projects."""

    listed = "projects"

    projects: list[ProjectOut]
    next_cursor: str | None = None


def project_out(
    row: ProjectRow,
    rate: RateRow | None,
    *,
    rate_from: str | None,
    currency: str | None,
    logged_seconds: int | None = None,
    warnings: list[str] | None = None,
) -> ProjectOut:
    """Show a project; `rate` holds today and comes from the level that `rate_from` names."""
    return ProjectOut(
        id=row.id,
        name=row.name,
        client=row.client_name,
        client_id=row.client_id,
        status=row.status,
        rate_type=row.rate_type,
        currency=currency,
        hourly_rate=format_rate(rate.rate, rate.currency) if rate is not None else None,
        hourly_rate_starts_on=rate.starts_on if rate is not None else None,
        rate_from=rate_from if rate is not None else None,
        fixed_fee_amount=_amount(row.fixed_fee, currency),
        budget_hours=hours_text(row.budget_seconds) if row.budget_seconds is not None else None,
        budget_amount=_amount(row.budget_amount, currency),
        description=row.description,
        color=row.color,
        start_date=row.start_date,
        due_date=row.due_date,
        logged_hours=hours_text(logged_seconds) if logged_seconds is not None else None,
        created_at=instant_text(row.created_at),
        updated_at=instant_text(row.updated_at),
        warnings=warnings or [],
        available_actions=_actions(row.status),
    )


def _amount(minor: int | None, currency: str | None) -> str | None:
    if minor is None or currency is None:
        return None
    return Money(minor, currency).text()


def _actions(status: str) -> list[str]:
    if status == "ACTIVE":
        return ["log_time", "start_timer", "update_project"]
    return ["update_project"]
