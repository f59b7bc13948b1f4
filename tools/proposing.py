"""Proposing an invoice and making it: what was shown is what is made, or it is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.bills import Bill, OpenWork, bill_for
from hoursmith_mcp.core.drafts import (
    LIVES_US,
    BillTo,
    DraftTerms,
    differences,
    draft_content,
    draft_row,
    draft_rows,
)
from hoursmith_mcp.core.durations import format_duration
from hoursmith_mcp.core.exclusions import Exclusion, leave_out
from hoursmith_mcp.core.grouping import DEFAULT_GROUPING, parse_grouping
from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.totals import Discount, parse_discount
from hoursmith_mcp.errors import Conflict, InvalidInput
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.arguments import (
    ClientRef,
    DayText,
    Line,
    LongText,
    PeriodText,
    ProjectRef,
)
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.schemas.invoices import InvoiceDetail, invoice_detail
from hoursmith_mcp.schemas.proposals import ProposedInvoice, proposed_invoice

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.proposals import EntryState
    from hoursmith_mcp.store.tables import Client, Invoice


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    rest="POST /invoices/preview",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    proposes=True,
)
async def preview_invoice(
    call: Call,
    client: ClientRef,
    period: PeriodText | None = None,
    from_date: DayText | None = None,
    to_date: DayText | None = None,
    projects: Annotated[list[ProjectRef], Field(description="Only these projects.")] | None = None,
    exclude: Annotated[list[Line], Field(description="Entry ids, tasks, projects or note words.")]
    | None = None,
    group_by: Annotated[Line, Field(description="project, task, member, date, note; or entry.")]
    | None = None,
    discount: Annotated[Line, Field(description="As 10% or 150.00.")] | None = None,
    po_number: Annotated[Line, Field(description="PO number.")] | None = None,
    notes: Annotated[LongText, Field(description="Notes on it.")] | None = None,
) -> ProposedInvoice:
    """Preview an invoice for unbilled work: lines, totals, and a proposal to make it of."""
    owner = await call.store.clients.find(client, writing=False)
    days = _days(call, period, from_date, to_date)
    project_ids = [
        (await call.store.projects.find(project, writing=False)).id for project in projects or []
    ]
    selection = Selection(
        client_id=owner.id, period=days, project_ids=tuple(project_ids) if project_ids else None
    )
    work = await _one(call, selection, owner)
    currency = _currency(work)
    with reading("exclude"):
        work, exclusions = leave_out(work, exclude or [])
    _refuse_unpriced(work)
    if not work.times and not work.fees:
        raise Conflict(
            f"There is nothing of {owner.name} to invoice in that selection. list_unbilled() shows "
            "what is there."
        )
    terms = await _terms(call, owner, group_by, discount, currency, po_number, notes)
    with reading("discount"):
        bill = bill_for(work, currency, grouping=terms.grouping, discount=terms.discount)
    content = draft_content(work, bill, terms)
    content["selection"] = _remembered(selection, exclusions)
    proposal_id = call.new_id("pp")
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    await call.store.proposals.add(
        id=proposal_id,
        member_id=call.actor.member_id,
        client_id=owner.id,
        content=text,
    )
    return proposed_invoice(
        proposal_id,
        work,
        bill,
        terms,
        period=days,
        exclusions=exclusions,
        expires_at_us=call.now_us + LIVES_US,
    )


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="POST /invoices",
    read_only=False,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def create_invoice(
    call: Call,
    proposal: Annotated[Line, Field(description="proposal of preview_invoice.")],
) -> InvoiceDetail:
    """Make the draft that preview_invoice proposed, exactly as it was shown."""
    row = await call.store.proposals.get(proposal, call.actor.member_id)
    made = await call.store.invoices.of_proposal(row.id)
    if made is not None:
        if made.deleted_at is not None or made.status == "CANCELLED":
            raise Conflict(
                f"The invoice {made.number or made.id} that was made of this proposal was "
                f"{'deleted' if made.deleted_at is not None else 'cancelled'}. Preview again."
            )
        return invoice_detail(await call.store.invoices.whole(made), call.today, repeated=True)
    if row.expires_at <= call.now_us:
        raise Conflict("That proposal has expired: it was good for 24 hours. Preview again.")
    content: dict[str, Any] = json.loads(row.content)
    owner = await call.store.clients.get(row.client_id)
    work, bill, terms = await _again(call, owner, content)
    now = draft_content(work, bill, terms)
    changed = differences(content, now)
    if changed or now["lines"] != content["lines"]:
        raise _stale(changed or [_OTHER_RATES])
    invoice = await _make(call, content, row.id)
    later = await _later(call, owner, content)
    whole = await call.store.invoices.whole(invoice)
    detail = invoice_detail(whole, call.today, warnings=_came_later(later))
    call.emit("invoice.created", detail)
    return detail


async def _make(call: Call, content: Mapping[str, Any], proposal_id: str) -> Invoice:
    invoice_id = call.new_id("inv")
    lines, claims = draft_rows(content, invoice_id, call.new_id)
    row = draft_row(content, invoice_id, proposal_id=proposal_id)
    invoice = await call.store.invoices.add(row, lines)
    await call.store.claims.take(claims)
    return invoice


async def _one(call: Call, selection: Selection, owner: Client) -> OpenWork:
    works = await call.store.open_work.of(selection)
    if works:
        return works[0]
    currency = owner.currency or call.actor.currency
    return OpenWork(owner.id, owner.name, currency, tax_rate=0)


def _currency(work: OpenWork) -> str:
    if work.currency is None:
        raise Conflict(
            f"{work.client} has no currency yet. Give it one with update_client(currency="
            '"EUR"), or the organisation with set_up(currency="EUR").'
        )
    return work.currency


def _refuse_unpriced(work: OpenWork) -> None:
    if not work.unpriced:
        return
    projects = sorted({one.project for one in work.unpriced})
    seconds = sum(one.seconds for one in work.unpriced)
    raise Conflict(
        f"{format_duration(seconds)} on {', '.join(projects)} have no rate in {work.currency}. Set "
        "one with update_project(hourly_rate=…) or update_client(default_rate=…), or leave that "
        "time out with exclude.",
        candidates=[
            {"id": one.id, "name": f"{format_duration(one.seconds)} {one.project} {one.day}"}
            for one in work.unpriced[:8]
        ],
    )


async def _terms(
    call: Call,
    owner: Client,
    group_by: str | None,
    discount: str | None,
    currency: str,
    po_number: str | None,
    notes: str | None,
) -> DraftTerms:
    with reading("group_by"):
        grouping = parse_grouping(group_by) if group_by else DEFAULT_GROUPING
    with reading("discount"):
        off = parse_discount(discount, currency) if discount else None
    return DraftTerms(
        grouping=grouping,
        discount=off,
        bill_to=BillTo(owner.name, owner.address, owner.tax_number, owner.require_po_number),
        payment_terms_days=await _terms_days(call, owner),
        po_number=po_number or None,
        notes=notes or None,
    )


async def _terms_days(call: Call, owner: Client) -> int | None:
    if owner.payment_terms_days is not None:
        return owner.payment_terms_days
    return (await call.store.organization.get()).payment_terms_days


async def _again(
    call: Call, owner: Client, content: Mapping[str, Any]
) -> tuple[OpenWork, Bill, DraftTerms]:
    """Look at the proposed work as it is now; raises Conflict for what became of entries."""
    versions: dict[str, int] = content["entries"]
    await _refuse_changed_entries(call, versions)
    project_ids = {line["project_id"] for line in content["lines"] if line["kind"] == "fee"}
    works = await call.store.open_work.of(Selection(client_id=owner.id, entry_ids=tuple(versions)))
    work = works[0] if works else await _one(call, Selection(client_id=owner.id), owner)
    work = replace(work, fees=tuple(fee for fee in work.fees if fee.project_id in project_ids))
    if {fee.project_id for fee in work.fees} != set(content["fees"]):
        raise _stale([{"what": "fee", "was": "to be charged", "now": "charged or taken away"}])
    currency = _currency(work)
    if work.unpriced:
        raise _stale([{"what": "rate", "was": "there", "now": "gone"}])
    terms = DraftTerms(
        grouping=tuple(content["grouping"]),
        discount=_discount(content),
        bill_to=BillTo(owner.name, owner.address, owner.tax_number),
        payment_terms_days=await _terms_days(call, owner),
        po_number=content["po_number"],
        notes=content["notes"],
    )
    try:
        bill = bill_for(work, currency, grouping=terms.grouping, discount=terms.discount)
    except Refusal:
        # An amount that was less than the lines came to.
        raise _stale([_TOO_MUCH_OFF]) from None
    return work, bill, terms


async def _refuse_changed_entries(call: Call, versions: Mapping[str, int]) -> None:
    states = await call.store.proposals.states(list(versions))
    found: list[dict[str, str]] = []
    for entry_id, version in versions.items():
        state = states[entry_id]
        what = await _became(call, state, version)
        if what is not None:
            shown = f"{format_duration(state.duration_seconds)} on {state.entry_date}"
            found.append({"what": f"entry {entry_id}", "was": shown, "now": what})
    if found:
        raise _stale(found)


async def _became(call: Call, state: EntryState, version: int) -> str | None:
    if state.deleted_at is not None:
        return "deleted"
    if state.line_id is not None:
        claim = await call.store.claims.live(state.id)
        invoice = await call.store.invoices.get(claim.invoice_id) if claim is not None else None
        return f"billed on {invoice.number or invoice.id}" if invoice is not None else "billed"
    if not state.billable:
        return "not billable any more"
    return "changed" if state.version != version else None


_TOO_MUCH_OFF = {"what": "discount", "was": "within the lines", "now": "over what they come to"}
_OTHER_RATES = {"what": "rate", "was": "of one record", "now": "the same, of another record"}


def _stale(changed: Sequence[Mapping[str, str]]) -> Conflict:
    first = changed[0]
    return Conflict(
        f"This is not what was previewed any more: {first['what']} is now {first['now']}. Nothing "
        "was made; preview again.",
        difference=[dict(one) for one in changed],
    )


def _discount(content: Mapping[str, Any]) -> Discount | None:
    amount, percent = content["discount_amount"], content["discount_percent"]
    if amount is None and percent is None:
        return None
    return Discount(amount_minor=amount, percent_e4=percent)


def _remembered(selection: Selection, exclusions: Sequence[Exclusion]) -> dict[str, Any]:
    period = selection.period
    return {
        "period": [period.first.isoformat(), period.last.isoformat()] if period else None,
        "projects": list(selection.project_ids) if selection.project_ids is not None else None,
        "left_out": sorted({entry.id for one in exclusions for entry in one.entries}),
    }


async def _later(call: Call, owner: Client, content: Mapping[str, Any]) -> int:
    """Count the open entries of the same selection that came after the preview."""
    kept = content["selection"]
    selection = Selection(
        client_id=owner.id,
        period=_period(kept["period"]),
        project_ids=tuple(kept["projects"]) if kept["projects"] is not None else None,
    )
    known = {*content["entries"], *kept["left_out"]}
    return sum(one not in known for one in await call.store.open_work.entry_ids(selection))


def _period(days: Sequence[str] | None) -> Period | None:
    return Period(*(date.fromisoformat(day) for day in days)) if days is not None else None


def _came_later(count: int) -> list[str]:
    if not count:
        return []
    if count == 1:
        return ["1 entry came after the preview and is not on it; it is still unbilled."]
    return [f"{count} entries came after the preview and are not on it; they are still unbilled."]


def _days(
    call: Call, period: str | None, from_date: str | None, to_date: str | None
) -> Period | None:
    if period is not None:
        if from_date is not None or to_date is not None:
            raise InvalidInput("Give a period, or from_date and to_date, not both.")
        return call.period(period, "period")
    if from_date is None and to_date is None:
        return None
    last = call.day(to_date, "to_date") if to_date is not None else call.today
    first = call.day(from_date, "from_date") if from_date is not None else date(1900, 1, 1)
    if last < first:
        raise InvalidInput(f"to_date ({last}) is before from_date ({first}); swap them.")
    return Period(first, last)
