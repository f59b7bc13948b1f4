"""A client and its account, to be read."""

from __future__ import annotations

from typing import Annotated

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.bills import OpenWork, standard_bill
from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.money import Money
from hoursmith_mcp.core.rates import rate_on
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.accounts import ClientAccount, OpenWorkOut
from hoursmith_mcp.schemas.arguments import ClientRef
from hoursmith_mcp.schemas.clients import ClientOut, ClientPage, client_out
from hoursmith_mcp.schemas.events import EVERY_KIND
from hoursmith_mcp.schemas.filters import InvoiceFilter, Selection
from hoursmith_mcp.schemas.invoices import aged_amounts, invoice_out
from hoursmith_mcp.schemas.listing import Wanted
from hoursmith_mcp.schemas.listings import CLIENTS

MOST_INVOICES = 50
ISSUED = ("SENT", "PAID", "WRITTEN_OFF")


@operation(
    toolset="clients",
    scope=Scope.CLIENTS_READ,
    least=Role.MANAGER,
    mcp=False,
    rest="GET /clients",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def filter_clients(call: Call, wanted: Annotated[Wanted, CLIENTS]) -> ClientPage:
    """List clients, filtered, sorted and searched by their fields."""
    page = await call.store.lists.page(wanted)
    rates = await call.store.rates.of_clients(page.ids)
    shown: list[ClientOut] = []
    for row in page.in_order(await call.store.clients.of_ids(page.ids)):
        currency = row.currency or call.actor.currency
        own = [rate for rate in rates[row.id] if rate.currency == currency]
        shown.append(client_out(row, rate_on(own, call.today), currency=currency))
    return ClientPage(clients=shown, next_cursor=page.next_cursor)


@operation(
    toolset="clients",
    scope=Scope.CLIENTS_READ,
    least=Role.MANAGER,
    mcp=False,
    rest="GET /clients/{client}",
    resource="hoursmith://clients/{client}",
    page=Page("Client", touched_by=("client", "rate", "organization"), importance=60),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_client(call: Call, client: ClientRef) -> ClientOut:
    """Show a client: who to write to, the terms, and the rate as it holds today."""
    row = await call.store.clients.find(client, writing=False)
    currency = row.currency or call.actor.currency
    rates = await call.store.rates.of_client(row.id)
    current = rate_on([rate for rate in rates if rate.currency == currency], call.today)
    return client_out(row, current, currency=currency)


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    mcp=False,
    rest="GET /clients/{client}/account",
    resource="hoursmith://clients/{client}/account",
    page=Page("Client account", touched_by=EVERY_KIND, importance=60, named_by=("client",)),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_client_account(call: Call, client: ClientRef) -> ClientAccount:
    """Show what a client is to be billed, has been billed, and owes by age."""
    row = await call.store.clients.find(client, writing=False)
    works = await call.store.open_work.of(Selection(client_id=row.id))
    invoices = call.store.invoices
    own = InvoiceFilter(client_id=row.id, statuses=("DRAFT",))
    drafts = await invoices.page(own, after=None, limit=MOST_INVOICES + 1)
    own = InvoiceFilter(client_id=row.id, statuses=ISSUED)
    issued = await invoices.page(own, after=None, limit=MOST_INVOICES + 1)
    unpaid = await invoices.unpaid(InvoiceFilter(client_id=row.id))
    return ClientAccount(
        client=row.name,
        client_id=row.id,
        currency=row.currency or call.actor.currency,
        unbilled=_open_work(works[0] if works else None),
        drafts=[invoice_out(one, call.organization_today) for one in drafts[:MOST_INVOICES]],
        invoices=[invoice_out(one, call.organization_today) for one in issued[:MOST_INVOICES]],
        receivables=aged_amounts(unpaid, call.organization_today),
        more=max(len(drafts), len(issued)) > MOST_INVOICES,
        available_actions=["preview_invoice"] if works else ["list_invoices"],
    )


def _open_work(work: OpenWork | None) -> OpenWorkOut:
    if work is None:
        return OpenWorkOut(entries=0, hours=hours_text(0))
    without_rate = sum(one.seconds for one in work.unpriced)
    shown = OpenWorkOut(
        entries=len(work.times) + len(work.unpriced),
        hours=hours_text(sum(time.seconds for time in work.times) + without_rate),
        fees=len(work.fees) or None,
        hours_without_rate=hours_text(without_rate) if without_rate else None,
        currency=work.currency,
    )
    bill = standard_bill(work)
    if bill is None:
        return shown
    return shown.model_copy(update={"total": Money(bill.totals.total, bill.currency).text()})
