"""Drafts that are made again: one that was put away, or a copy of any invoice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, refusing
from hoursmith_mcp.core.billable_time import BillableTime
from hoursmith_mcp.core.bills import Bill, OpenWork, bill_for
from hoursmith_mcp.core.drafts import BillTo, DraftTerms, draft_content, draft_row, draft_rows
from hoursmith_mcp.core.durations import format_duration
from hoursmith_mcp.core.grouping import parse_grouping
from hoursmith_mcp.core.invoices import InvoiceStatus, InvoiceVerb, check
from hoursmith_mcp.core.lines import Line
from hoursmith_mcp.core.money import Money, format_rate
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.totals import stored_discount
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import AllowDuplicate, InvoiceRef
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.schemas.invoice_lines import core_line, price_text
from hoursmith_mcp.schemas.invoices import (
    InvoiceDetail,
    invoice_detail,
    invoice_name,
    invoice_state,
)
from hoursmith_mcp.schemas.organization import unfinished_business

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.invoices import WholeInvoice
    from hoursmith_mcp.store.queries.proposals import EntryState
    from hoursmith_mcp.store.tables import BillingClaim, Client, Invoice, InvoiceLine


@dataclass(frozen=True)
class _Subjects:
    """What an invoice claimed once, and the same subjects as they are now.

    `holders` are the invoices that they are billed on by now.
    """

    claims: Sequence[BillingClaim]
    entries: Mapping[str, EntryState]
    work: OpenWork
    holders: Mapping[str, str]

    @property
    def times(self) -> dict[str, BillableTime]:
        """The entries that could be billed to the client now, by id."""
        return {time.id: time for time in self.work.times}

    @property
    def fees(self) -> dict[str, int]:
        """The fees that could be charged to the client now, in minor units, by project."""
        return {fee.project_id: fee.amount_minor for fee in self.work.fees}

    @property
    def free(self) -> set[str]:
        """The subjects that could be claimed now."""
        return {*self.times, *self.fees}


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="POST /invoices/{invoice}/restore",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def restore_invoice(call: Call, invoice: InvoiceRef) -> InvoiceDetail:
    """Bring back a draft that was cancelled or deleted, with its time and fees."""
    row = await call.store.invoices.find(invoice, deleted_too=True)
    if row.deleted_at is None:
        with refusing():
            check(InvoiceVerb.RESTORE, invoice_state(row), invoice=invoice_name(row))
    whole = await call.store.invoices.whole(row)
    changed = _changed_since(whole, await _subjects(call, row))
    if changed:
        first = f"{changed[0]['what']} is now {changed[0]['now']}"
        raise Conflict(
            f"{invoice_name(row)} cannot be restored as it was: {first}. Preview a new invoice "
            "with preview_invoice.",
            difference=changed,
        )
    was_there = row.deleted_at is None
    before = invoice_detail(whole, call.organization_today) if was_there else None
    await call.store.claims.take_back(row.id)
    row = await call.store.invoices.update(
        row.id,
        {"status": InvoiceStatus.DRAFT.value, "cancelled_at": None, "deleted_at": None},
    )
    restored = invoice_detail(await call.store.invoices.whole(row), call.organization_today)
    call.emit("invoice.restored", restored, before=before)
    return restored


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="POST /invoices/{invoice}/duplicate",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    undo=BY_ROWS,
)
async def duplicate_invoice(
    call: Call, invoice: InvoiceRef, allow_duplicate: AllowDuplicate = False
) -> InvoiceDetail:
    """Make a new draft like an invoice; time and fees come along where they are free."""
    row = await call.store.invoices.find(invoice)
    await call.answer_repeats(row.id, row.version, allow_duplicate=allow_duplicate)
    with refusing():
        check(InvoiceVerb.DUPLICATE, invoice_state(row), invoice=invoice_name(row))
    whole = await call.store.invoices.whole(row)
    subjects = await _subjects(call, row)
    work, warnings = _carried(whole, subjects)
    terms = _terms(row, await call.store.clients.get(row.client_id))
    custom = [core_line(line) for line in whole.lines if line.kind == "custom"]
    bill, terms, dropped = _bill(work, terms, custom, row)
    warnings += _priced_anew(whole, subjects.claims, bill)
    content = draft_content(work, bill, terms)
    draft_id = call.new_id("inv")
    lines, claims = draft_rows(content, draft_id, call.new_id)
    draft = await call.store.invoices.add(draft_row(content, draft_id), lines)
    await call.store.claims.take(claims)
    warnings += dropped if lines else [*dropped, "It has no lines yet: add some to it."]
    warnings += unfinished_business(await call.store.organization.get())
    made = await call.store.invoices.whole(draft)
    detail = invoice_detail(made, call.organization_today, warnings=warnings)
    call.emit("invoice.created", detail)
    return detail


async def _subjects(call: Call, row: Invoice) -> _Subjects:
    claims = await call.store.claims.of_invoice(row.id)
    entry_ids = [claim.subject_id for claim in claims if claim.subject_kind == "entry"]
    claimed = {claim.subject_id for claim in claims}
    selection = Selection(client_id=row.client_id, entry_ids=tuple(entry_ids))
    works = await call.store.open_work.of(selection)
    work = works[0] if works else OpenWork(row.client_id, "", row.currency, tax_rate=0)
    in_currency = work.currency == row.currency
    work = replace(
        work,
        times=work.times if in_currency else (),
        fees=tuple(fee for fee in work.fees if in_currency and fee.project_id in claimed),
    )
    return _Subjects(
        claims,
        await call.store.proposals.states(entry_ids),
        work,
        await call.store.claims.holders(list(claimed)),
    )


# Restoring.


def _changed_since(whole: WholeInvoice, subjects: _Subjects) -> list[dict[str, str]]:
    """Say what became of subjects since they were let go."""
    prices = {line.id: line.unit_price for line in whole.lines}
    found: list[dict[str, str]] = []
    for claim in subjects.claims:
        now = _taken(claim, subjects)
        if claim.subject_kind == "entry":
            price = prices[claim.line_id]
            state = subjects.entries[claim.subject_id]
            what = f"entry {claim.subject_id}"
            was = f"{format_duration(claim.raw_seconds)} at {price_text(price, whole.row.currency)}"
            time = subjects.times.get(claim.subject_id)
            now = now or _entry_now(state, claim, time, price, whole.row.currency)
        else:
            what = f"fee of {claim.subject_id}"
            was = Money(claim.amount, whole.row.currency).text()
            now = now or _fee_now(claim, subjects.fees, whole.row.currency)
        if now is not None:
            found.append({"what": what, "was": was, "now": now})
    return found


def _taken(claim: BillingClaim, subjects: _Subjects) -> str | None:
    """Say where a subject went, if it is not there or billed by now."""
    state = subjects.entries.get(claim.subject_id)
    if state is not None and state.deleted_at is not None:
        return "deleted"
    holder = subjects.holders.get(claim.subject_id)
    return f"billed on {holder}" if holder is not None else None


def _entry_now(
    state: EntryState,
    claim: BillingClaim,
    time: BillableTime | None,
    price: int,
    currency: str,
) -> str | None:
    if state.duration_seconds != claim.raw_seconds:
        return format_duration(state.duration_seconds)
    if not state.billable:
        return "not billable any more"
    if time is None:
        return f"not to be billed to that client in {currency}"
    if time.rate != price:
        return f"priced at {format_rate(time.rate, currency)}"
    # It was locked while it was claimed, so any change is of later.
    return "changed" if state.updated_at > (claim.released_at or 0) else None


def _fee_now(claim: BillingClaim, fees: Mapping[str, int], currency: str) -> str | None:
    amount = fees.get(claim.subject_id)
    if amount is None:
        return f"not to be charged to that client in {currency}"
    return None if amount == claim.amount else Money(amount, currency).text()


# Duplicating.


def _carried(whole: WholeInvoice, subjects: _Subjects) -> tuple[OpenWork, list[str]]:
    """Return the work of the lines whose subjects are all free, and what was left out."""
    of_line: dict[str, list[BillingClaim]] = defaultdict(list)
    for claim in subjects.claims:
        of_line[claim.line_id].append(claim)
    kept: set[str] = set()
    left_out: list[str] = []
    for line in whole.lines:
        claims = of_line[line.id]
        missing = [claim for claim in claims if claim.subject_id not in subjects.free]
        if missing:
            why = _taken(missing[0], subjects) or "not to be billed now"
            left_out.append(f"Left out {line.description}: {_which(missing, claims)} {why}.")
        else:
            kept |= {claim.subject_id for claim in claims}
    work = replace(
        subjects.work,
        times=tuple(time for time in subjects.work.times if time.id in kept),
        fees=tuple(fee for fee in subjects.work.fees if fee.project_id in kept),
    )
    return work, left_out


def _priced_anew(whole: WholeInvoice, claims: Sequence[BillingClaim], bill: Bill) -> list[str]:
    """Say which lines that came along cost something else than they did."""
    line_of = {claim.subject_id: claim.line_id for claim in claims}
    prices: dict[str, set[int]] = defaultdict(set)
    amounts: dict[str, int] = defaultdict(int)
    for line in bill.lines:
        for part in line.parts:
            line_id = line_of[part.subject_id]
            prices[line_id].add(line.unit_price_e4)
            amounts[line_id] += part.amount_minor
    found: list[str] = []
    for row in whole.lines:
        if row.id in prices:
            found += _dearer(row, sorted(prices[row.id]), amounts[row.id], bill.currency)
    return found


def _dearer(row: InvoiceLine, prices: list[int], amount: int, currency: str) -> list[str]:
    if row.kind == "time" and prices != [row.unit_price]:
        now = " and ".join(price_text(price, currency) for price in prices)
        then = price_text(row.unit_price, currency)
        return [f"{row.description}: {now} an hour now, {then} then."]
    if amount != row.amount:
        now, then = (Money(minor, currency).text() for minor in (amount, row.amount))
        return [f"{row.description}: {now} now, {then} then."]
    return []


def _which(missing: Sequence[BillingClaim], claims: Sequence[BillingClaim]) -> str:
    if missing[0].subject_kind == "fee":
        return "its fee is"
    if len(claims) == 1:
        return "its entry is"
    return f"{len(missing)} of its {len(claims)} entries cannot come along, one is"


def _terms(row: Invoice, client: Client) -> DraftTerms:
    return DraftTerms(
        grouping=parse_grouping(row.grouped_by),
        discount=stored_discount(row.discount_amount, row.discount_percent),
        bill_to=BillTo(client.name, client.address, client.tax_number),
        payment_terms_days=row.payment_terms_days,
        po_number=row.po_number,
        notes=row.notes,
    )


def _bill(
    work: OpenWork, terms: DraftTerms, custom: Sequence[Line], row: Invoice
) -> tuple[Bill, DraftTerms, list[str]]:
    """Return the bill, without a discount that is over what is left to discount."""
    try:
        bill = bill_for(work, row.currency, grouping=terms.grouping, others=custom)
        discount, lines_total = terms.discount, bill.totals.lines_total
        if discount is None:
            return bill, terms, []
        if discount.of(lines_total) > lines_total:
            off = Money(discount.of(lines_total), row.currency).text()
            dropped = f"Left out the discount of {off}: it is over what is left."
            return bill, replace(terms, discount=None), [dropped]
        bill = bill_for(
            work, row.currency, grouping=terms.grouping, others=custom, discount=discount
        )
    except Refusal:
        raise Conflict(
            f"{invoice_name(row)} cannot be duplicated: without the time and fees that are not "
            "free it would come to less than nothing. Preview a new invoice with preview_invoice."
        ) from None
    return bill, terms, []
