"""Lines of invoices, as rows that know their invoice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, func

from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import BillingClaim, Invoice, InvoiceLine
from hoursmith_mcp.store.tenancy import scoped

_line = core_table(InvoiceLine)
_invoice = core_table(Invoice)
_claim = core_table(BillingClaim)

_BY_IDS = scoped(
    select(
        _line,
        _invoice.c.number,
        _invoice.c.status,
        _invoice.c.client_id,
        _invoice.c.bill_to_name,
        _invoice.c.currency,
        _invoice.c.issue_date,
        _invoice.c.created_at,
    )
    .select_from(_line.join(_invoice, _invoice.c.id == _line.c.invoice_id))
    .where(_line.c.id.in_(bindparam("ids", expanding=True)))
)
_ENTRIES = scoped(
    select(_claim.c.line_id, func.count().label("entries"))
    .where(
        _claim.c.invoice_id.in_(bindparam("invoices", expanding=True)),
        _claim.c.subject_kind == "entry",
    )
    .group_by(_claim.c.line_id)
)


class InvoiceLineRow(Shape):
    """A line's columns, with what is shown of its invoice."""

    id: str
    invoice_id: str
    position: int
    kind: str
    description: str
    project_id: str | None
    unit: str
    quantity: int
    unit_price: int
    amount: int
    tax_rate: int
    raw_seconds: int
    number: str | None
    status: str
    client_id: str
    bill_to_name: str
    currency: str
    issue_date: str | None
    created_at: int


class _Count(Shape):
    line_id: str
    entries: int


class InvoiceLines:
    """The lines of all invoices of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def of_ids(self, line_ids: Sequence[str]) -> Sequence[InvoiceLineRow]:
        """Return lines by their ids, in no order."""
        return await self._session.all(InvoiceLineRow, _BY_IDS, ids=list(line_ids))

    async def entries(self, rows: Sequence[InvoiceLineRow]) -> Mapping[str, int]:
        """Return how many entries lines bill, by the line's id; none is no entry."""
        invoices = sorted({row.invoice_id for row in rows})
        counts = await self._session.all(_Count, _ENTRIES, invoices=invoices)
        return {count.line_id: int(count.entries) for count in counts}
