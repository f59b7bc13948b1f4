"""Explaining a number: from raw time to the total."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.bills import standard_bill
from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.lines import LinePart
from hoursmith_mcp.core.periods import describe_period
from hoursmith_mcp.core.totals import Discount, invoice_totals
from hoursmith_mcp.errors import Conflict, InvalidInput, NotFound
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.arguments import ClientRef, InvoiceRef, Line, PeriodText, ProjectRef
from hoursmith_mcp.schemas.explanations import Explanation, explain
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.schemas.invoice_lines import core_line
from hoursmith_mcp.schemas.invoices import invoice_name

if TYPE_CHECKING:
    from hoursmith_mcp.core.bills import OpenWork
    from hoursmith_mcp.core.lines import Line as CoreLine
    from hoursmith_mcp.core.periods import Period
    from hoursmith_mcp.store.tables import Invoice


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    rest="GET /explanation",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def explain_amount(
    call: Call,
    invoice: InvoiceRef | None = None,
    line: Annotated[Line, Field(description="Only this line's id.")] | None = None,
    client: Annotated[ClientRef, Field(description="Its unbilled work instead.")] | None = None,
    period: Annotated[PeriodText, Field(description="With client.")] | None = None,
    project: Annotated[ProjectRef, Field(description="Only of this.")] | None = None,
) -> Explanation:
    """Explain an invoice, a line or unbilled work: time, rounding, rate, tax, total."""
    unbilled = client is not None or project is not None
    if (invoice is not None) == unbilled:
        raise InvalidInput("Give an invoice, or a client for its unbilled work: one of the two.")
    if unbilled:
        if line is not None:
            raise InvalidInput("line: unbilled work has no line ids; give its invoice, or no line.")
        return await _unbilled(call, client, period, project)
    if period is not None:
        raise InvalidInput("period: it narrows unbilled work; give it with a client only.")
    assert invoice is not None, "one of the two is given"
    row = await call.store.invoices.find(invoice)
    lines = await _lines(call, row)
    totals = invoice_totals(
        lines.values(), discount=Discount(amount_minor=row.discount), currency=row.currency
    )
    chosen = list(lines.values())
    if line is not None:
        if line not in lines:
            raise NotFound("That invoice has no line with that id; get_invoice has the ids.")
        chosen = [lines[line]]
    parts = [part for one in chosen for part in one.parts]
    return explain(
        invoice_name(row),
        row.currency,
        chosen,
        totals if line is None else None,
        rates=await call.store.open_work.rate_records(
            [part.rate_id for part in parts if part.rate_id is not None]
        ),
        days=await _days(call, parts),
    )


async def _unbilled(
    call: Call, client: str | None, period: str | None, project: str | None
) -> Explanation:
    clients, projects = call.store.clients, call.store.projects
    owner = await clients.find(client, writing=False) if client is not None else None
    days = call.period(period, "period") if period is not None else None
    only = await projects.find(project, writing=False) if project is not None else None
    if owner is None:
        assert only is not None, "one of the two is given"
        owner = await clients.get(only.client_id)
    works = await call.store.open_work.of(
        Selection(
            client_id=owner.id, period=days, project_ids=(only.id,) if only is not None else None
        )
    )
    if not works:
        raise Conflict(f"There is nothing unbilled of {owner.name} there.")
    bill = standard_bill(works[0])
    if bill is None:
        raise Conflict(
            f"{owner.name} has no currency, so its work has no price. Give it one with "
            'update_client(currency="EUR"), or the organisation with set_up(currency="EUR").'
        )
    return explain(
        _subject(owner.name, only.name if only is not None else None, days),
        bill.currency,
        bill.lines,
        bill.totals,
        rates=await call.store.open_work.rate_records([time.rate_id for time in works[0].times]),
        days={time.id: time.day for time in works[0].times},
        warnings=_without_rate(works[0]),
    )


def _subject(client: str, project: str | None, days: Period | None) -> str:
    parts = [
        f"Unbilled work of {client}",
        *([project] if project is not None else []),
        *([describe_period(days)] if days is not None else []),
    ]
    return ", ".join(parts)


def _without_rate(work: OpenWork) -> list[str]:
    seconds = sum(one.seconds for one in work.unpriced)
    if not seconds:
        return []
    return [
        f"{hours_text(seconds)} h of {work.client} have no rate and are not in it: set one with "
        "update_project or update_client."
    ]


async def _lines(call: Call, row: Invoice) -> dict[str, CoreLine]:
    """Return an invoice's lines with the parts that its claims remember, by id."""
    parts: dict[str, list[LinePart]] = {}
    for claim in await call.store.claims.of_invoice(row.id):
        parts.setdefault(claim.line_id, []).append(
            LinePart(
                claim.subject_id,
                claim.raw_seconds,
                claim.billed_seconds,
                claim.rate_id,
                claim.amount,
            )
        )
    return {
        line.id: replace(core_line(line), parts=tuple(parts.get(line.id, ())))
        for line in await call.store.invoices.lines(row.id)
    }


async def _days(call: Call, parts: list[LinePart]) -> dict[str, date]:
    states = await call.store.proposals.states([part.subject_id for part in parts])
    return {id_: date.fromisoformat(state.entry_date) for id_, state in states.items()}
