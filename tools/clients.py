"""Clients: who the work is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.addresses import PARTS, address_of
from hoursmith_mcp.core.money import known_currency, parse_currency, parse_percentage, parse_rate
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.core.rates import check_start, rate_on
from hoursmith_mcp.core.repricing import repricing
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import (
    AllowDuplicate,
    ClientRef,
    DueDayText,
    Email,
    Line,
    LongText,
    Name,
    Price,
)
from hoursmith_mcp.schemas.base import Hidden, Would
from hoursmith_mcp.schemas.clients import ClientDeleted, ClientOut, client_out
from hoursmith_mcp.schemas.contacts import contact_out
from hoursmith_mcp.schemas.filters import InvoiceFilter, Selection
from hoursmith_mcp.schemas.pricing import repriced_warnings

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.rates import RateSet
    from hoursmith_mcp.store.tables import Client

Currency = Annotated[Hidden[Line], Field(description="Currency, as EUR.")]
DefaultRate = Annotated[Price, Field(description="Price of an hour.")]
PaymentTerms = Annotated[
    Hidden[int], Field(ge=0, le=365, description="Days until invoices are due.")
]
TaxRate = Annotated[Price, Field(description="Tax percentage.")]
Contact = Annotated[Line, Field(description="Contact person.")]
BillingEmail = Annotated[Email, Field(description="E-mail for invoices.")]
Phone = Annotated[Line, Field(description="Phone.")]
Website = Annotated[Line, Field(description="Website.")]
Address = Annotated[LongText, Field(description="Address on invoices.")]
AddressPart = Annotated[Line, Field(description="Part of the address on invoices.")]
TaxNumber = Annotated[Line, Field(description="VAT number.")]
NeedsPo = Annotated[bool, Field(description="Invoices need a PO number.")]
Notes = Annotated[LongText, Field(description="Notes for yourselves.")]


@operation(
    toolset="clients",
    scope=Scope.CLIENTS_WRITE,
    least=Role.MANAGER,
    rest="POST /clients",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    rest_only=PARTS,
    unlisted=("phone", "website", "require_po_number", "notes", "allow_duplicate"),
    undo=BY_ROWS,
)
async def create_client(
    call: Call,
    name: Name,
    currency: Currency | None = None,
    default_rate: DefaultRate | None = None,
    email: Email | None = None,
    contact_name: Contact | None = None,
    billing_email: BillingEmail | None = None,
    phone: Phone | None = None,
    website: Website | None = None,
    billing_address: Address | None = None,
    billing_line1: AddressPart | None = None,
    billing_line2: AddressPart | None = None,
    billing_city: AddressPart | None = None,
    billing_region: AddressPart | None = None,
    billing_postal_code: AddressPart | None = None,
    billing_country: AddressPart | None = None,
    tax_number: TaxNumber | None = None,
    default_payment_terms: PaymentTerms | None = None,
    default_tax_rate: TaxRate | None = None,
    require_po_number: NeedsPo = False,
    notes: Notes | None = None,
    allow_duplicate: AllowDuplicate = False,
) -> ClientOut:
    """Create a client."""
    parts = {
        "billing_line1": billing_line1 or None,
        "billing_line2": billing_line2 or None,
        "billing_city": billing_city or None,
        "billing_region": billing_region or None,
        "billing_postal_code": billing_postal_code or None,
        "billing_country": billing_country or None,
    }
    values: dict[str, Any] = {
        "name": name,
        "name_key": fold(name),
        "currency": _currency(currency) if currency else None,
        "email": email or None,
        "contact_name": contact_name or None,
        "billing_email": billing_email or None,
        "phone": phone or None,
        "website": website or None,
        "address": billing_address or address_of(parts),
        **parts,
        "tax_number": tax_number or None,
        "payment_terms_days": default_payment_terms,
        "default_tax_rate": _percentage(default_tax_rate) if default_tax_rate else None,
        "require_po_number": require_po_number,
        "notes": notes or None,
    }
    await call.answer_repeats(*values.values(), default_rate, allow_duplicate=allow_duplicate)
    await _refuse_namesake(call, values["name_key"], None)
    client_id = call.new_id("cl")
    row = await call.store.clients.add(id=client_id, **values)
    if default_rate is not None:
        await _set_rate(call, client_id, default_rate, row.currency or call.actor.currency)
    client = await _shown(call, client_id)
    call.emit("client.created", client)
    return client


@operation(
    toolset="clients",
    scope=Scope.CLIENTS_WRITE,
    least=Role.MANAGER,
    rest="PATCH /clients/{client}",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    rest_only=PARTS,
    undo=BY_ROWS,
)
async def update_client(
    call: Call,
    client: ClientRef,
    name: Name | None = None,
    currency: Currency | None = None,
    default_rate: DefaultRate | None = None,
    rate_from: Annotated[
        Hidden[DueDayText], Field(description="Day from which default_rate holds.")
    ]
    | None = None,
    email: Email | None = None,
    contact_name: Contact | None = None,
    billing_email: BillingEmail | None = None,
    phone: Phone | None = None,
    website: Website | None = None,
    billing_address: Address | None = None,
    billing_line1: AddressPart | None = None,
    billing_line2: AddressPart | None = None,
    billing_city: AddressPart | None = None,
    billing_region: AddressPart | None = None,
    billing_postal_code: AddressPart | None = None,
    billing_country: AddressPart | None = None,
    tax_number: TaxNumber | None = None,
    default_payment_terms: PaymentTerms | None = None,
    default_tax_rate: TaxRate | None = None,
    require_po_number: NeedsPo | None = None,
    notes: Notes | None = None,
    archived: Annotated[bool, Field(description="Put away.")] | None = None,
) -> ClientOut:
    """Change a client; what is left out stays, an empty text clears."""
    with reading("rate_from"):
        check_start(default_rate, rate_from, argument="default_rate")
    # Who brings them back means one that is put away.
    row = await call.store.clients.find(client, writing=archived is not False)
    before = await _shown(call, row.id)
    texts = {
        "email": email,
        "contact_name": contact_name,
        "billing_email": billing_email,
        "phone": phone,
        "website": website,
        "address": billing_address,
        "billing_line1": billing_line1,
        "billing_line2": billing_line2,
        "billing_city": billing_city,
        "billing_region": billing_region,
        "billing_postal_code": billing_postal_code,
        "billing_country": billing_country,
        "tax_number": tax_number,
        "notes": notes,
    }
    changes: dict[str, Any] = {
        column: text or None for column, text in texts.items() if text is not None
    }
    if billing_address is None and not changes.keys().isdisjoint(PARTS):
        changes["address"] = address_of({one: getattr(row, one) for one in PARTS} | changes)
    if name is not None:
        changes |= {"name": name, "name_key": fold(name)}
    if currency is not None:
        changes["currency"] = _currency(currency) if currency.strip() else None
    if default_payment_terms is not None:
        changes["payment_terms_days"] = default_payment_terms
    if default_tax_rate is not None:
        changes["default_tax_rate"] = _percentage(default_tax_rate) if default_tax_rate else None
    if require_po_number is not None:
        changes["require_po_number"] = require_po_number
    if archived is not None and archived != (row.archived_at is not None):
        changes["archived_at"] = call.now_us if archived else None
    changes = {column: new for column, new in changes.items() if getattr(row, column) != new}
    if "name_key" in changes or changes.get("archived_at", 0) is None:
        await _refuse_namesake(call, changes.get("name_key", row.name_key), row.id)
    if "currency" in changes and before.currency != (changes["currency"] or call.actor.currency):
        await call.store.currencies.refuse_change(row.id)
    if changes:
        row = await call.store.clients.update(row.id, changes)
    currency_now = row.currency or call.actor.currency
    rate, repriced = None, list[str]()
    if default_rate is not None:
        work = Selection(client_id=row.id, with_fees=False)
        was_open = await call.store.open_work.of(work)
        rate = await _set_rate(call, row.id, default_rate, currency_now, rate_from)
        if rate.is_new:
            now_open = await call.store.open_work.of(work)
            repriced = repriced_warnings(repricing(was_open, now_open))
    after = await _shown(call, row.id)
    if changes or (rate is not None and rate.is_new):
        call.emit("client.updated", after, before=before)
    warnings = [
        *repriced,
        *(rate.warnings if rate is not None else []),
        *await call.store.rates.passed_over(before.currency, currency_now, client_id=row.id),
        *(await _left_running(call, row.id) if archived else []),
    ]
    return after.model_copy(update={"warnings": warnings})


async def what_deleting_would_do(call: Call, client: str) -> Would:
    """Say what would be deleted."""
    row = await _find_unused(call, client)
    return Would(would=f"It would delete the client {row.name}, for whom there is no work.")


@operation(
    toolset="clients",
    scope=Scope.CLIENTS_WRITE,
    least=Role.MANAGER,
    rest="DELETE /clients/{client}",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    asks=what_deleting_would_do,
    undo=BY_ROWS,
)
async def delete_client(call: Call, client: ClientRef) -> ClientDeleted:
    """Delete a client that has no projects, invoices and expenses."""
    row = await _find_unused(call, client)
    shown = await _shown(call, row.id)
    for contact in await call.store.contacts.of_client(row.id):
        await call.store.contacts.remove(contact.id)
        call.emit("contact.deleted", contact_out(contact), gone=True)
    await call.store.clients.remove(row.id)
    call.emit("client.deleted", shown, gone=True)
    return ClientDeleted(id=row.id, deleted=True, client=shown)


async def _find_unused(call: Call, client: str) -> Client:
    row = await call.store.clients.find(client, writing=False, whole=True)
    projects = await call.store.projects.count_all(row.id)
    invoices = await call.store.invoices.page(InvoiceFilter(client_id=row.id), after=None, limit=1)
    if projects or invoices or await call.store.expenses.any_of_client(row.id):
        raise Conflict(
            f"{row.name} has projects, invoices or expenses, so it is not deleted. Archive it "
            "instead, with update_client(archived=true)."
        )
    return row


async def _shown(call: Call, client_id: str) -> ClientOut:
    row = await call.store.clients.get(client_id)
    currency = row.currency or call.actor.currency
    rates = await call.store.rates.of_client(client_id)
    current = rate_on([rate for rate in rates if rate.currency == currency], call.today)
    return client_out(row, current, currency=currency)


async def _refuse_namesake(call: Call, name_key: str, own_id: str | None) -> None:
    other = await call.store.clients.namesake(name_key)
    if other is not None and other.id != own_id:
        raise Conflict(
            f"There is a client of that name already: {other.name} ({other.id}). Use that one, or "
            "give another name.",
            candidates=[{"id": other.id, "name": other.name}],
        )


async def _set_rate(
    call: Call, client_id: str, text: str, currency: str | None, starts: str | None = None
) -> RateSet:
    with reading("default_rate"):
        rate, known = parse_rate(text), known_currency(currency)
    return await call.store.rates.set(
        call.new_id("rt"),
        rate=rate,
        currency=known,
        today=call.today,
        from_day=call.due_day(starts, "rate_from") if starts is not None else None,
        client_id=client_id,
    )


async def _left_running(call: Call, client_id: str) -> list[str]:
    count = await call.store.projects.count_active(client_id)
    verb = "is" if count == 1 else "are"
    return [f"{count} of its projects {verb} still active."] if count else []


def _currency(text: str) -> str:
    with reading("currency"):
        return parse_currency(text)


def _percentage(text: str) -> int:
    with reading("default_tax_rate"):
        return parse_percentage(text)
