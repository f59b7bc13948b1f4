"""Making an invoice of a proposal: it is what was shown, or it is refused with what changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.bills import Bill, OpenWork, bill_for
from hoursmith_mcp.core.drafts import (
    BillTo,
    Difference,
    DraftTerms,
    differences,
    draft_content,
    draft_row,
    draft_rows,
    entry_text,
    proposed_entry,
)
from hoursmith_mcp.core.money import Money
from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.totals import Discount
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import Line
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.schemas.invoices import InvoiceDetail, invoice_detail
from hoursmith_mcp.schemas.organization import unfinished_business

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.proposals import EntryState, ProjectState
    from hoursmith_mcp.store.tables import Client, Invoice


@operation(
    toolset="billing",
    scope=Scope.INVOICES_WRITE,
    least=Role.MANAGER,
    rest="POST /invoices",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
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
        return invoice_detail(
            await call.store.invoices.whole(made), call.organization_today, repeated=True
        )
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
    unfinished = unfinished_business(await call.store.organization.get())
    whole = await call.store.invoices.whole(invoice)
    detail = invoice_detail(
        whole, call.organization_today, warnings=[*_came_later(later), *unfinished]
    )
    call.emit("invoice.created", detail)
    return detail


async def _make(call: Call, content: Mapping[str, Any], proposal_id: str) -> Invoice:
    invoice_id = call.new_id("inv")
    lines, claims = draft_rows(content, invoice_id, call.new_id)
    row = draft_row(content, invoice_id, proposal_id=proposal_id)
    invoice = await call.store.invoices.add(row, lines)
    await call.store.claims.take(claims)
    return invoice


async def _again(
    call: Call, owner: Client, content: Mapping[str, Any]
) -> tuple[OpenWork, Bill, DraftTerms]:
    """Look at the proposed work as it is now; raises Conflict for what became of it."""
    work = await _open(call, owner, content)
    became = await _became(call, owner, content, work)
    if became:
        raise _stale(became)
    terms = DraftTerms(
        grouping=tuple(content["grouping"]),
        discount=_discount(content),
        bill_to=BillTo(owner.name, owner.address, owner.tax_number),
        payment_terms_days=await _terms_days(call, owner),
        po_number=content["po_number"],
        notes=content["notes"],
    )
    try:
        bill = bill_for(work, content["currency"], grouping=terms.grouping, discount=terms.discount)
    except Refusal:
        # An amount that was less than the lines came to.
        raise _stale([_TOO_MUCH_OFF]) from None
    return work, bill, terms


async def _open(call: Call, owner: Client, content: Mapping[str, Any]) -> OpenWork:
    """Return what is still open of the proposed entries and fees."""
    selection = Selection(client_id=owner.id, entry_ids=tuple(content["entries"]))
    works = await call.store.open_work.of(selection)
    if not works:
        return OpenWork(owner.id, owner.name, content["currency"], tax_rate=0)
    fees = tuple(fee for fee in works[0].fees if fee.project_id in content["fees"])
    return replace(works[0], fees=fees)


async def _terms_days(call: Call, owner: Client) -> int | None:
    if owner.payment_terms_days is not None:
        return owner.payment_terms_days
    return (await call.store.organization.get()).payment_terms_days


# What became of what was proposed.


@dataclass(frozen=True)
class _Now:
    """The subjects of a proposal and their projects as they are now; `holders` are invoices."""

    entries: Mapping[str, EntryState]
    projects: Mapping[str, ProjectState]
    holders: Mapping[str, str]


async def _became(
    call: Call, owner: Client, content: Mapping[str, Any], work: OpenWork
) -> list[Difference]:
    """Say what became of entries, of fees, of their projects, of the currency, of rates."""
    now = await _now(call, content)
    charged = {fee.project_id for fee in work.fees}
    missing = [one for one in content["fees"] if one not in charged]
    found = [
        *_entry_differences(content, now),
        *(_fee_difference(content, now, owner, project_id) for project_id in missing),
    ]
    if found:
        return found
    open_ids = {time.id for time in work.times} | {one.id for one in work.unpriced}
    gone = (now.entries[id_].project_id for id_ in content["entries"] if id_ not in open_ids)
    found = [_project_difference(now.projects[one], owner) for one in dict.fromkeys(gone)]
    if found:
        return found
    if work.currency != content["currency"]:
        return [{"what": "currency", "was": content["currency"], "now": work.currency or "none"}]
    without_rate = dict.fromkeys(one.project for one in work.unpriced)
    return [{"what": f"rate of {one}", "was": "there", "now": "gone"} for one in without_rate]


async def _now(call: Call, content: Mapping[str, Any]) -> _Now:
    entries = await call.store.proposals.states(list(content["entries"]))
    project_ids = {state.project_id for state in entries.values()} | set(content["projects"])
    held = [state.id for state in entries.values() if state.line_id is not None]
    return _Now(
        entries,
        await call.store.proposals.projects(sorted(project_ids)),
        await call.store.claims.holders([*held, *content["fees"]]),
    )


def _entry_differences(content: Mapping[str, Any], now: _Now) -> Iterable[Difference]:
    for entry_id, version in content["entries"].items():
        was, state = proposed_entry(content, entry_id), now.entries[entry_id]
        project = now.projects[state.project_id].name
        what = _entry_now(state, version, was, project, now.holders.get(entry_id))
        if what is not None:
            yield {"what": f"entry {entry_id}", "was": was, "now": what}


def _entry_now(
    state: EntryState, version: int, was: str, project: str, holder: str | None
) -> str | None:
    if state.deleted_at is not None:
        return "deleted"
    if holder is not None:
        return f"billed on {holder}"
    if not state.billable:
        return "not billable any more"
    if state.version == version:
        return None
    shown = entry_text(state.duration_seconds, state.entry_date, project)
    return "changed in its note, task or tags" if shown == was else f"changed: {shown}"


def _fee_difference(
    content: Mapping[str, Any], now: _Now, owner: Client, project_id: str
) -> Difference:
    currency = content["currency"]
    [fee] = [
        line["amount"]
        for line in content["lines"]
        if line["kind"] == "fee" and line["project_id"] == project_id
    ]
    project = now.projects[project_id]
    if project_id in now.holders:
        became = f"billed on {now.holders[project_id]}"
    elif project.rate_type == "FIXED" and project.client_id == owner.id:
        became = "taken away"
    else:
        became = f"not charged: the project is {_project_difference(project, owner)['now']}"
    return {
        "what": f"fee of {content['projects'][project_id]}",
        "was": f"{Money(fee, currency).text()} {currency}",
        "now": became,
    }


def _project_difference(project: ProjectState, owner: Client) -> Difference:
    """Say why open work of a project is not the client's to bill any more."""
    what = f"project {project.name}"
    if project.deleted_at is not None:
        return {"what": what, "was": "there", "now": "deleted"}
    if project.client_id != owner.id:
        return {"what": what, "was": f"with {owner.name}", "now": f"with {project.client_name}"}
    return {"what": what, "was": "billed another way", "now": project.rate_type}


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
