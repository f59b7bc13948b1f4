"""The organisation, and what a search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoursmith_mcp.core.calendar_words import MONTH_NAMES
from hoursmith_mcp.core.defaults import ORGANIZATION_NAME, PLAN
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.core.invoice_numbers import prefix_of
from hoursmith_mcp.core.money import format_percentage, format_rate
from hoursmith_mcp.schemas.base import Hidden, InstantText, PercentText, Public, RateText, Unlisted
from hoursmith_mcp.schemas.members import MemberOut

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.rates import RateRow
    from hoursmith_mcp.store.tables import Organization

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class OrganizationOut(Public):
    """The business that everything belongs to."""

    id: str
    name: str
    plan: Unlisted[str] | None = None
    legal_name: Hidden[str] | None = None
    address: Hidden[str] | None = None
    tax_id: Hidden[str] | None = None
    business_email: str | None = None
    business_website: str | None = None
    default_currency: Hidden[str] | None = None
    hourly_rate: RateText | None = None
    time_zone: str
    week_start: str
    fiscal_year_start: Unlisted[str] | None = None
    payment_terms: Hidden[int] | None = None
    default_tax_rate: PercentText | None = None
    rounding: Hidden[str] | None = None
    invoice_number_pattern: Hidden[str] | None = None
    invoice_prefix: Unlisted[Hidden[str]] | None = None
    bank_details: Hidden[str] | None = None
    livemode: bool
    created_at: InstantText
    # It moves along when prices and bank details do, and warnings tell what that comes to.
    updated_at: Hidden[InstantText] | None = None
    you: MemberOut | None = None
    warnings: Hidden[list[str]] = []
    missing: Hidden[list[str]] = []
    available_actions: list[str] = []


class FoundThing(Public):
    """Something whose name fits."""

    kind: str
    id: str
    name: str
    context: str | None = None
    archived: bool | None = None


class FoundThings(Public):
    """What a search found, the closest first."""

    query: str
    results: list[FoundThing]
    more: bool


class Names(Public):
    """Names that complete what was typed."""

    names: list[str]
    total: int


def organization_out(row: Organization, rate: RateRow | None = None) -> OrganizationOut:
    """Show the organisation, its own rate of today, and what it lacks before it can bill."""
    return OrganizationOut(
        id=row.id,
        name=row.name,
        plan=PLAN,
        legal_name=row.legal_name,
        address=row.address,
        tax_id=row.tax_number,
        business_email=row.email,
        business_website=row.website,
        default_currency=row.currency,
        hourly_rate=format_rate(rate.rate, rate.currency) if rate is not None else None,
        time_zone=row.time_zone,
        week_start=WEEKDAYS[row.week_start],
        fiscal_year_start=MONTH_NAMES[row.fiscal_year_start - 1],
        payment_terms=row.payment_terms_days,
        default_tax_rate=(
            format_percentage(row.default_tax_rate) if row.default_tax_rate is not None else None
        ),
        rounding=_rounding(row),
        invoice_number_pattern=row.invoice_number_pattern,
        invoice_prefix=prefix_of(row.invoice_number_pattern) or None,
        bank_details=row.bank_details,
        livemode=row.live,
        created_at=instant_text(row.created_at),
        updated_at=instant_text(row.updated_at),
        missing=missing_settings(row),
        available_actions=["set_up", "create_client"],
    )


def missing_settings(row: Organization) -> list[str]:
    """Name what has to be set before the first invoice, as arguments of set_up."""
    wanted = {
        "name": None if row.name == ORGANIZATION_NAME else row.name,
        "currency": row.currency,
        "address": row.address,
    }
    return [name for name, value in wanted.items() if value is None]


def unfinished_business(row: Organization) -> list[str]:
    """Warn of what invoices should say of the business itself, and do not yet."""
    known = ("currency", "name") if row.legal_name else ("currency",)
    missing = [name for name in missing_settings(row) if name not in known]
    if not missing:
        return []
    return [f"Your own business has no {' and no '.join(missing)} yet: set_up completes it."]


def _rounding(row: Organization) -> str:
    if row.rounding_minutes == 0:
        return "none"
    return f"{row.rounding_mode} to {row.rounding_minutes} minutes per {row.rounding_per}"
