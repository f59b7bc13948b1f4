"""Work that is billable and on no invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.bills import OpenWork, standard_bill, standard_totals
from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.money import Money
from hoursmith_mcp.core.periods import describe_period
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.arguments import ClientRef, PeriodText, ProjectRef
from hoursmith_mcp.schemas.events import OPEN_WORK
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.schemas.invoice_lines import proposed_line
from hoursmith_mcp.schemas.proposals import UnbilledClient, UnbilledWork, currency_totals

if TYPE_CHECKING:
    from hoursmith_mcp.core.periods import Period


@operation(
    toolset="billing",
    scope=Scope.INVOICES_READ,
    least=Role.MANAGER,
    rest="GET /unbilled",
    resource="hoursmith://unbilled",
    page=Page("Unbilled work", touched_by=OPEN_WORK, importance=80),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_unbilled(
    call: Call,
    client: ClientRef | None = None,
    period: PeriodText | None = None,
    project: ProjectRef | None = None,
    lines: Annotated[bool, Field(description="With the lines of each bill.")] = False,
) -> UnbilledWork:
    """List unbilled work by client, as invoices of it would come out."""
    days = call.period(period, "period") if period is not None else None
    works = await call.store.open_work.of(await _selection(call, client, project, days))
    shown = [_shown(work, with_lines=lines) for work in works]
    return UnbilledWork(
        clients=shown,
        totals=currency_totals(standard_totals(works)),
        period=describe_period(days) if days is not None else None,
        warnings=[_warning(one) for one in shown if one.hours_without_rate is not None],
        available_actions=["preview_invoice"] if shown else ["log_time"],
    )


async def _selection(
    call: Call, client: str | None, project: str | None, days: Period | None
) -> Selection:
    client_id = (await call.store.clients.find(client, writing=False)).id if client else None
    project_ids = None
    if project is not None:
        found = await call.store.projects.find(project, writing=False)
        if client_id not in (None, found.client_id):
            sentence = (
                f"project: {found.name} is a project of {found.client_name}; leave client out."
            )
            raise InvalidInput(sentence, fields={"project": sentence})
        project_ids, client_id = (found.id,), client_id or found.client_id
    return Selection(client_id=client_id, period=days, project_ids=project_ids)


def _warning(one: UnbilledClient) -> str:
    if one.currency is None:
        return (
            f"{one.hours_without_rate} h of {one.client} have no price, as it has no currency: set "
            "one with update_client or set_up."
        )
    return (
        f"{one.hours_without_rate} h of {one.client} have no rate in {one.currency}: set one with "
        "update_project or update_client."
    )


def _shown(work: OpenWork, *, with_lines: bool) -> UnbilledClient:
    days = sorted([*(time.day for time in work.times), *(one.day for one in work.unpriced)])
    seconds = sum(time.seconds for time in work.times)
    without_rate = sum(one.seconds for one in work.unpriced)
    result = UnbilledClient(
        client=work.client,
        client_id=work.client_id,
        currency=work.currency,
        entries=len(days),
        hours=hours_text(seconds + without_rate),
        first_day=days[0].isoformat() if days else None,
        last_day=days[-1].isoformat() if days else None,
        fees=len(work.fees) or None,
        hours_without_rate=hours_text(without_rate) if without_rate else None,
    )
    bill = standard_bill(work)
    if bill is None:
        return result
    return result.model_copy(
        update={
            "subtotal": Money(bill.totals.lines_total, bill.currency).text(),
            "tax": Money(bill.totals.tax, bill.currency).text(),
            "total": Money(bill.totals.total, bill.currency).text(),
            "lines": [proposed_line(line, bill.currency) for line in bill.lines]
            if with_lines
            else None,
        }
    )
