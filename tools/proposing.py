"""Proposing an invoice: what it would say, kept so that exactly that can be made of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.bills import OpenWork, bill_for
from hoursmith_mcp.core.drafts import (
    LIVES_US,
    BillTo,
    DraftTerms,
    draft_content,
)
from hoursmith_mcp.core.durations import format_duration
from hoursmith_mcp.core.exclusions import Exclusion, SeveralFit, leave_out
from hoursmith_mcp.core.grouping import DEFAULT_GROUPING, parse_grouping
from hoursmith_mcp.core.names import Candidate
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.totals import parse_discount
from hoursmith_mcp.errors import Conflict, InvalidInput
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.arguments import (
    ClientRef,
    DayText,
    Discount,
    InvoiceNotes,
    Line,
    LineGrouping,
    PeriodText,
    PoNumber,
    ProjectRef,
)
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.schemas.organization import unfinished_business
from hoursmith_mcp.schemas.proposals import ProposedInvoice, proposed_invoice

if TYPE_CHECKING:
    from hoursmith_mcp.store.tables import Client


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    rest="POST /invoices/preview",
    unlisted=("from_date", "to_date"),
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
    group_by: LineGrouping | None = None,
    discount: Discount | None = None,
    po_number: PoNumber | None = None,
    notes: InvoiceNotes | None = None,
) -> ProposedInvoice:
    """Preview an invoice for unbilled work: lines, totals, and a proposal to make it of."""
    owner = await call.store.clients.find(client, writing=False)
    days = call.days(period, from_date, to_date)
    selection = Selection(
        client_id=owner.id, period=days, project_ids=await _projects(call, owner, projects or [])
    )
    work = await _one(call, selection, owner)
    currency = _currency(work)
    work, exclusions = _left(work, exclude or [])
    _refuse_unpriced(work)
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
        warnings=unfinished_business(await call.store.organization.get()),
    )


async def _projects(call: Call, owner: Client, projects: Sequence[str]) -> tuple[str, ...] | None:
    found = [await call.store.projects.find(project, writing=False) for project in projects]
    for project in found:
        if project.client_id != owner.id:
            sentence = (
                f"projects: {project.name} is a project of {project.client_name}, not of "
                f"{owner.name}; take it out, or preview an invoice for {project.client_name}."
            )
            raise InvalidInput(sentence, fields={"projects": sentence})
    return tuple(project.id for project in found) or None


async def _one(call: Call, selection: Selection, owner: Client) -> OpenWork:
    works = await call.store.open_work.of(selection)
    if works:
        return works[0]
    currency = owner.currency or call.actor.currency
    return OpenWork(owner.id, owner.name, currency, tax_rate=0)


def _left(work: OpenWork, exclude: Sequence[str]) -> tuple[OpenWork, list[Exclusion]]:
    """Leave out what is not wanted; raises InvalidInput, or Conflict where nothing is left."""
    try:
        left, exclusions = leave_out(work, exclude)
    except Refusal as refusal:
        sentence = f"exclude: {refusal}"
        fitting = refusal.fitting if isinstance(refusal, SeveralFit) else ()
        raise InvalidInput(
            sentence,
            fields={"exclude": sentence},
            candidates=[_candidate(one) for one in fitting] or None,
        ) from None
    if left.times or left.unpriced or left.fees:
        return left, exclusions
    if exclusions:
        raise Conflict(
            f"exclude leaves nothing of {work.client} to invoice: write less in it, or leave it "
            "out."
        )
    raise Conflict(
        f"There is nothing of {work.client} to invoice in that selection. list_unbilled() shows "
        "what is there."
    )


def _candidate(one: Candidate) -> dict[str, str]:
    return {"id": one.id, "name": one.name, **({"context": one.context} if one.context else {})}


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


def _remembered(selection: Selection, exclusions: Sequence[Exclusion]) -> dict[str, Any]:
    period = selection.period
    return {
        "period": [period.first.isoformat(), period.last.isoformat()] if period else None,
        "projects": list(selection.project_ids) if selection.project_ids is not None else None,
        "left_out": sorted({entry.id for one in exclusions for entry in one.entries}),
    }
