"""Setting the organisation up: what invoices and days are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.calendar_words import parse_month
from hoursmith_mcp.core.instants import load_zone, local_day
from hoursmith_mcp.core.invoice_numbers import check_pattern
from hoursmith_mcp.core.money import known_currency, parse_currency, parse_percentage, parse_rate
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.core.rates import rate_on
from hoursmith_mcp.core.repricing import repricing
from hoursmith_mcp.errors import Conflict, UnknownZone
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import Email, Line, LongText, Name, Price
from hoursmith_mcp.schemas.base import Hidden
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.schemas.members import MemberOut, member_out
from hoursmith_mcp.schemas.organization import WEEKDAYS, OrganizationOut, organization_out
from hoursmith_mcp.schemas.pricing import repriced_warnings

if TYPE_CHECKING:
    from datetime import date

    from hoursmith_mcp.store.tables import Organization

EVERYTHING = Selection(with_fees=False)
ROUNDING = {"rounding_minutes", "rounding_mode", "rounding_per"}

Increment = Literal[0, 1, 5, 6, 10, 15, 30, 60]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@operation(
    toolset="admin",
    scope=Scope.ORGANIZATION_WRITE,
    least=Role.ADMIN,
    rest="PATCH /organization",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
    unlisted=("fiscal_year_start",),
)
async def set_up(
    call: Call,
    name: Annotated[Name, Field(description="Business name.")] | None = None,
    currency: Annotated[Hidden[Line], Field(description="Currency, as EUR.")] | None = None,
    time_zone: Annotated[Line, Field(description="Zone, as Europe/Berlin.")] | None = None,
    hourly_rate: Annotated[Price, Field(description="Default price of an hour.")] | None = None,
    address: Annotated[LongText, Field(description="Address on invoices.")] | None = None,
    legal_name: Annotated[Line, Field(description="Legal name.")] | None = None,
    tax_id: Annotated[Hidden[Line], Field(description="VAT number.")] | None = None,
    email: Annotated[Email, Field(description="Business e-mail.")] | None = None,
    website: Annotated[Line, Field(description="Website.")] | None = None,
    week_start: Annotated[Weekday, Field(description="Week's first day.")] | None = None,
    fiscal_year_start: Annotated[
        Line, Field(description="Month in which fiscal years begin, as april.")
    ]
    | None = None,
    payment_terms: Annotated[
        Hidden[int], Field(ge=0, le=365, description="Days until invoices are due.")
    ]
    | None = None,
    default_tax_rate: Annotated[Price, Field(description="Tax percentage.")] | None = None,
    rounding_minutes: Annotated[
        Hidden[Increment], Field(description="Round billed time to this; 0: not.")
    ]
    | None = None,
    rounding_mode: Annotated[
        Hidden[Literal["up", "nearest", "down"]], Field(description="Direction.")
    ]
    | None = None,
    rounding_per: Annotated[Hidden[Literal["entry", "line"]], Field(description="What is rounded.")]
    | None = None,
    invoice_number_pattern: Annotated[Hidden[Line], Field(description="As INV-{yyyy}-{number:4}.")]
    | None = None,
    bank_details: Annotated[Hidden[LongText], Field(description="Bank details.")] | None = None,
    your_name: Annotated[Name, Field(description="Your name.")] | None = None,
    your_email: Annotated[Email, Field(description="Your e-mail.")] | None = None,
) -> OrganizationOut:
    """Set up the business and yourself; what is left out stays as it is."""
    row = await call.store.organization.get()
    today = _today(call, time_zone)
    before = await _shown(call, row, today)
    texts = {
        "address": address,
        "legal_name": legal_name,
        "tax_number": tax_id,
        "email": email,
        "website": website,
        "bank_details": bank_details,
    }
    changes: dict[str, Any] = {
        column: text or None for column, text in texts.items() if text is not None
    }
    plain: dict[str, Any] = {
        "name": name,
        "payment_terms_days": payment_terms,
        "rounding_minutes": rounding_minutes,
        "rounding_mode": rounding_mode,
        "rounding_per": rounding_per,
    }
    changes |= {column: value for column, value in plain.items() if value is not None}
    if currency is not None:
        with reading("currency"):
            changes["currency"] = parse_currency(currency)
    if time_zone is not None:
        with reading("time_zone"):
            changes["time_zone"] = load_zone(time_zone).key
    if week_start is not None:
        changes["week_start"] = WEEKDAYS.index(week_start)
    if fiscal_year_start is not None:
        with reading("fiscal_year_start"):
            changes["fiscal_year_start"] = parse_month(fiscal_year_start)
    if default_tax_rate is not None:
        with reading("default_tax_rate"):
            changes["default_tax_rate"] = (
                parse_percentage(default_tax_rate) if default_tax_rate else None
            )
    if invoice_number_pattern is not None:
        with reading("invoice_number_pattern"):
            changes["invoice_number_pattern"] = check_pattern(invoice_number_pattern)
    changes = {column: new for column, new in changes.items() if getattr(row, column) != new}
    if "currency" in changes and row.currency is not None:
        await call.store.currencies.refuse_change(None)
    reprices = hourly_rate is not None or not ROUNDING.isdisjoint(changes)
    open_before = await call.store.open_work.of(EVERYTHING) if reprices else ()
    if changes:
        row = await call.store.organization.update(changes)
    rate_is_new = hourly_rate is not None and await _set_rate(
        call, hourly_rate, row.currency, today
    )
    after = await _shown(call, row, today)
    open_after = await call.store.open_work.of(EVERYTHING) if reprices else ()
    warnings = [
        *repriced_warnings(repricing(open_before, open_after)),
        *await call.store.rates.passed_over(before.default_currency, row.currency),
    ]
    if changes or rate_is_new:
        call.emit("organization.updated", after, before=before)
    you = await _set_self(call, your_name, your_email)
    return after.model_copy(update={"you": you, "warnings": warnings})


def _today(call: Call, time_zone: str | None) -> date:
    """Return the day it is; where this machine does not know the old zone, it is by the new one."""
    try:
        return call.today
    except UnknownZone:
        if time_zone is None:
            raise
        with reading("time_zone"):
            return local_day(call.now_us, load_zone(time_zone))


async def _shown(call: Call, row: Organization, today: date) -> OrganizationOut:
    rates = await call.store.rates.of_organization()
    current = rate_on([rate for rate in rates if rate.currency == row.currency], today)
    return organization_out(row, current)


async def _set_rate(call: Call, text: str, currency: str | None, today: date) -> bool:
    with reading("hourly_rate"):
        rate, known = parse_rate(text), known_currency(currency)
    done = await call.store.rates.set(call.new_id("rt"), rate=rate, currency=known, today=today)
    return done.is_new


async def _set_self(call: Call, name: str | None, email: str | None) -> MemberOut:
    row = await call.store.members.get(call.actor.member_id)
    before = member_out(row)
    changes: dict[str, Any] = {}
    if name is not None:
        changes |= {"name": name, "name_key": fold(name)}
    if email is not None:
        changes["email"] = email.lower() or None
    changes = {column: new for column, new in changes.items() if getattr(row, column) != new}
    if not changes:
        return before
    if changes.get("email") and await call.store.members.has_email(changes["email"]):
        raise Conflict("your_email: another member has that e-mail address; give your own.")
    after = member_out(await call.store.members.update(row.id, changes))
    call.emit("member.updated", after, before=before)
    return after
